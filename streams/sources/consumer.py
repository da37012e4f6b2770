"""What both Kafka sources share: the group, rebalances, positions, commits. How values come out differs."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Literal

import kafka.errors as errors
from kafka import KafkaConsumer, TopicPartition
from kafka.protocol.consumer import OffsetSpec
from kafka.structs import OffsetAndMetadata

from streams.errors import RejectReason
from streams.records import Records
from streams.sources.batch import Batch, join
from streams.sources.batches import Run, hand_over_batches
from streams.sources.connection import Connection, broker_errors
from streams.sources.consumer_options import CONSUMER_OPTIONS
from streams.sources.doubts import Doubts
from streams.sources.fetches import Fetches
from streams.sources.probe import Probe
from streams.sources.rebalances import RebalanceListener
from streams.sources.source import Gap, Partition, Rebalance
from streams.sources.standstill import Standstill

Start = Literal["earliest", "latest"] | int
"""Where to begin without a committed offset; an int is nanoseconds back from now."""

_ANSWER_MS = 5_000  # a broker that has not answered in this time is away
_LAG_MS = 1_500  # asked every few seconds from the loop, which a broker that hangs must not hold up
_COMMIT_MS = 2_000  # the snapshot holds the offset all the same
_LEAVE_MS = 1_000  # else the group notices it by itself, after the session's time-out
_JOIN_MS = 5_000
_NOT_OURS = (
    errors.CommitFailedError,
    errors.IllegalGenerationError,
    errors.UnknownMemberIdError,
    errors.FencedInstanceIdError,
    errors.RebalanceInProgressError,
)


class ConsumerSource(ABC):
    """A `streams.sources.source.Source` on kafka-python's consumer.

    Without a ``group`` it reads every partition that the topics have when it
    is made, and cannot commit.

    Raises:
        BrokerAway: No broker answers.
    """

    def __init__(
        self,
        connection: Connection,
        topics: Sequence[str],
        group: str | None,
        start: Start = "latest",
        clock: Callable[[], int] = time.time_ns,
        **options: Any,
    ) -> None:
        self.gaps: list[Gap] = []
        self._doubts = Doubts()
        self._topics = tuple(topics)
        self._start = start
        self._clock = clock
        self._last_gap: dict[Partition, Gap] = {}
        self._consumer = connection.open(KafkaConsumer, group_id=group, **(CONSUMER_OPTIONS | options))
        self._cluster = self._consumer._client.cluster
        hand_over_batches(self._consumer, self._read, self._doubts)
        self._standstill = Standstill(Probe(self._consumer))
        self._fetches = Fetches(self._consumer, self._standstill)
        self._listener = RebalanceListener(self._consumer)
        if group is None:
            self._assign_all(topics)
        else:
            self._consumer.subscribe(list(topics), listener=self._listener)

    @staticmethod
    @abstractmethod
    def _read(batch: Any) -> Batch:
        """Turn one of the library's batches that is sound into values."""

    def poll(self, timeout_s: float) -> list[Records]:
        """As `Source.poll`; what cannot be read is passed over and stands in ``gaps``."""
        self.gaps = []
        with broker_errors():
            self._finish_join()
            self._ask_ends_in_doubt()
            if self._pass_over_unreadable():
                return []
            try:
                polled = self._consumer.poll(timeout_ms=round(timeout_s * 1000))
            except errors.NoOffsetForPartitionError as unknown:
                self._begin(unknown.args[0])
                return []
            except errors.OffsetOutOfRangeError as outside:
                for partition, offset in outside.args[0].items():
                    self._return_to_log(partition, offset)
                return []
            except errors.LogTruncationError as cut:
                # A new leader's log is shorter than what was read: go back to where the two part.
                for partition, kept in cut.divergent_offsets.items():
                    if kept is not None:
                        self.seek(partition, kept.offset)
                return []
        made = (self._records((tp.topic, tp.partition), runs) for tp, runs in polled.items())
        return [records for records in made if records is not None]

    def assigned(self) -> set[Partition]:
        """As `Source.assigned`."""
        return {(tp.topic, tp.partition) for tp in self._consumer.assignment()}

    def rebalances(self) -> list[Rebalance]:
        """As `Source.rebalances`."""
        return self._listener.take()

    def seek(self, partition: Partition, offset: int) -> None:
        """As `Source.seek`."""
        with suppress(ValueError, KeyError):  # revoked
            self._consumer.seek(TopicPartition(*partition), offset)

    def pause(self, partitions: Iterable[Partition]) -> None:
        """As `Source.pause`."""
        for partition in partitions:
            with suppress(KeyError):  # revoked
                self._consumer.pause(TopicPartition(*partition))

    def resume(self, partitions: Iterable[Partition]) -> None:
        """As `Source.resume`."""
        for partition in partitions:
            with suppress(KeyError):  # revoked
                self._consumer.resume(TopicPartition(*partition))

    def commit(self, offsets: Mapping[Partition, int]) -> bool:
        """As `Source.commit`; waits for the brokers' answer."""
        with broker_errors():
            try:
                self._consumer.commit(
                    {TopicPartition(*p): OffsetAndMetadata(o, "", -1) for p, o in offsets.items()},
                    timeout_ms=_COMMIT_MS,
                )
            except _NOT_OURS:
                return False
        return True

    def topic_id(self, topic: str) -> str:
        """As `Source.topic_id`."""
        known = self._cluster.topic_id(topic)
        return str(known) if known else ""

    def missing(self) -> set[str]:
        """As `Source.missing`."""
        return {topic for topic in self._topics if not self._cluster.partitions_for_topic(topic)}

    def positions(self) -> dict[Partition, int]:
        """As `Source.positions`; asks nobody."""
        # SubscriptionState is asked directly: consumer.position() would go to the broker for what is unknown.
        known = self._consumer._subscription.all_consumed_offsets()
        return {(tp.topic, tp.partition): position.offset for tp, position in known.items()}

    def lag(self) -> dict[Partition, int]:
        """As `Source.lag`; asks the brokers, and raises BrokerAway."""
        positions = self.positions()
        with broker_errors():
            ends = self._ends([TopicPartition(*p) for p in positions])
        return {(tp.topic, tp.partition): max(0, end - positions[tp]) for tp, end in ends.items()}

    def offsets_for_time(self, partitions: Collection[Partition], time_ns: int) -> dict[Partition, int]:
        """As `Source.offsets_for_time`; asks the brokers, and raises BrokerAway."""
        wanted = {TopicPartition(*p): max(0, time_ns // 1_000_000) for p in partitions}
        with broker_errors():
            found = self._consumer.offsets_for_times(dict(wanted), timeout_ms=_ANSWER_MS)
            behind = [tp for tp in wanted if found.get(tp) is None or found[tp].offset < 0]
            ends = self._consumer.end_offsets(behind, timeout_ms=_ANSWER_MS) if behind else {}
        return {(tp.topic, tp.partition): ends[tp] if tp in ends else int(found[tp].offset) for tp in wanted}

    def generation(self) -> int:
        """As `Source.generation`."""
        return int(self._consumer.group_metadata().generation_id)

    def close(self) -> None:
        """As `Source.close`; never commits."""
        with broker_errors():
            self._consumer.close(autocommit=False, timeout_ms=_LEAVE_MS)

    def _assign_all(self, topics: Sequence[str]) -> None:
        with broker_errors():
            found = [
                TopicPartition(t, p) for t in topics for p in self._consumer.partitions_for_topic(t) or ()
            ]
        self._consumer.assign(found)
        if found:
            self._listener.on_partitions_assigned(found)

    def _finish_join(self) -> None:
        """Wait for a join of the group that outlasted the poll which began it.

        kafka-python 3.0.12 loses such a join in two ways. One set off by new
        metadata is forgotten: nobody takes up the assignment, the heartbeat
        stays off, and the member is silently gone from its group. And one that
        ends between two polls is thrown away and begun again, for all members,
        for as long as polls are short.
        """
        coordinator = self._consumer._coordinator
        if coordinator.rejoining:
            coordinator.request_rejoin()
            coordinator.ensure_active_group(timeout_ms=_JOIN_MS)

    def _records(self, partition: Partition, runs: list[Run]) -> Records | None:
        batches = []
        for run in runs:
            for part in run.parts:
                if isinstance(part, Batch):
                    batches.append(part)
                elif isinstance(part, Gap):
                    self._pass_over(part)
        return join(*partition, batches) if batches else None

    def _ends(self, partitions: Collection[TopicPartition]) -> dict[TopicPartition, int]:
        """Where logs end, of those whose leaders say so now.

        The library's own `end_offsets` asks on and on for a topic that was deleted.
        """
        if not partitions:
            return {}
        manager, fetcher = self._consumer._client._manager, self._consumer._fetcher

        async def ask() -> Any:
            asked = manager.call_soon(
                fetcher._send_list_offsets_requests, dict.fromkeys(partitions, OffsetSpec.LATEST)
            )
            return await manager.wait_for(asked, _LAG_MS)

        found, _ = manager.run(ask)
        return {tp: int(each.offset) for tp, each in found.items()}

    def _ask_ends_in_doubt(self) -> None:
        """Before anything is polled: an error here loses nothing."""
        unasked = self._doubts.unasked()
        if unasked:
            ours = self._consumer.assignment()
            for gone in [tp for tp in unasked if tp not in ours]:
                self._doubts.forget(gone)
            ends = self._ends([tp for tp in unasked if tp in ours])
            for tp, end in ends.items():
                self._doubts.tell_end(tp, end)

    def _pass_over_unreadable(self) -> bool:
        """Whether something was passed over: it is to be noted before anything else can fail."""
        for tp, (position, says) in self._doubts.take_lost().items():
            self._standstill.lose(tp, position, says)
        self._standstill.watch(self._fetches.stand())
        gaps = self._standstill.advance()
        for gap in gaps:
            self.seek((gap.topic, gap.partition), gap.next_offset)
            self._pass_over(gap)
        return bool(gaps)

    def _begin(self, partitions: Collection[TopicPartition]) -> None:
        """Apply the start rule to partitions for which the group has committed nothing."""
        if isinstance(self._start, int):
            offsets = self.offsets_for_time(partitions, self._clock() - self._start)
        else:
            ask = (
                self._consumer.beginning_offsets if self._start == "earliest" else self._consumer.end_offsets
            )
            offsets = ask(list(partitions), timeout_ms=_ANSWER_MS)
        for partition, offset in offsets.items():
            self.seek(partition, offset)

    def _return_to_log(self, tp: TopicPartition, offset: int) -> None:
        """Go to the first record kept: those before were deleted, or the topic was made anew."""
        first = self._consumer.beginning_offsets([tp], timeout_ms=_ANSWER_MS)[tp]
        self.seek(tp, first)
        if offset < first:
            self._pass_over(
                Gap(
                    tp.topic, tp.partition, offset, first, RejectReason.NO_LONGER_KEPT, "deleted by retention"
                )
            )

    def _pass_over(self, gap: Gap) -> None:
        """Record a gap; if it is passed in several steps, each after the first is marked so."""
        partition = (gap.topic, gap.partition)
        last = self._last_gap.get(partition)
        self._last_gap[partition] = gap
        goes_on = last is not None and (last.next_offset, last.detail) == (gap.offset, gap.detail)
        self.gaps.append(gap._replace(goes_on=goes_on))
