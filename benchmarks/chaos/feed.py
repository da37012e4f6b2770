"""Puts the halls on the topic at their pace, whatever the broker does, from a thread of its own."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

from benchmarks.chaos.halls import PACE_S, Halls
from streams.errors import BrokerAway
from streams.sources.connection import Connection
from streams.sources.producer import Publisher

SLICES = 10
"""Parts of a step in which its messages are sent."""
DELIVERY_S = 60.0


class Feed:
    """Steps of the halls, ``speed`` times as fast as they happen, until it is stopped."""

    def __init__(self, bootstrap: str, topic: str, halls: Halls, speed: float) -> None:
        self._publisher = Publisher(Connection(bootstrap), timeout_s=DELIVERY_S)
        self._topic = topic
        self._halls = halls
        self._pace_s = PACE_S / speed
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="feed", daemon=True)
        self.steps = 0
        self.proofs: dict[bytes, str] = {}
        """The hall of each message that proves a limit crossed."""

    def preload(self, steps: int) -> None:
        """The first steps at once."""
        for _ in range(steps):
            for message in self._halls.step(self.steps):
                self._send(message.hall, message.value)
            self.steps += 1
        self._publisher.flush()

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Stop, and wait until the broker has everything."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        with suppress(BrokerAway):  # what the topic holds is what counts
            self._publisher.close()

    def _run(self) -> None:
        due = time.monotonic()
        while not self._stop.is_set():
            messages = self._halls.step(self.steps)
            for part in range(SLICES):
                for message in messages[
                    part * len(messages) // SLICES : (part + 1) * len(messages) // SLICES
                ]:
                    if message.proves:
                        self.proofs[message.value] = message.hall
                    self._send(message.hall, message.value)
                due += self._pace_s / SLICES
                if self._stop.wait(max(0.0, due - time.monotonic())):
                    break
            self.steps += 1

    def _send(self, hall: str, value: bytes) -> None:
        with suppress(
            BrokerAway
        ):  # of an earlier message; lost before it was on the topic, it does not count
            self._publisher.send(self._topic, hall.encode(), value)
