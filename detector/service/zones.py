"""The engines of the zones that one stream of readings touches.

Whoever made the readings names points by slots of its own list of ids; every
zone has an engine with its own slots. This is the table between the two: a
batch is split by zone without changing the order within a zone.
"""

from __future__ import annotations

import numpy as np

from config.kinds import Kind
from config.settings import EngineSettings
from config.site import Site
from detector.bulkhead import ContainedEngine
from streams.messages import Counts, Incident, Readings, Verdict


class ZoneEngines:
    """Judges readings of any number of zones, each in its own engine."""

    def __init__(self, site: Site, kinds: dict[str, Kind], settings: EngineSettings) -> None:
        self.site = site
        self.kinds = kinds
        self.settings = settings
        self.engines: dict[str, ContainedEngine] = {}
        self._order: list[ContainedEngine] = []
        self._engine_of_slot = np.empty(0, np.int32)  # index into _order
        self._local_slot = np.empty(0, np.int32)

    def judge(self, readings: Readings, ids: list[str]) -> list[Verdict]:
        """The verdicts on a batch whose ``point`` counts in ``ids``, which may grow between calls."""
        if not len(readings):
            return []
        self._learn_new_points(ids)
        engine_of_row = self._engine_of_slot[readings.point]
        local = Readings(self._local_slot[readings.point], readings.time, readings.value)
        if (engine_of_row == engine_of_row[0]).all():  # the usual case: a batch is of one zone
            return [self._order[engine_of_row[0]].push(local)]
        return [
            self._order[engine].push(local.take(engine_of_row == engine))
            for engine in np.unique(engine_of_row)
        ]

    def open_incidents(self) -> list[Incident]:
        """What is not resolved now, over all zones."""
        return [incident for engine in self._order for incident in engine.open_incidents()]

    def event_time(self) -> int | None:
        """The newest event time of the zones, ns; None before the first reading."""
        times = [engine.event_time for engine in self._order]
        return max((time for time in times if time is not None), default=None)

    def heard(self) -> list[str]:
        """Zones of which readings came in; a name in a refused message alone does not make one."""
        return [zone for zone, engine in self.engines.items() if engine.counts.readings]

    def counts(self) -> Counts:
        """The books of all engines together."""
        total = Counts()
        for engine in self._order:
            total.add(engine.counts)
        return total

    def save(self) -> dict[str, bytes]:
        """Each zone's state by itself."""
        return {zone: engine.snapshot() for zone, engine in self.engines.items()}

    def load(self, saved: dict[str, bytes]) -> list[str]:
        """Take the zones' states as they were saved; says what the site has no room for any more.

        Raises `detector.snapshot.SnapshotError`.
        """
        dropped = []
        for zone, state in saved.items():
            engine = ContainedEngine(zone, self.site, self.kinds, self.settings, state)
            self._add(zone, engine)
            dropped += engine.dropped
        return dropped

    def _add(self, zone: str, engine: ContainedEngine) -> None:
        self.engines[zone] = engine
        self._order.append(engine)

    def _learn_new_points(self, ids: list[str]) -> None:
        """Give every id that is new its engine and its slot there."""
        known = len(self._local_slot)
        if len(ids) == known:
            return
        engine_of_slot = np.empty(len(ids), np.int32)
        local_slot = np.empty(len(ids), np.int32)
        engine_of_slot[:known] = self._engine_of_slot
        local_slot[:known] = self._local_slot
        index = {id(engine): i for i, engine in enumerate(self._order)}
        for slot in range(known, len(ids)):
            zone = self.site.zone_of(ids[slot])
            if zone not in self.engines:
                self._add(zone, ContainedEngine(zone, self.site, self.kinds, self.settings))
                index[id(self.engines[zone])] = len(self._order) - 1
            engine_of_slot[slot] = index[id(self.engines[zone])]
            local_slot[slot] = self.engines[zone].slot(ids[slot])
        self._engine_of_slot, self._local_slot = engine_of_slot, local_slot
