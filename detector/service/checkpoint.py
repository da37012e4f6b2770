"""The checkpoint, always in this order: sinks or their spool acknowledged ->
snapshot {state, next offset, generation} -> Kafka commit.

A crash between any two steps loses nothing: the next start takes the newest
snapshot, seeks to the offset inside it and judges the same records again, and
every effect of that is the same score row or the same incident once more.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

import msgspec
import structlog
from config.settings import Settings
from config.site import Site

from config.kinds import Kind
from detector.service.router import PartitionEngines, SavedEngines
from detector.service.snapshots import DamagedSnapshot, SnapshotName, Snapshots
from streams.errors import RetryError

log = structlog.get_logger()

TopicPartition = tuple[str, int]


class SavedPartition(msgspec.Struct, frozen=True):
    """The body of a snapshot: everything that a restart needs of one partition."""

    topic: str
    partition: int
    next_offset: int
    generation: int
    engines: SavedEngines


@dataclass(slots=True)
class Partition:
    """One partition as the daemon holds it."""

    topic: str
    number: int
    engines: PartitionEngines
    next_offset: int
    generation: int
    saved_offset: int = -1
    """The offset of the last snapshot that was written or loaded."""

    @property
    def key(self) -> TopicPartition:
        return self.topic, self.number

    def saved(self) -> SavedPartition:
        return SavedPartition(self.topic, self.number, self.next_offset, self.generation, self.engines.save())


class Effects(Protocol):
    """Where the verdicts went, as far as a checkpoint must know."""

    def mark(self) -> int:
        """A mark behind everything that was handed over so far."""

    def acknowledged(self, mark: int) -> bool:
        """Whether everything before the mark is safe, so that it need not be judged again."""


class Commit(Protocol):
    def commit(self, offsets: Mapping[TopicPartition, int]) -> None: ...


@dataclass(frozen=True, slots=True)
class _Taken:
    partition: Partition
    offset: int
    body: bytes


class Checkpoints:
    """Takes the states at one moment; writes and commits them once their effects are safe.

    `begin` takes the states, `advance` (called from the loop) goes on with them
    without waiting, so judging never stands still for a slow sink.
    """

    def __init__(self, snapshots: Snapshots, effects: Effects, source: Commit) -> None:
        self.snapshots = snapshots
        self.effects = effects
        self.source = source
        self.failing_since: float | None = None
        """Monotonic time since when snapshots cannot be written, None while they can."""
        self.last_done = time.monotonic()
        self._taken: list[_Taken] = []
        self._mark = 0

    @property
    def under_way(self) -> bool:
        return bool(self._taken)

    def begin(self, partitions: Iterable[Partition]) -> None:
        """Take the state of every partition that has moved since its last snapshot."""
        self._mark = self.effects.mark()
        self._taken = [
            _Taken(partition, partition.next_offset, msgspec.msgpack.encode(partition.saved()))
            for partition in partitions
            if partition.next_offset != partition.saved_offset
        ]

    def advance(self) -> bool:
        """Write and commit what was taken, if its effects are safe. True when nothing is left to do."""
        if not self._taken:
            return True
        if not self.effects.acknowledged(self._mark):
            return False
        try:
            for taken in self._taken:
                self._write(taken)
        except OSError as error:
            if self.failing_since is None:
                self.failing_since = time.monotonic()
            log.error("checkpoint: cannot write snapshots, will try again", error=str(error))
            self._taken = []  # the next checkpoint takes a newer state
            return False
        self.failing_since = None
        self._commit()
        self._taken = []
        self.last_done = time.monotonic()
        return True

    def finish(
        self, partitions: Iterable[Partition], deadline_s: float, sleep: Callable[[float], None] = time.sleep
    ) -> bool:
        """Take, write and commit now, waiting for the effects until the deadline. Whether it was done."""
        self.begin(partitions)
        end = time.monotonic() + deadline_s
        while not (done := self.advance()) and self._taken and time.monotonic() < end:
            sleep(0.01)
        self._taken = []
        return done

    def drop(self, keys: Iterable[TopicPartition]) -> None:
        """Forget what was taken of partitions that belong to another now."""
        gone = set(keys)
        self._taken = [taken for taken in self._taken if taken.partition.key not in gone]

    def _write(self, taken: _Taken) -> None:
        partition = taken.partition
        name = SnapshotName(taken.offset, partition.generation)
        self.snapshots.write(partition.topic, partition.number, name, taken.body)
        partition.saved_offset = taken.offset

    def _commit(self) -> None:
        """The commit only tells Kafka's tools where we are: a restart goes by the snapshot."""
        try:
            self.source.commit({taken.partition.key: taken.offset for taken in self._taken})
        except RetryError as error:
            log.warning("checkpoint: offsets not committed, the snapshot holds them", error=str(error))


def load_partition(
    snapshots: Snapshots, topic: str, number: int, site: Site, kinds: dict[str, Kind], settings: Settings
) -> Partition | None:
    """The partition as its newest usable snapshot holds it, or None where there is none.

    The generation is one above the newest that was ever written, so that what
    this owner writes sorts after it at the same offset.
    """
    newest_generation = max((name.generation for name in snapshots.names(topic, number)), default=0)
    for name, body in snapshots.newest(topic, number):
        try:
            if isinstance(body, DamagedSnapshot):
                raise body
            saved = msgspec.msgpack.decode(body, type=SavedPartition)
            engines = PartitionEngines(site, kinds, settings)
            engines.load(saved.engines)
        except (DamagedSnapshot, msgspec.MsgspecError, ValueError, KeyError) as error:
            log.error("snapshot cannot be used, trying the one before", snapshot=str(name), error=str(error))
            continue
        return Partition(topic, number, engines, saved.next_offset, newest_generation + 1, saved.next_offset)
    return None
