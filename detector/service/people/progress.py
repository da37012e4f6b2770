"""A progress bar on standard error, where someone is looking."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from detector.service.people.terminal import terminal


class Tell(Protocol):
    """What a long piece of work says of its progress with."""

    def __call__(self, part: float, text: str = "") -> None:
        """Say which part (0 to 1) is done, and a few words on where things stand."""


@contextmanager
def progress_bar(title: str) -> Iterator[Tell]:
    """A bar while the block runs; silent where standard error is no terminal."""
    if not sys.stderr.isatty():
        yield lambda part, text="": None
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[text]}", markup=False),
    )
    with Progress(*columns, console=terminal(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=1.0, text="")

        def tell(part: float, text: str = "") -> None:
            bar.update(task, completed=part, text=text)

        yield tell
