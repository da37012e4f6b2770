"""One partition (or one replay): records in, each zone's verdicts out.

A decoder names points in its own directory; every zone has an engine with its
own slots. The router keeps, for each slot of the directory, which engine and
which slot of it that is, and splits a batch by zone without changing the order
within a zone. Daemon, replay and demo all judge through this one class.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec
import numpy as np
from config.kinds import Kind
from config.settings import Settings
from config.site import Site
from streams.formats.decoder import Decoder

from detector.engine import Engine
from streams.messages import Counts, Incident, Readings, Records, Reject, Verdict


class SavedEngines(msgspec.Struct, frozen=True):
    """What a snapshot holds of one partition: the directory's names and each zone by itself."""

    points: list[str]
    zones: dict[str, bytes]
    counts: dict[str, int]


@dataclass(slots=True)
class Judged:
    """What a run of records came to."""

    verdicts: list[Verdict] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)


class PartitionEngines:
    """The decoder of one partition and the engines of the zones that are seen on it."""

    def __init__(self, site: Site, kinds: dict[str, Kind], settings: Settings) -> None:
        self.site = site
        self.kinds = kinds
        self.settings = settings
        self.decoder = Decoder(site, kinds, settings.messages)
        self.engines: dict[str, Engine] = {}
        self.counts = Counts()
        self._zones: list[str] = []  # zone by index, in the order in which they were seen
        self._zone_of_slot = np.empty(0, np.int32)
        self._local_slot = np.empty(0, np.int32)

    def push(self, records: Records) -> Judged:
        """Decode and judge a run of records. Never raises for bad input: see ``rejects``."""
        decoded = self.decoder.decode(records)
        self.counts.add(decoded.counts)
        return Judged(self._judge(decoded.readings), list(decoded.rejects))

    def open_incidents(self) -> list[Incident]:
        """What is not resolved now, over all zones."""
        return [incident for engine in self.engines.values() for incident in engine.open_incidents()]

    def event_time(self) -> int | None:
        """The newest event time of the zones, ns."""
        times = [engine.event_time for engine in self.engines.values()]
        return max((time for time in times if time is not None), default=None)

    def save(self) -> SavedEngines:
        return SavedEngines(
            points=list(self.decoder.directory.ids),
            zones={zone: engine.snapshot() for zone, engine in self.engines.items()},
            counts={name: getattr(self.counts, name) for name in Counts.__slots__},
        )

    @staticmethod
    def restore(
        saved: SavedEngines, site: Site, kinds: dict[str, Kind], settings: Settings
    ) -> PartitionEngines:
        """The engines as they were saved; each raises what it must about a state it cannot take."""
        partition = PartitionEngines(site, kinds, settings)
        for zone, state in saved.zones.items():
            partition._zones.append(zone)
            partition.engines[zone] = Engine.restore(state, site, kinds, settings.engine)
        partition.counts = Counts(**saved.counts)
        return partition

    def _judge(self, readings: Readings) -> list[Verdict]:
        if not len(readings):
            return []
        self._learn_new_points()
        zone_of_row = self._zone_of_slot[readings.point]
        local = Readings(self._local_slot[readings.point], readings.time, readings.value)
        first = zone_of_row[0]
        if (zone_of_row == first).all():  # by far the most common: a partition's batch is of one zone
            parts: Iterable[tuple[int, Readings]] = [(int(first), local)]
        else:
            parts = [(int(zone), local.take(zone_of_row == zone)) for zone in np.unique(zone_of_row)]
        verdicts = []
        for zone, part in parts:
            verdict = self.engines[self._zones[zone]].push(part)
            self.counts.add(verdict.counts)
            verdicts.append(verdict)
        return verdicts

    def _learn_new_points(self) -> None:
        """Give every id that is new in the directory its engine and its slot there."""
        ids = self.decoder.directory.ids
        known = len(self._zone_of_slot)
        if len(ids) == known:
            return
        zone_of_slot = np.empty(len(ids), np.int32)
        local_slot = np.empty(len(ids), np.int32)
        zone_of_slot[:known] = self._zone_of_slot
        local_slot[:known] = self._local_slot
        for slot in range(known, len(ids)):
            zone = self.site.zone_of(ids[slot])
            if zone not in self.engines:
                self._zones.append(zone)
                self.engines[zone] = Engine(zone, self.site, self.kinds, self.settings.engine)
            zone_of_slot[slot] = self._zones.index(zone)
            local_slot[slot] = self.engines[zone].slot(ids[slot])
        self._zone_of_slot, self._local_slot = zone_of_slot, local_slot
