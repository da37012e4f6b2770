"""What could be otherwise about a table, with the setting of [log] that says it."""

from __future__ import annotations

from typing import NamedTuple


class Doubt(NamedTuple):
    """A question to a person."""

    problem: str
    mend: str
    """As in ``decimal = ","``, or several ways with "or" between them."""

    def __str__(self) -> str:
        return f"{self.problem}: set {self.mend}"
