"""Publish bytes to Kafka topics: what `publish`, `rekey` and the dead letters write with."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import kafka.errors as errors
from kafka import KafkaProducer

from streams.errors import BrokerAway, RejectError, RejectReason
from streams.sources.connection import Connection

_MAX_WAITING_BYTES = 32 << 20


class Publisher:
    """A producer that holds its caller back: kafka-python's own buffer knows no bound.

    Records of one key keep their order and land in one partition. Compressed
    by lz4, acknowledged by all replicas in sync.

    Raises:
        BrokerAway: No broker answers.
    """

    def __init__(self, connection: Connection, timeout_s: float = 30.0, **options: Any) -> None:
        self._timeout_s = timeout_s
        self._waiting: deque[tuple[Any, int]] = deque()
        self._waiting_bytes = 0
        defaults = {
            "compression_type": "lz4",
            "acks": "all",
            "linger_ms": 20,
            "batch_size": 256 << 10,
            "delivery_timeout_ms": round(timeout_s * 1000),
            "request_timeout_ms": round(timeout_s * 500),
            "max_block_ms": round(timeout_s * 1000),
            "allow_auto_create_topics": True,  # the dead letters' topic, where the broker permits it
            "metrics_enabled": False,
        }
        try:
            self._producer = KafkaProducer(**connection.options(), **(defaults | options))
        except errors.KafkaError as away:
            raise BrokerAway(str(away)) from away

    def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        headers: Sequence[tuple[str, bytes]] = (),
        timestamp_ms: int | None = None,
    ) -> None:
        """Hand one record over; waits while too much is on its way.

        Raises:
            RejectError: The record is larger than a broker takes.
            BrokerAway: An earlier record, or this one, could not be delivered in time.
        """
        try:
            sent = self._producer.send(
                topic, key=key, value=value, headers=list(headers), timestamp_ms=timestamp_ms
            )
        except errors.MessageSizeTooLargeError as large:
            raise RejectError(RejectReason.TOO_LARGE, str(large)) from large
        except errors.KafkaError as away:
            raise BrokerAway(str(away)) from away
        size = len(value or b"") + len(key or b"")
        self._waiting.append((sent, size))
        self._waiting_bytes += size
        while self._waiting and (self._waiting[0][0].is_done or self._waiting_bytes > _MAX_WAITING_BYTES):
            self._settle_oldest()

    def flush(self) -> None:
        """Wait until all is acknowledged.

        Raises:
            BrokerAway: A record could not be delivered in time.
        """
        try:
            self._producer.flush(timeout=self._timeout_s)
        except errors.KafkaError as away:
            raise BrokerAway(str(away)) from away
        while self._waiting:
            self._settle_oldest()

    def close(self) -> None:
        """Flush and end.

        Raises:
            BrokerAway: A record could not be delivered in time.
        """
        try:
            self.flush()
        finally:
            with suppress(errors.KafkaTimeoutError):
                self._producer.close(timeout=0)

    def _settle_oldest(self) -> None:
        sent, size = self._waiting.popleft()
        self._waiting_bytes -= size
        try:
            sent.get(timeout=self._timeout_s)
        except errors.KafkaError as away:
            raise BrokerAway(str(away)) from away
