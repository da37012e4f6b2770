"""Dead letters on a Kafka topic, from a thread of their own.

The value is the rejected payload; where it stood and why are headers. A
broker that is away never holds the caller up: letters wait in memory, the
oldest beyond a bound are lost and counted.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from typing import Protocol

import structlog

from streams.errors import RejectError, RetryError
from streams.messages import Reject
from streams.sinks.dead_letters import PAYLOAD_BYTES

log = structlog.get_logger()

MOST_WAITING = 10_000
MOST_AT_ONCE = 500
PAUSE_S = 2.0


class Producer(Protocol):
    """What is needed of a Kafka producer; both raise a RetryError where the broker is away."""

    def send(
        self, topic: str, key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes]]
    ) -> None: ...

    def flush(self) -> None: ...

    def close(self) -> None: ...


class LetterTopic:
    def __init__(
        self, producer: Producer, topic: str, most_waiting: int = MOST_WAITING, pause_s: float = PAUSE_S
    ) -> None:
        """Takes ``producer`` over. After a failure the next try comes ``pause_s`` later."""
        self._producer = producer
        self._topic = topic
        self._most_waiting = most_waiting
        self._pause_s = pause_s
        self.lost = 0
        """Letters let go because the broker was away for too long."""
        self._waiting: deque[Reject] = deque()
        self._put = 0
        self._settled = 0
        self._closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="dead-letters", daemon=True)
        self._thread.start()

    def put(self, reject: Reject) -> None:
        with self._changed:
            self._put += 1
            self._waiting.append(reject)
            if len(self._waiting) > self._most_waiting:
                self._waiting.popleft()
                self.lost += 1
                self._settled += 1
            self._changed.notify_all()

    def flush(self, deadline_s: float) -> bool:
        """Whether all letters so far are on the topic (or lost and counted)."""
        with self._changed:
            goal = self._put
            return self._changed.wait_for(lambda: self._settled >= goal, deadline_s)

    def close(self) -> None:
        """Send what is left, once more, and end."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()
        try:
            self._producer.close()
        except RetryError as error:
            log.warning("dead letters: the broker is away at the end", error=str(error))

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closing or self._waiting)
                closing = self._closing
                taken = [self._waiting.popleft() for _ in range(min(MOST_AT_ONCE, len(self._waiting)))]
            try:
                self._send(taken)
            except RetryError as error:
                log.warning("dead letters: the broker is away, letters wait", error=str(error))
                # Sent once more as a whole: a letter that stands twice is better than one that is missing.
                self._give_back(taken)
                if closing:
                    return
                continue
            with self._changed:
                self._settled += len(taken)
                self._changed.notify_all()
                if closing and not self._waiting:
                    return

    def _send(self, taken: list[Reject]) -> None:
        for reject in taken:
            try:
                self._producer.send(self._topic, None, reject.payload[:PAYLOAD_BYTES], headers(reject))
            except RejectError as error:
                log.error("dead letters: the broker does not take one", error=str(error))
        if taken:
            self._producer.flush()

    def _give_back(self, taken: list[Reject]) -> None:
        with self._changed:
            room = max(0, self._most_waiting - len(self._waiting))
            kept = taken[len(taken) - room :] if room < len(taken) else taken
            self.lost += len(taken) - len(kept)
            self._settled += len(taken) - len(kept)
            self._waiting.extendleft(reversed(kept))
            self._changed.wait_for(lambda: self._closing, self._pause_s)


def headers(reject: Reject) -> list[tuple[str, bytes]]:
    """Where a rejected record stood and why, as Kafka headers."""
    fields = {
        "topic": reject.topic,
        "partition": str(reject.partition),
        "offset": str(reject.offset),
        "reason": str(reject.reason),
        "detail": reject.detail[:1000],
    }
    return [(name, value.encode(errors="replace")) for name, value in fields.items()]
