"""Puts the benchmarks' telemetry on the topic: in bulk, or at the pace at which it happens."""

from __future__ import annotations

import time

from benchmarks.telemetry import (
    CRITICAL_C,
    HALLS,
    RAMP_K_PER_S,
    SECOND_MS,
    SHUTDOWN_C,
    ZONE,
    Messages,
    Telemetry,
)
from streams.sources.connection import Connection
from streams.sources.producer import Publisher
from tests.services.kafka import Broker

KEY = ZONE.encode()
SLICES = 20
"""Parts of a second in which live telemetry is sent."""
START_C = 24.0
HIGHEST_C = SHUTDOWN_C + 3.0


class Feed:
    """Telemetry from one second on, as far as it has been published."""

    def __init__(self, broker: Broker, topic: str, start_s: int) -> None:
        """``start_s`` is the time of the first reading, s since the epoch."""
        self._telemetry = Telemetry()
        self._messages = Messages(self._telemetry)
        self._publisher = Publisher(Connection(broker.bootstrap))
        self._topic = topic
        self.next_s = start_s

    def publish(self, rounds: int, packed: bool, pace_s: int = 1) -> int:
        """The next rounds of all points, ``pace_s`` apart, at full speed; how many readings that were."""
        for _ in range(rounds):
            values = self._telemetry.values(self.next_s)
            if packed:
                self._send(self._messages.packed(self.next_s * SECOND_MS, values))
            else:
                for message in self._messages.of_second(self.next_s * SECOND_MS, values):
                    self._send(message)
            self.next_s += pace_s
        self._publisher.flush()
        return rounds * len(self._telemetry)

    def publish_until_now(self) -> None:
        """The seconds that have gone by meanwhile."""
        self.publish(int(time.time()) - self.next_s, packed=True)

    def live(self, seconds: int, ramps: list[tuple[int, int]]) -> list[tuple[str, str, float]]:
        """The next seconds, each message when it happens.

        ``ramps`` are pairs of a hall and the second, counted from now, from
        which on a rack of it overheats. Returns hall, severity and Kafka timestamp
        (s since the epoch) of each reading that proves a hard limit crossed: the
        second in a row beyond it.
        """
        proofs = []
        first = self.next_s
        for _ in range(seconds):
            values = self._telemetry.values(self.next_s)
            proving = {}
            for hall, begin in ramps:
                since = self.next_s - first - begin
                if since >= 0:
                    point = self._telemetry.ramp_point(hall)
                    values[point] = _ramp(since)
                    severity = _proves(since)
                    if severity:
                        proving[point] = (HALLS[hall], severity)
            messages = self._messages.of_second(self.next_s * SECOND_MS, values)
            count = len(messages)
            for part in range(SLICES):
                rows = range(part * count // SLICES, (part + 1) * count // SLICES)
                # A message leaves when its last reading has been taken, never before.
                due = self.next_s + (part + 1) / SLICES
                time.sleep(max(0.0, due - time.time()))
                stamp = time.time_ns() // 1_000_000
                for row in rows:
                    self._send(messages[row], stamp)
                    if row in proving:
                        proofs.append((*proving[row], stamp / SECOND_MS))
            self.next_s += 1
        self._publisher.flush()
        return proofs

    def close(self) -> None:
        self._publisher.close()

    def _send(self, message: bytes, stamp_ms: int | None = None) -> None:
        self._publisher.send(self._topic, KEY, message, timestamp_ms=stamp_ms)


def _ramp(since: int) -> float:
    return min(START_C + RAMP_K_PER_S * since, HIGHEST_C)


def _proves(since: int) -> str:
    """The severity that the reading ``since`` seconds into a ramp proves; empty where none."""
    for severity, limit in (("critical", CRITICAL_C), ("emergency", SHUTDOWN_C)):
        if _ramp(since) > limit and _ramp(since - 1) > limit >= _ramp(since - 2):
            return severity
    return ""
