"""Writes `docs/thresholds.md`, every number that decides: ``python -m benchmarks.thresholds``."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import is_dataclass
from types import ModuleType

import detector
from benchmarks.tables import table
from detector.threshold import told_of
from tests.services import REPOSITORY

PAGE = REPOSITORY / "docs" / "thresholds.md"
WORLD = ("detector.service", "detector.console")
HEAD = """# Thresholds

Written by `python -m benchmarks.thresholds`; do not edit.

Every number that decides in the engine, from what is seen to the life of an incident, as it stands at
the head of its file. No unit: a part, or a number of times. A name stands in one file, and means the same
wherever it is read.
"""


def structures() -> list[tuple[ModuleType, type]]:
    """The structures of thresholds of the detector and where they stand, by file."""
    return [
        (module, structure)
        for module in _modules()
        for structure in vars(module).values()
        if isinstance(structure, type)
        and structure.__module__ == module.__name__
        and is_dataclass(structure)
        and told_of(structure)
    ]


def shown(value: float | tuple[float, ...]) -> str:
    """A number, or a few of a kind."""
    return ", ".join(f"{each:.4g}" for each in (value if isinstance(value, tuple) else (value,)))


def page() -> str:
    """The page as it should be."""
    parts = [HEAD]
    for module, structure in structures():
        rows = [
            [f"`{name}`", shown(value), about.unit, about.why, about.source]
            for name, value, about in told_of(structure)
        ]
        parts.append(f"## `{module.__name__.replace('.', '/')}.py`\n")
        parts.append(f"{(structure.__doc__ or '').strip()}\n")
        parts.append(table(["name", "value", "unit", "why", "source"], rows) + "\n")
    return "\n".join(parts)


def _modules() -> Iterator[ModuleType]:
    names = sorted(found.name for found in pkgutil.walk_packages(detector.__path__, "detector."))
    yield from (importlib.import_module(name) for name in names if not name.startswith(WORLD))


if __name__ == "__main__":
    argparse.ArgumentParser(description=f"Write {PAGE.name} out of the code.").parse_args()
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE} is as the code has it")
