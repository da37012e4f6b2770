"""One way to reach people, from a thread of its own, so that a slow one holds nobody up.

A message is tried until it is delivered, or until a newer one about the same
incident takes its place. The worst goes first.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol

import structlog

from streams.messages import SEVERITY_CODE
from streams.notify.message import Message

log = structlog.get_logger()

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
MOST_WAITING = 1000


class Sender(Protocol):
    """Delivers one message; False or an exception where it could not."""

    name: str

    def __call__(self, message: Message) -> bool: ...


class Channel:
    def __init__(
        self,
        sender: Sender,
        delivered: Callable[[Message], None],
        first_pause_s: float = FIRST_PAUSE_S,
        longest_pause_s: float = LONGEST_PAUSE_S,
    ) -> None:
        """``delivered`` is called from the channel's thread. A failure is followed by growing pauses."""
        self.name = sender.name
        self.failures = 0
        """Tries that failed."""
        self.given_up = 0
        """Messages let go because too many were waiting."""
        self._sender = sender
        self._delivered = delivered
        self._first_pause_s = first_pause_s
        self._longest_pause_s = longest_pause_s
        self._waiting: dict[str, Message] = {}
        self._busy = False
        self._deadline: float | None = None
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=f"notify {self.name}", daemon=True)
        self._thread.start()

    def put(self, message: Message) -> None:
        """Have a message sent; returns at once."""
        with self._changed:
            self._waiting.pop(message.incident.id, None)
            self._waiting[message.incident.id] = message
            if len(self._waiting) > MOST_WAITING:
                least = min(self._waiting.values(), key=_weight)
                del self._waiting[least.incident.id]
                self.given_up += 1
                log.error("notify: too many messages wait, one is given up", title=least.title)
            self._changed.notify_all()

    def close(self, deadline_s: float) -> None:
        """Send what waits, for so long, then end."""
        with self._changed:
            self._deadline = time.monotonic() + deadline_s
            self._changed.notify_all()
        self._thread.join(deadline_s + 1.0)

    def _run(self) -> None:
        pause = 0.0
        while True:
            with self._changed:
                if pause:
                    self._changed.wait(self._bounded(pause))
                self._changed.wait_for(lambda: self._waiting or self._deadline is not None)
                if not self._waiting or (self._deadline is not None and time.monotonic() >= self._deadline):
                    return
                message = max(self._waiting.values(), key=_weight)
            if self._send(message):
                pause = 0.0
                with self._changed:
                    if self._waiting.get(message.incident.id) is message:
                        del self._waiting[message.incident.id]
            else:
                pause = min(max(self._first_pause_s, 2 * pause), self._longest_pause_s)

    def _bounded(self, pause: float) -> float:
        if self._deadline is None:
            return pause
        return max(0.0, min(pause, self._deadline - time.monotonic()))

    def _send(self, message: Message) -> bool:
        try:
            sent = self._sender(message)
            problem = "not delivered"
        except Exception as error:  # whatever a service's client raises, the next try may do
            sent, problem = False, f"{type(error).__name__}: {error}"
        if not sent:
            self.failures += 1
            log.error(
                "notify: not delivered, will try again",
                channel=self.name,
                title=message.title,
                problem=problem,
            )
            return False
        self._delivered(message)
        return True


def _weight(message: Message) -> tuple[int, int]:
    """What goes first: the worst, then the oldest."""
    return SEVERITY_CODE.get(message.incident.severity, 0), -message.at
