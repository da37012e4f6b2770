"""Which points get a place in the engines of a partition: ids that come without end must not use them up.

A zone has a budget, and all zones of a partition have one together. A part of
a zone's is for points that have spoken once only: what comes without end
seldom comes twice, and may not cost as much as what is judged. A point
with limits, in a hall that the site names or that has long been heard, is let
in beyond all of them, up to a hard ceiling well above. Halls that no site file
names are zones of their own, of which there may be so many.

When something is refused, places are looked for that nobody needs any more
(`due`), by how many readings have come since the last time: by the order of
the readings alone, never by how they were cut into batches.
"""

from __future__ import annotations

from typing import Any

from config.kinds import Kind
from config.settings import EngineSettings
from config.site import Site
from detector.bulkhead import ContainedEngine
from streams.errors import RejectReason
from streams.messages import Counts, Readings, RejectedReading, Verdict

# Beyond the budgets by so much at most: a point without its limits is worse than a little more memory.
CEILING = 2
# Of a zone's budget, for points that have spoken once only: 20,000 of 50,000 are the first round of all that
# a plant and its halls are known to have. More are let in as these prove themselves.
UNPROVEN_PART = 0.4
# Zones that no site file names; a site of more halls than this names them.
UNNAMED_ZONES = 256
# An unnamed zone that fell silent after its first readings is given up after so many of the partition.
ZONE_GIVEN_UP_AFTER = 20_000
# Looking for places is worth the while again after so many readings, and one for each point.
LOOK_AFTER = 1_000
SAMPLES = 5


class Admission:
    """The budgets of one partition, and the books of what they refused."""

    def __init__(self, site: Site, kinds: dict[str, Kind], settings: EngineSettings) -> None:
        self._site = site
        self._kinds = kinds
        self._settings = settings
        self._unproven = max(1, int(UNPROVEN_PART * settings.max_zone_points))
        self.taken = 0
        """Readings that have come, let in or not."""
        self.counts = Counts()
        """Of readings refused, and of zones given up."""
        self.last_heard: dict[str, int] = {}
        """By zone that no site file names, ``taken`` when it was last heard."""
        self.refused: dict[str, int] = {}
        """Readings refused since the start, by zone or, where that has no place, by ``ELSEWHERE``."""
        self.samples: dict[str, list[str]] = {}
        """The last ids that were refused, by the same."""
        self._look_at = 0
        self._left: dict[str, int] = {}
        """By zone, how many new points it may have until places are looked for."""

    def lets_in(self, id: str, engine: ContainedEngine, points: int) -> bool:
        """Whether a new point may have a place, where the engines of the partition hold so many."""
        own, settings = engine.points.held, self._settings
        left = self._left.get(engine.zone, self._unproven)
        if own < settings.max_zone_points and points < settings.max_points and left > 0:
            self._left[engine.zone] = left - 1
            return True
        if own >= CEILING * settings.max_zone_points or points >= CEILING * settings.max_points:
            return False
        return self._must_be_watched(id, engine)

    def lets_in_zone(self, zone: str, zones: int, points: int) -> bool:
        """Whether a new zone may have a place, where so many are unnamed and all hold so many points."""
        room = zones < UNNAMED_ZONES and points < self._settings.max_points
        return room or self._site.names_place(zone)

    def _must_be_watched(self, id: str, engine: ContainedEngine) -> bool:
        """Whether a point has limits, and stands where points are known to be."""
        hall = id.split("/", 1)[0]
        if not (self._site.names_place(hall) or engine.points.knows_hall(hall)):
            return False
        return any(limit is not None for limit in self._site.limits(id))

    def due(self, rows: int) -> bool:
        """Whether after so many more readings places may be looked for again."""
        return self.taken + rows >= self._look_at

    def looked(self, engines: dict[str, ContainedEngine], points: int) -> None:
        """Places were looked for: count anew how many of each zone have spoken once only."""
        self._look_at = self.taken + LOOK_AFTER + points
        self._left = {zone: max(0, self._unproven - e.points.once_heard) for zone, e in engines.items()}

    def is_given_up(self, zone: str, engine: ContainedEngine) -> bool:
        """Whether a zone that no site file names has said something once and never again."""
        if self._site.names_place(zone) or self.taken - self.last_heard.get(zone, 0) < ZONE_GIVEN_UP_AFTER:
            return False
        return not engine.points.spoke_again().any() and not engine.engine.incidents.open

    def refuse(self, readings: Readings, ids: list[str]) -> list[Verdict]:
        """The verdicts on readings of points without a place, a zone each."""
        verdicts: dict[str, Verdict] = {}
        for point, time, value in zip(
            readings.point.tolist(), readings.time.tolist(), readings.value.tolist(), strict=True
        ):
            id = ids[point]
            zone = self._site.zone_of(id)
            verdict = verdicts.setdefault(zone, Verdict(zone))
            verdict.rejected.append(RejectedReading(id, time, value, RejectReason.TOO_MANY_POINTS))
            self._note(zone, id)
        for verdict in verdicts.values():
            verdict.counts.readings = verdict.counts.rejected = len(verdict.rejected)
            self.counts.add(verdict.counts)
        return list(verdicts.values())

    def _note(self, zone: str, id: str) -> None:
        place = zone if self._site.names_place(zone) or zone in self.last_heard else ELSEWHERE
        self.refused[place] = self.refused.get(place, 0) + 1
        samples = self.samples.setdefault(place, [])
        if id not in samples:
            samples.append(id)
            del samples[:-SAMPLES]

    def state(self) -> dict[str, Any]:
        """As plain data, for a snapshot."""
        counts = {name: getattr(self.counts, name) for name in Counts.__slots__}
        return {
            "taken": self.taken,
            "look_at": self._look_at,
            "left": self._left,
            "last": self.last_heard,
            "counts": counts,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` gave; of what it does not tell nothing was refused."""
        self.taken = state.get("taken", 0)
        self._look_at = state.get("look_at", 0)
        self._left = dict(state.get("left", {}))
        self.last_heard = dict(state.get("last", {}))
        self.counts = Counts(**state.get("counts", {}))


ELSEWHERE = "halls that the site file does not name"
