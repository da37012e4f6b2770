"""What every source of records promises, and what a source hands over besides records."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple, Protocol

from streams.errors import RejectReason
from streams.messages import Reject
from streams.records import Records

Partition = tuple[str, int]
"""(topic, partition)"""


class Rebalance(NamedTuple):
    """One change of what this instance reads. Revoked partitions are already somebody else's."""

    assigned: frozenset[Partition]
    revoked: frozenset[Partition]


class Gap(NamedTuple):
    """Offsets that were passed over: ``offset`` up to, not including, ``next_offset``.

    The two are equal where nobody can say how much was missed.
    """

    topic: str
    partition: int
    offset: int
    next_offset: int
    reason: RejectReason
    detail: str
    goes_on: bool = False
    """Whether it only goes on a gap that was told before."""

    @property
    def records(self) -> int:
        """How many records may have stood there."""
        return self.next_offset - self.offset

    def reject(self) -> Reject:
        """What the dead letters are told of it."""
        if not self.records:
            return Reject(self.topic, self.partition, self.offset, self.reason, self.detail)
        last = self.next_offset - 1
        passed = f"offset {last}" if last == self.offset else f"offsets {self.offset} to {last}"
        return Reject(
            self.topic, self.partition, self.offset, self.reason, f"{passed} passed over: {self.detail}"
        )


class Source(Protocol):
    """Partitions of Kafka topics, read in order, each from where its owner says.

    One thread owns a source. Its loop: ``poll``, then ``rebalances`` (drop
    what was revoked; for what was assigned restore its state, ``seek`` if the
    state names an offset, ``resume``), then work. A newly assigned partition
    is paused, so that nothing of it is read before its owner is ready; with no
    ``seek`` it goes on at the group's committed offset, else where the
    source's start rule says.

    All methods but ``rebalances`` and ``assigned`` may raise
    `streams.errors.BrokerAway`; calling again later is all there is to do.
    """

    gaps: list[Gap]
    """What the latest ``poll`` had to pass over: corrupt batches, records no longer kept."""

    def poll(self, timeout_s: float) -> list[Records]:
        """Wait up to so long for records; each partition's are in order, at most one `Records` of each.

        While the group is being rebalanced it may take some seconds longer.
        """

    def assigned(self) -> set[Partition]:
        """What this instance reads now, paused or not."""

    def rebalances(self) -> list[Rebalance]:
        """What changed since the last call, oldest first."""

    def seek(self, partition: Partition, offset: int) -> None:
        """Read on from ``offset``. Does nothing for a partition that has meanwhile been revoked."""

    def pause(self, partitions: Iterable[Partition]) -> None:
        """Read nothing of these for now; revoked ones are left out."""

    def resume(self, partitions: Iterable[Partition]) -> None:
        """Read these again; revoked ones are left out."""

    def commit(self, offsets: Mapping[Partition, int]) -> bool:
        """Commit where to go on. False if the group has moved on and this instance may not any more."""

    def topic_id(self, topic: str) -> str:
        """The id that the brokers gave the topic when it was made, as heard some seconds ago at most.

        Empty where it is not known: the topic is missing, or the brokers are older than Kafka 2.8.
        """

    def missing(self) -> set[str]:
        """The topics that are to be read and are not there, as heard some seconds ago at most."""

    def positions(self) -> dict[Partition, int]:
        """Where reading goes on, past all that ``poll`` has handed over or skipped; only where known."""

    def lag(self) -> dict[Partition, int]:
        """Offsets still to be read, as the broker says now; only where the position is known."""

    def offsets_for_time(self, partitions: Collection[Partition], time_ns: int) -> dict[Partition, int]:
        """The first offset stamped at or after a time; the partition's end where there is none."""

    def generation(self) -> int:
        """The group's generation, which grows with each rebalance; -1 outside a group."""

    def close(self) -> None:
        """Leave the group. What is not committed is read again by whoever comes next."""
