"""The checkpoint, always in this order: sinks (or their spool) and store acknowledged
(scores, incidents, messages to people, dead letters) -> snapshot {state, next offset, generation}
-> Kafka commit.

A crash between any two steps loses nothing: the next start takes the newest
snapshot, seeks to the offset inside it and judges the same records again, and
every effect of that is the same score row or the same incident once more.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import structlog

from detector.service.daemon.partition import Partition
from detector.service.daemon.snapshots import SnapshotName, Snapshots
from streams.errors import RetryError
from streams.sources.source import Partition as TopicPartition

log = structlog.get_logger()


class Mark(NamedTuple):
    """How much was handed over by a moment."""

    scores: int = 0
    letters: int = 0
    store: int = 0
    """Incidents, and messages to people."""


class Effects(Protocol):
    """Where the verdicts went, as far as a checkpoint must know."""

    def mark(self) -> Mark:
        """A mark behind everything that was handed over so far."""

    def acknowledged(self, mark: Mark) -> bool:
        """Whether everything before the mark is safe, so that it need not be judged again."""


class Commit(Protocol):
    """What offsets are committed to."""

    def commit(self, offsets: Mapping[TopicPartition, int]) -> bool:
        """As `streams.sources.source.Source.commit`."""
        ...


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
        self._mark = Mark()
        self._unsaved = False
        """Whether the state of a partition could not be taken."""

    @property
    def under_way(self) -> bool:
        """Whether snapshots were taken that are not committed yet."""
        return bool(self._taken)

    def begin(self, partitions: Iterable[Partition]) -> None:
        """Take the state of every partition that has moved since its last snapshot."""
        self._mark = self.effects.mark()
        self._unsaved = False
        self._taken = [
            _Taken(partition, partition.next_offset, body)
            for partition in partitions
            if partition.moved and partition.next_offset is not None and (body := self._body(partition))
        ]
        if not self._taken and not self._unsaved:
            self.last_done = time.monotonic()  # the last snapshots hold all there is

    def advance(self) -> bool:
        """Write and commit what was taken, if its effects are safe. True when nothing is left to do."""
        if not self._taken:
            return True
        if not self.effects.acknowledged(self._mark):
            return False
        try:
            for taken in self._taken:
                self._write(taken)
        except Exception as error:  # of whatever sort: the place of the snapshots may be anything
            self._failed(error)
            self._taken = []  # the next checkpoint takes a newer state
            return False
        if not self._unsaved:
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

    def _body(self, partition: Partition) -> bytes:
        """The body of its snapshot; empty where its state cannot be put into bytes."""
        try:
            return partition.body()
        except Exception as error:
            self._unsaved = True
            self._failed(error)
            return b""

    def _failed(self, error: Exception) -> None:
        if self.failing_since is None:
            self.failing_since = time.monotonic()
        # Without the file's name, which is another each time: a line that comes again is held back.
        reason = error.strerror if isinstance(error, OSError) and error.strerror else repr(error)
        place = self.snapshots.url
        log.error("checkpoint: cannot write snapshots, will try again", error=reason, place=place)

    def _write(self, taken: _Taken) -> None:
        partition = taken.partition
        name = SnapshotName(taken.offset, partition.generation)
        self.snapshots.write(partition.topic, partition.number, name, taken.body, alone=partition.went_back)
        partition.saved_offset = taken.offset
        partition.went_back = False
        partition.damage = ""

    def _commit(self) -> None:
        """The commit only tells Kafka's tools where we are: a restart goes by the snapshot."""
        try:
            if not self.source.commit({taken.partition.key: taken.offset for taken in self._taken}):
                log.info("checkpoint: offsets not committed, the group has moved on")
        except RetryError as error:
            log.warning("checkpoint: offsets not committed, the snapshot holds them", error=str(error))
