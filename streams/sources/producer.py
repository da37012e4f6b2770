"""Publish bytes to Kafka topics: what `publish`, `rekey` and the dead letters write with."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import kafka.errors as errors
from kafka import KafkaProducer

from streams.errors import RejectError, RejectReason
from streams.sources.connection import Connection, broker_errors

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
        self.waiting_bytes = 0
        """Keys and values handed over and not yet acknowledged, as far as we know."""
        defaults = {
            "compression_type": "lz4",
            "acks": "all",
            "linger_ms": 20,
            "batch_size": 256 << 10,
            "delivery_timeout_ms": round(timeout_s * 1000),
            "request_timeout_ms": round(timeout_s * 500),
            "max_block_ms": round(timeout_s * 1000),
            "bootstrap_timeout_ms": round(timeout_s * 1000),
            "allow_auto_create_topics": True,  # the dead letters' topic, where the broker permits it
            "metrics_enabled": False,
        }
        self._producer = connection.open(KafkaProducer, **(defaults | options))

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
        with broker_errors():
            try:
                sent = self._producer.send(
                    topic, key=key, value=value, headers=list(headers), timestamp_ms=timestamp_ms
                )
            except errors.MessageSizeTooLargeError as large:
                raise RejectError(RejectReason.TOO_LARGE, str(large)) from large
        size = len(value or b"") + len(key or b"")
        self._waiting.append((sent, size))
        self.waiting_bytes += size
        while self._waiting and (self._waiting[0][0].is_done or self.waiting_bytes > _MAX_WAITING_BYTES):
            self._settle_oldest()

    def flush(self) -> None:
        """Wait until all is acknowledged.

        Raises:
            BrokerAway: A record could not be delivered in time.
        """
        with broker_errors():
            self._producer.flush(timeout=self._timeout_s)
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

    def abandon(self) -> None:
        """End at once; what is not acknowledged yet may be on its topic or not."""
        self._waiting.clear()
        with suppress(errors.KafkaError):
            self._producer.close(timeout=0)

    def _settle_oldest(self) -> None:
        sent, size = self._waiting.popleft()
        self.waiting_bytes -= size
        with broker_errors():
            sent.get(timeout=self._timeout_s)
