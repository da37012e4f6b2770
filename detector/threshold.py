"""A number that decides, with what people ask of it: unit, why, and whose it is.

Each rule has one frozen structure of them at the head of its file, which
`docs/thresholds.md` is made of. A field holds the plain number: reading one in
a tick costs what reading any attribute does.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

TUNED = "chosen on tuning seeds"
FOR_READERS = "a choice for those who read it"
NFPA_110 = "NFPA 110, type 10 (emergency power within 10 s), and a margin chosen on tuning seeds"

_Number = TypeVar("_Number", int, float, tuple[float, ...])


@dataclass(frozen=True, slots=True)
class About:
    """What is said of one threshold."""

    unit: str
    """As in `docs/thresholds.md`; empty for a part, a factor or a number of times."""
    why: str
    source: str
    """A standard, manual or paper by its title, else `TUNED`."""


def threshold(value: _Number, unit: str, why: str, source: str) -> _Number:
    """A field of a frozen dataclass with this default, a number or some, and what is said of it."""
    made: Any = field(default=value, metadata={"about": About(unit, why, source)})
    number: _Number = made
    return number


def told_of(structure: type) -> list[tuple[str, Any, About]]:
    """Name, value and what is said of each threshold of a structure; TypeError for a class that is none."""
    return [(f.name, f.default, f.metadata["about"]) for f in fields(structure) if "about" in f.metadata]
