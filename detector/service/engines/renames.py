"""A new name that begins as an old one ends, with its values: a point that was renamed.

Foreign names never come to an engine, and ids of old are known to it alone, so both are held against
each other here: by the stamps of readings, never by a clock.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import NamedTuple

import numpy as np

from config.points import parse_point
from detector.service.engines.zones import ZoneEngines
from kernels.arrival import UNSET
from streams.formats.decoded import Decoded
from streams.formats.directory import PointDirectory
from streams.messages import SECOND

AT_FIRST_S = 1800
"""So long after the first reading of all, names are new since everything is."""
SILENT_GAPS = 4
"""Of its own, after which an old name is taken to have ended; a minute at least."""
SILENT_AT_LEAST_S = 60
APART_GAPS = 3
"""Of the old name, within which the new one begins."""
GIVEN_UP_S = 3 * 3600
OF_VALUE, OF_SPAN = 0.1, 0.02
"""How near the new value begins: a part of the old value, and of what its kind may span."""
ALIKE = 0.4
"""How alike the names are at least (`difflib.SequenceMatcher.ratio`)."""
MOST_PENDING, MOST_FOUND = 2000, 200


class Began(NamedTuple):
    """A name that is new, as it was first read."""

    time: int
    """ns."""
    value: float
    """As it stands in the message, or in the unit of its kind for an id."""


@dataclass(frozen=True, slots=True)
class Renamed:
    """An old name that ended and the new one that goes on with its values."""

    zone: str
    id: str
    """Of the point as it was."""
    new: str
    began: int
    """When the new name was first read, ns."""
    noticed: int
    """Event time when that was clear, ns."""

    @property
    def line(self) -> str:
        """For the site file."""
        return f'[[point]] match = "{self.new}" id = "{self.id}"'

    @property
    def sentence(self) -> str:
        """What happened, and what to do about it."""
        return (
            f"{self.new} begins as {self.id} ends, with its values: renamed? Then put into the site file: "
            f"{self.line}"
        )


@dataclass(slots=True)
class Renames:
    """What was found so far, and new names that are still watched."""

    found: dict[str, Renamed] = field(default_factory=dict)
    """By new name."""
    _first: int | None = None
    _foreign: set[str] = field(default_factory=set)
    _looked: tuple[int, int] = (0, 0)
    """Generation of the directory, and how many of its points were looked at."""
    _pending: dict[str, Began] = field(default_factory=dict)

    def watch(self, decoded: Decoded, directory: PointDirectory) -> None:
        """Take in what a batch brought under names that are new."""
        readings = decoded.readings
        if self._first is None and len(readings):
            self._first = int(readings.time.min())
        for name, (time, value) in decoded.foreign.items():
            if name not in self._foreign:
                self._foreign.add(name)
                self._await(name, Began(time, value))
        generation, looked = self._looked
        looked = looked if generation == directory.generation else len(directory.ids)
        self._looked = directory.generation, len(directory.ids)
        if looked < len(directory.ids) and len(readings):
            slots, rows = np.unique(readings.point, return_index=True)
            for slot, row in zip(slots.tolist(), rows.tolist(), strict=True):
                if slot >= looked:
                    began = Began(int(readings.time[row]), float(readings.value[row]))
                    self._await(directory.ids[slot], began)

    def _await(self, name: str, began: Began) -> None:
        late = self._first is not None and began.time > self._first + AT_FIRST_S * SECOND
        if late and len(self._pending) < MOST_PENDING:
            self._pending[name] = began

    def look(self, directory: PointDirectory, zones: ZoneEngines) -> None:
        """See which new names have become clear."""
        now = zones.event_time()
        if not self._pending or now is None or len(self.found) >= MOST_FOUND:
            return
        taken = {renamed.id for renamed in self.found.values()}
        for name, began in list(self._pending.items()):
            best = max(self._candidates(name, began, directory, zones, now), default=None)
            if best is not None and best[2] not in taken:
                renamed = Renamed(best[1], best[2], name, began.time, now)
                self.found[name] = renamed
                taken.add(renamed.id)
                del self._pending[name]
            elif now - began.time > GIVEN_UP_S * SECOND:
                del self._pending[name]

    def now(self, zones: ZoneEngines) -> list[Renamed]:
        """Those whose old name is still silent."""
        held = []
        for renamed in self.found.values():
            engine = zones.engines.get(renamed.zone)
            slot = engine.points.find(renamed.id) if engine is not None else None
            if engine is None or slot is None:
                continue
            if engine.points.arrival.last_time[slot] < renamed.began:
                held.append(renamed)
        return held

    def _candidates(
        self, name: str, began: Began, directory: PointDirectory, zones: ZoneEngines, now: int
    ) -> Iterator[tuple[float, str, str]]:
        """(how alike, zone, id) of points that ended as this name began, at its value."""
        new = parse_point(name)
        for zone, engine in zones.engines.items():
            points = engine.points
            n = len(points)
            last, gap = points.arrival.last_time[:n], points.arrival.longest_gap[:n]
            silent = np.maximum(SILENT_GAPS * gap, SILENT_AT_LEAST_S * SECOND)
            ended = (last != UNSET) & (now - last > silent) & (gap > 0)
            ended &= (began.time > last) & (began.time - last <= np.maximum(APART_GAPS * gap, SECOND))
            for slot in np.flatnonzero(ended).tolist():
                id, kind = points.ids[slot], points.kinds[slot]
                if new is not None and new.measure != id.split("/")[2]:
                    continue
                old, value = float(points.arrival.last_value[slot]), began.value
                spelled = id
                if new is None:
                    spelled, scale, offset = directory.spelling_of(id)
                    value = value * scale + offset
                near = min(OF_VALUE * abs(old), OF_SPAN * (kind.high - kind.low))
                alike = SequenceMatcher(None, spelled.lower(), name.lower()).ratio()
                if math.isfinite(value) and abs(value - old) <= near and alike >= ALIKE:
                    yield alike, zone, id
