"""The engines of the zones that one stream of readings touches.

Whoever made the readings names points by slots of its own list of ids; every
zone has an engine with its own slots. This is the table between the two: a
batch is split by zone without changing the order within a zone.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from config.kinds import Kind
from config.settings import EngineSettings
from config.site import Site
from detector.bulkhead import ContainedEngine
from detector.rules import RULES, Rule
from detector.service.engines.admission import Admission
from streams.errors import RejectReason
from streams.messages import I64, Counts, Incident, Readings, Verdict

NO_PLACE = -1
MOST_ROWS = 1 << 22
"""Readings that all engines keep to be rebuilt from (80 MiB); then those with most take fresh bytes."""


class ZoneEngines:
    """Judges readings of any number of zones, each in its own engine."""

    def __init__(
        self,
        site: Site,
        kinds: dict[str, Kind],
        settings: EngineSettings,
        rules: Sequence[Rule] = RULES,
    ) -> None:
        self.site = site
        self.kinds = kinds
        self.settings = settings
        self.rules = rules
        self.engines: dict[str, ContainedEngine] = {}
        self.admission = Admission(site, kinds, settings)
        self._points = 0
        """Of all engines."""
        self._zones: list[str] = []
        self._generation = 0
        self._zone_of_slot = np.empty(0, np.int32)
        """Index into _zones; below 0 where a point has no place."""
        self._local_slot = np.empty(0, np.int32)

    def judge(self, readings: Readings, ids: list[str], generation: int = 0) -> list[Verdict]:
        """The verdicts on a batch whose ``point`` counts in ``ids``.

        Between calls ``ids`` may grow, and is another with another ``generation``.
        """
        if generation != self._generation:
            self._generation = generation
            self._zone_of_slot, self._local_slot = np.empty(0, np.int32), np.empty(0, np.int32)
        self._fit(len(ids))
        verdicts: list[Verdict] = []
        while len(readings):
            refused = np.zeros(len(readings), np.bool_)
            end = self._let_in(readings, ids, refused)
            verdicts += self._push(readings.take(slice(0, end)), refused[:end], ids)
            if end < len(readings):
                verdicts += self._look_for_places()
            readings = readings.take(slice(end, None))
        return verdicts + self._keep_room()

    def _keep_room(self) -> list[Verdict]:
        """Let those engines that keep most readings keep none; what failed at it."""
        verdicts, engines = [], self.engines.values()
        while sum(engine.rows for engine in engines) > MOST_ROWS:
            most = max(engines, key=lambda engine: engine.rows)
            failures = most.free_rows()
            if failures:
                verdicts.append(Verdict(most.zone, failures=failures))
        return verdicts

    def _let_in(self, readings: Readings, ids: list[str], refused: np.ndarray) -> int:
        """Give new points their places; how far the readings may be pushed before places are looked for."""
        for row in np.flatnonzero(self._zone_of_slot[readings.point] < 0).tolist():
            slot = int(readings.point[row])
            if self._zone_of_slot[slot] >= 0 or self._lets_in(slot, ids[slot]):
                continue
            if self.admission.due(row):
                return row
            refused[row] = True
        return len(readings)

    def _lets_in(self, slot: int, id: str) -> bool:
        """Give a point its place, and its zone an engine if it has none yet; False where it gets none."""
        zone = self.site.zone_of(id)
        engine = self.engines.get(zone)
        if engine is None:
            unnamed = len(self.admission.last_heard)
            if not self.admission.lets_in_zone(zone, unnamed, self._points):
                return False
            engine = self._add(zone, self._made(zone))
        before = engine.points.held
        if engine.points.find(id) is None and not self.admission.lets_in(id, engine, self._points):
            return False
        self._local_slot[slot] = engine.slot(id)
        self._points += engine.points.held - before
        self._zone_of_slot[slot] = self._zones.index(zone)
        return True

    def _push(self, readings: Readings, refused: np.ndarray, ids: list[str]) -> list[Verdict]:
        verdicts = self.admission.refuse(readings.take(refused), ids) if refused.any() else []
        let_in = readings.take(~refused) if verdicts else readings
        zone_of_row = self._zone_of_slot[let_in.point]
        local = Readings(self._local_slot[let_in.point], let_in.time, let_in.value)
        taken = self.admission.taken
        self.admission.taken += len(readings)
        if not len(local):
            return verdicts
        if (zone_of_row == zone_of_row[0]).all():  # the usual case: a batch is of one zone
            parts = [(int(zone_of_row[0]), local)]
        else:
            parts = [(zone, local.take(zone_of_row == zone)) for zone in np.unique(zone_of_row).tolist()]
        for zone, part in parts:
            name = self._zones[zone]
            verdicts.append(self.engines[name].push(part))
            if name in self.admission.last_heard:
                row = int(np.flatnonzero(~refused)[np.flatnonzero(zone_of_row == zone)[-1]])
                self.admission.last_heard[name] = taken + row
        return verdicts

    def _look_for_places(self) -> list[Verdict]:
        """Take places back from what never spoke again."""
        silent = [z for z in self.admission.last_heard if self.admission.is_given_up(z, self.engines[z])]
        verdicts = [self._give_up(zone) for zone in silent]
        for zone, engine in self.engines.items():
            slots = engine.give_back()
            if slots is not None:
                self._renumber(zone, slots)
        self.admission.looked(self.engines, self._points)
        return verdicts

    def _renumber(self, zone: str, slots: I64) -> None:
        """The points of a zone have other slots now; below 0: none."""
        rows = np.flatnonzero(self._zone_of_slot == self._zones.index(zone))
        local = slots[self._local_slot[rows]]
        self._local_slot[rows] = local
        self._zone_of_slot[rows[local < 0]] = NO_PLACE
        self._points -= int((slots < 0).sum())

    def _give_up(self, zone: str) -> Verdict:
        engine = self.engines.pop(zone)
        verdict = engine.give_up(RejectReason.TOO_MANY_POINTS)
        self.admission.counts.add(engine.counts)
        del self.admission.last_heard[zone]
        self._points -= engine.points.held
        number = self._zones.index(zone)
        self._zones[number] = ""
        self._zone_of_slot[self._zone_of_slot == number] = NO_PLACE
        return verdict

    def open_incidents(self) -> list[Incident]:
        """What is not resolved now, over all zones."""
        return [incident for engine in self.engines.values() for incident in engine.open_incidents()]

    def event_time(self) -> int | None:
        """The newest event time of the zones, ns; None before the first reading."""
        times = [engine.event_time for engine in self.engines.values()]
        return max((time for time in times if time is not None), default=None)

    def heard(self) -> list[str]:
        """Zones of which readings came in; a name in a refused message alone does not make one."""
        return [zone for zone, engine in self.engines.items() if engine.counts.readings]

    def counts(self) -> Counts:
        """The books of all engines together."""
        total = Counts()
        total.add(self.admission.counts)
        for engine in self.engines.values():
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
            engine = self._made(zone, state)
            self._points += self._add(zone, engine).points.held
            dropped += engine.dropped
        return dropped

    def _made(self, zone: str, saved: bytes | None = None) -> ContainedEngine:
        return ContainedEngine(zone, self.site, self.kinds, self.settings, saved, self.rules)

    def _add(self, zone: str, engine: ContainedEngine) -> ContainedEngine:
        self.engines[zone] = engine
        if "" in self._zones:
            self._zones[self._zones.index("")] = zone
        else:
            self._zones.append(zone)
        if not self.site.names_place(zone):
            self.admission.last_heard.setdefault(zone, self.admission.taken)
        return engine

    def _fit(self, slots: int) -> None:
        """Make room for slots that have appeared."""
        more = slots - len(self._local_slot)
        if more > 0:
            self._zone_of_slot = np.concatenate([self._zone_of_slot, np.full(more, NO_PLACE, np.int32)])
            self._local_slot = np.concatenate([self._local_slot, np.zeros(more, np.int32)])
