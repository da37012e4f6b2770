"""What the consumer group takes and gives, noted for whoever reads."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection

from kafka import ConsumerRebalanceListener, KafkaConsumer, TopicPartition

from streams.sources.source import Partition, Rebalance


class RebalanceListener(ConsumerRebalanceListener):
    """Records what a rebalance changed; its owner acts on it in its own loop.

    Newly assigned partitions are paused here, on the consumer's own thread,
    since a fetch could otherwise be out before the owner hears of them.
    """

    def __init__(self, consumer: KafkaConsumer) -> None:
        self._consumer = consumer
        self._changes: deque[Rebalance] = deque()

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Pause what has come, and note it."""
        self._consumer.pause(*assigned)
        self._changes.append(Rebalance(_as_partitions(assigned), frozenset()))

    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Note what has gone."""
        self._changes.append(Rebalance(frozenset(), _as_partitions(revoked)))

    def take(self) -> list[Rebalance]:
        """What has changed since this was last asked, oldest first."""
        return [self._changes.popleft() for _ in range(len(self._changes))]


def _as_partitions(partitions: Collection[TopicPartition]) -> frozenset[Partition]:
    return frozenset((tp.topic, tp.partition) for tp in partitions)
