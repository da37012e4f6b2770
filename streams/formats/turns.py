"""Several names that lead to one point, and whether they are read in turns: then they are two sources.

A name that ends and another that goes on, as after a renaming, is one source.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from streams.formats.directory import PointDirectory
from streams.messages import I32, I64, Readings

TURNS_AT_LEAST = 4
"""Changes from one name to another; a name that was changed and changed back makes two."""
TURNS_PART = 0.2
"""Of the readings of the name that is read least."""


@dataclass(slots=True)
class Turns:
    """In which order the names of one point were read."""

    names: Counter[str] = field(default_factory=Counter)
    """Readings of each."""
    turns: int = 0
    first: str = ""
    last: str = ""

    def add(self, later: Turns) -> None:
        """Add what was read after this."""
        self.turns += later.turns + (1 if self.last and later.first != self.last else 0)
        self.first = self.first or later.first
        self.last = later.last or self.last
        self.names.update(later.names)

    @property
    def at_once(self) -> bool:
        """Whether more than one of the names is alive at a time."""
        least = sorted(self.names.values())[-2:]
        return len(least) == 2 and self.turns >= max(TURNS_AT_LEAST, TURNS_PART * least[0])


def turns_then(before: Mapping[str, Turns], later: Mapping[str, Turns]) -> dict[str, Turns]:
    """Both, the one after the other."""
    found = dict(before)
    for id, turns in later.items():
        known = found.get(id, Turns())
        found[id] = Turns(Counter(known.names), known.turns, known.first, known.last)
        found[id].add(turns)
    return found


def turns_of(
    directory: PointDirectory, routes: I32, good: NDArray[np.bool_], readings: Readings
) -> dict[str, Turns]:
    """By id, in which order several names of it were read; ``readings`` are those of the good ``routes``."""
    if not directory.shared or not len(readings):
        return {}
    routes = routes[good]
    rows = np.flatnonzero(np.isin(readings.point, list(directory.shared)))
    rows = rows[np.lexsort((readings.time[rows], readings.point[rows]))]
    slots, taken = readings.point[rows], routes[rows]
    cuts = np.flatnonzero(np.diff(slots)) + 1
    found = {}
    for part in np.split(np.arange(len(rows)), cuts):
        if len(part):
            found[directory.ids[slots[part[0]]]] = _turns(directory, taken[part])
    return found


def _turns(directory: PointDirectory, routes: I32 | I64) -> Turns:
    names = [directory.sources.get(route, "") for route in routes.tolist()]
    changes = sum(one != other for one, other in pairwise(names))
    return Turns(Counter(names), changes, names[0], names[-1])
