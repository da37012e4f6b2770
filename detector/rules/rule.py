"""What a rule is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from detector.incidents.sign import Sign
from detector.tick import Tick


class Rule(NamedTuple):
    """One function of what a tick shows, named as in the settings."""

    signs: Callable[[Tick], Iterable[Sign]]
    faults: tuple[str, ...]
    """All that it can tell; a sign of any other counts as raised."""

    @property
    def name(self) -> str:
        """In [rules] off, and where it has failed."""
        return self.signs.__name__

    @property
    def about(self) -> str:
        """What it looks for: the first paragraph of its docstring."""
        return (self.signs.__doc__ or "").split("\n\n")[0].strip()
