"""What the fetcher asks for and makes of answers, so far as it must be led by where things stand still.

The library raises out of ``poll`` what a broker says of one partition, and asks
again at once; the other partitions wait meanwhile. Here such an answer stands
for nothing but a suspicion (see `streams.sources.standstill`). The names used
are private to kafka-python 3.0, as in `streams.sources.batches`.
"""

from __future__ import annotations

from typing import Any

import kafka.errors as errors
from kafka import KafkaConsumer, TopicPartition
from kafka.record import MemoryRecords

from streams.sources.probe import ONE_BATCH, is_of_the_log
from streams.sources.standstill import Standstill


class Fetches:
    """Stands between a consumer's fetcher and itself."""

    def __init__(self, consumer: KafkaConsumer, standstill: Standstill) -> None:
        self._fetcher = consumer._fetcher
        self._subscriptions = consumer._subscription
        self._standstill = standstill
        self._usual_bytes = self._fetcher.config["max_partition_fetch_bytes"]
        self._parse = self._fetcher._parse_fetched_data
        self._fetchable = self._fetcher._fetchable_partitions
        self._failed = self._fetcher._handle_fetch_error
        self._fetcher._parse_fetched_data = self._parse_or_suspect
        self._fetcher._fetchable_partitions = self._not_held
        self._fetcher._handle_fetch_error = self._note_failure

    def stand(self) -> dict[TopicPartition, tuple[int, bool]]:
        """(position, whether more should come by a fetch) of the partitions that are read now."""
        self._fetcher.config["max_partition_fetch_bytes"] = (
            ONE_BATCH if self._standstill.careful else self._usual_bytes
        )
        fetched = set(self._fetchable())
        found = {}
        for tp in self._subscriptions.assigned_partitions():
            state = self._subscriptions.assignment.get(tp)
            if state is None or state.paused or state.position is None:
                continue
            position = state.position.offset
            more = tp in fetched and (state.highwater is None or state.highwater > position)
            found[tp] = position, more
        return found

    def _parse_or_suspect(self, completed: Any) -> Any:
        tp, answer = completed.topic_partition, completed.partition_data
        state = self._subscriptions.assignment.get(tp)
        at_position = state is not None and state.position is not None
        if at_position and state.position.offset == completed.fetched_offset and _is_unusable(answer):
            self._standstill.suspect(tp, completed.fetched_offset)
            return None
        return self._parse(completed)

    def _not_held(self) -> list[TopicPartition]:
        held = self._standstill.held()
        return [tp for tp in self._fetchable() if tp not in held]

    def _note_failure(self, node_id: Any, exception: Exception) -> None:
        self._standstill.broken_off()
        self._failed(node_id, exception)


def _is_unusable(answer: Any) -> bool:
    """Whether it is an error of the log itself, or bytes in which no batch is whole."""
    error = errors.for_code(answer.error_code)
    if error is errors.NoError:
        return bool(answer.records) and not MemoryRecords(answer.records).has_next()
    return is_of_the_log(error)
