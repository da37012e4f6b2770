"""One partition, or one replay: records in, each zone's verdicts out.

Daemon and replay judge through this one class, so that they agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from config.kinds import Kind
from config.settings import Settings
from config.site import Site
from detector.rules import without
from detector.service.engines.belated import mostly_belated
from detector.service.engines.renames import Renamed, Renames
from detector.service.engines.zones import ZoneEngines
from streams.formats.decoded import Decoded
from streams.formats.decoder import Decoder
from streams.formats.not_understood import Belated
from streams.formats.understood import Understood
from streams.messages import Counts, Readings, Reject, Verdict
from streams.records import Records

STEPS_AT_ONCE = 30
"""Ticks that are judged before the caller is heard again: a tick of a large zone takes some 20 ms."""


class SavedEngines(msgspec.Struct, frozen=True):
    """What a snapshot holds of one partition: the directory's names, each zone, the decoder's books."""

    points: list[str]
    zones: dict[str, bytes]
    counts: dict[str, int]
    admission: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Judged:
    """What a run of records came to."""

    verdicts: list[Verdict]
    rejects: list[Reject]
    error: Exception | None = None
    """For which the readings could not be given to their zones, and are set aside."""


class Pipeline:
    """The decoder of one partition and the engines of the zones that are seen on it."""

    def __init__(self, site: Site, kinds: dict[str, Kind], settings: Settings) -> None:
        self.decoder = Decoder(site, kinds, settings.messages, settings.engine.max_points)
        self.zones = ZoneEngines(site, kinds, settings.engine, without(settings.rules.off))
        self._tick = settings.engine.tick
        self.decoded = Counts()
        """The decoder's books; the engines keep their own."""
        self.understood = Understood(site)
        """What was read and what was not, since this was made."""
        self.window = Understood(site)
        """The same since whoever looks at it has begun another."""
        self.renames = Renames()

    def push(self, records: Records) -> Judged:
        """Decode and judge a run of records. Never raises for bad input: see ``rejects``."""
        return self.take(self.decoder.decode(records))

    def push_in_parts(self, records: Records) -> Iterator[Judged]:
        """As `push`, a few ticks at a time: one record may hold hours of readings."""
        decoded = self.decoder.decode(records)
        self._note(decoded)
        rejects = decoded.rejects
        for readings in parts_of(decoded.readings, self._tick):
            yield self._judge(readings, rejects)
            rejects = []
        self.decoder.directory.keep_room()

    def take(self, decoded: Decoded) -> Judged:
        """Judge what this partition's own decoder made."""
        self._note(decoded)
        judged = self._judge(decoded.readings, decoded.rejects)
        self.decoder.directory.keep_room()
        return judged

    def _note(self, decoded: Decoded) -> None:
        self.decoded.add(decoded.counts)
        self.understood.take(decoded, self.decoder.directory)
        self.window.take(decoded, self.decoder.directory)
        self.renames.watch(decoded, self.decoder.directory)

    def renamed(self) -> list[Renamed]:
        """Points that go on under a new name, as far as is clear now."""
        self.renames.look(self.decoder.directory, self.zones)
        return self.renames.now(self.zones)

    def belated(self) -> list[Belated]:
        """Points most of whose readings came late or twice."""
        return [each for engine in self.zones.engines.values() for each in mostly_belated(engine.points)]

    def _judge(self, readings: Readings, rejects: list[Reject]) -> Judged:
        directory = self.decoder.directory
        try:
            return Judged(self.zones.judge(readings, directory.ids, directory.generation), rejects)
        except Exception as error:  # before any zone was given any of it: engines contain their own
            lost = len(readings)
            self.decoded.add(Counts(readings=lost, set_aside=lost))
            return Judged([], rejects, error)

    def miss(self, records: int) -> None:
        """Count records that the source had to pass over."""
        self.decoded.missed += records

    def counts(self) -> Counts:
        """The books of decoder and engines together."""
        total = self.zones.counts()
        total.add(self.decoded)
        return total

    def save(self) -> SavedEngines:
        """The state for a snapshot."""
        return SavedEngines(
            points=list(self.decoder.directory.ids),
            zones=self.zones.save(),
            counts={name: getattr(self.decoded, name) for name in Counts.__slots__},
            admission=self.zones.admission.state(),
        )

    def load(self, saved: SavedEngines) -> list[str]:
        """Take up a state that was saved (a fresh object only); says what could not be carried over.

        Raises `detector.snapshot.SnapshotError`.
        """
        self.decoder.directory.take_up(saved.points)
        self.understood.named -= set(saved.points)
        self.decoded = Counts(**saved.counts)
        self.zones.admission.restore(saved.admission)
        return self.zones.load(saved.zones)


def parts_of(readings: Readings, tick: int) -> Iterator[Readings]:
    """The readings in their order, cut wherever `STEPS_AT_ONCE` more ticks (of ``tick`` ns) have begun."""
    begun = np.maximum.accumulate(readings.time // tick)
    cuts = (np.flatnonzero(np.diff(begun)) + 1)[STEPS_AT_ONCE - 1 :: STEPS_AT_ONCE]
    for first, last in zip([0, *cuts], [*cuts, len(readings)], strict=True):
        yield readings if not len(cuts) else readings.take(slice(int(first), int(last)))
