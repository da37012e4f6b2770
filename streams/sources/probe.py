"""A look at one place of a log, by a fetch of its own beside those of the consumer.

It brings one batch, however many partitions are read, and says whether the
broker gives anything that can be used there. The names used here are private
to kafka-python 3.0, as in `streams.sources.batches`.
"""

from __future__ import annotations

import struct
from typing import Any

import kafka.errors as errors
from kafka import KafkaConsumer, TopicPartition
from kafka.protocol.consumer import FetchRequest, IsolationLevel
from kafka.record import MemoryRecords

from streams.errors import BrokerAway

ANSWER_MS = 2_000
CORRUPT = (errors.CorruptRecordError, errors.InvalidRecordError)
"""What a broker says of a log that does not hold what it should."""
_NOT_OF_THE_LOG = (
    errors.NoError,
    errors.RetriableError,  # also where the disk is offline: another replica takes over
    errors.OffsetOutOfRangeError,
    errors.AuthorizationError,
)
UNFRAMED = (errors.KafkaError, struct.error, AssertionError)
"""What the library raises where no batch begins."""
ONE_BATCH = 1
"""In bytes: of what it finds first a broker gives all."""
FORMAT_2 = 2
_NO_SESSION = -1


class Unreadable(Exception):
    """What is wrong at the place, in words."""


class Perhaps(Unreadable):
    """It may be the broker's trouble of the moment, and not the log's."""


class Probe:
    """Looks through a consumer's own connections; for the thread that polls it."""

    def __init__(self, consumer: KafkaConsumer) -> None:
        self._consumer = consumer

    def look(self, tp: TopicPartition, offset: int) -> None:
        """Fetch from an offset. Nothing to read yet is as good as a whole batch.

        Raises:
            Unreadable: What the broker gives there, or says of it, cannot be used.
            Perhaps: It says that it cannot read its own log, which may pass.
            BrokerAway: It cannot be asked; that says nothing about the place.
        """
        answer = self._ask(tp, offset)
        error = errors.for_code(answer.error_code)
        if issubclass(error, CORRUPT):
            raise Unreadable("the broker finds its log corrupt")
        if is_of_the_log(error):
            raise Perhaps(f"the broker cannot read its log: {error.__name__}")
        if error is errors.OffsetOutOfRangeError:
            return  # the consumer hears of that by itself
        if error is not errors.NoError:
            raise BrokerAway(f"{tp.topic} {tp.partition}: {error.__name__}")
        if answer.records:
            after = _must_be_whole(answer.records, offset)
            if after > answer.high_watermark and after > (end := self.end(tp)):
                raise Unreadable(f"a batch reaches to {after} in a log up to {end}")
        elif offset < answer.last_stable_offset:
            raise Unreadable("the broker gives nothing, though its log goes on")

    def end(self, tp: TopicPartition) -> int:
        """Where the log ends. Raises BrokerAway."""
        try:
            return int(self._consumer.end_offsets([tp], timeout_ms=ANSWER_MS)[tp])
        except (errors.KafkaError, KeyError) as away:
            raise BrokerAway(str(away)) from away

    def _ask(self, tp: TopicPartition, offset: int) -> Any:
        fetcher, manager = self._consumer._fetcher, self._consumer._client._manager
        node = manager.cluster.leader_for_partition(tp)
        if node is None or node < 0 or manager.connection_delay(node) > 0:
            raise BrokerAway(f"{tp.topic} {tp.partition} has no leader that can be reached")
        place = FetchRequest.FetchTopic.FetchPartition(
            partition=tp.partition,
            current_leader_epoch=-1,
            fetch_offset=offset,
            last_fetched_epoch=-1,
            partition_max_bytes=ONE_BATCH,
        )
        request = FetchRequest(
            max_wait_ms=0,
            min_bytes=0,
            max_bytes=ONE_BATCH,
            isolation_level=fetcher._isolation_level,
            session_id=0,
            session_epoch=_NO_SESSION,
            topics=[FetchRequest.FetchTopic(topic=tp.topic, partitions=[place])],
            forgotten_topics_data=[],
            min_version=FetchRequest.min_version_for_isolation_level(IsolationLevel.READ_COMMITTED),
            max_version=12,
        )

        async def ask() -> Any:
            return await manager.wait_for(manager.send(request, node_id=node), ANSWER_MS)

        try:
            answer = manager.run(ask)
        except errors.NodeNotReadyError as away:
            raise BrokerAway(str(away)) from away
        except errors.KafkaError as broken:
            self.end(tp)  # raises if the broker is away
            raise Perhaps(f"the broker breaks off where it is read: {broken}") from broken
        return answer.responses[0].partitions[0]


def is_of_the_log(error: type[errors.KafkaError]) -> bool:
    """Whether a broker answers with this where it cannot read a log, and will do so again."""
    return not issubclass(error, _NOT_OF_THE_LOG)


def _must_be_whole(data: Any, offset: int) -> int:
    """Where the sound batch ends that the data begins with. Raises Unreadable where that is not one."""
    try:
        batch = MemoryRecords(data).next_batch()
        if batch is None:
            raise Unreadable(f"its length reaches beyond the {len(data)} bytes that the broker gives")
        if batch.magic > FORMAT_2:
            raise Unreadable(f"message format {batch.magic}")
        if not batch.validate_crc():
            raise Unreadable("its checksum does not fit")
    except UNFRAMED as broken:
        raise Unreadable(f"no batch begins here: {broken}") from broken
    after = int(batch.next_offset if batch.magic == FORMAT_2 else batch.base_offset + 1)
    if after <= offset:
        raise Unreadable(f"a batch ends at {after}, read from {offset}")
    return after
