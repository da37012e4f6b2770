"""One way to reach people, from a thread of its own, so that a slow one holds nobody up.

Each message has a back-off of its own: one that does not get through is tried
again later, and the next in line goes past it. A message is tried until it is
delivered, until the destination refuses it for good, or until a newer one
about the same incident takes its place. Those not tried yet go first, the
worst of them before the others.

Retrying by receiver, and keeping by receiver what was sent, are as in
Prometheus Alertmanager (its retry stage and its notification log).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import msgspec
import structlog

from streams.messages import SECOND, SEVERITY_CODE
from streams.notify.sender import DestinationRefuses, NotDelivered, Sender
from streams.store.delivery import Delivery, DeliveryState

log = structlog.get_logger()

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
MOST_WAITING = 1000


class Channel:
    """The way to one destination: a thread that sends, tries again, and leaves the others alone."""

    def __init__(
        self,
        sender: Sender,
        stands: Callable[[Delivery], None],
        clock: Callable[[], int] = time.time_ns,
        settle: Callable[[], None] = lambda: None,
        first_pause_s: float = FIRST_PAUSE_S,
        longest_pause_s: float = LONGEST_PAUSE_S,
    ) -> None:
        """``stands`` hears how a delivery stands now, mostly in the channel's thread; ``clock`` gives ns.

        ``settle`` is called after each message that got through, before the next is tried.
        """
        self.name = sender.name
        self.failing_since: int | None = None
        """When tries began to fail, ns; None while the last one got through or was refused."""
        self.problem = ""
        """How the last try failed."""
        self.refused: Delivery | None = None
        """The last message that the destination refused for good."""
        self._sender = sender
        self._stands = stands
        self._clock = clock
        self._settle = settle
        self._first_pause_s = first_pause_s
        self._longest_pause_s = longest_pause_s
        self._waiting: dict[str, Delivery] = {}  # by incident
        self._due: dict[str, float] = {}  # by message, on the monotonic clock
        self._deadline: float | None = None
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=f"notify {self.name}", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Messages that are not delivered yet."""
        return len(self._waiting)

    def put(self, delivery: Delivery) -> None:
        """Have a message sent; returns at once."""
        with self._changed:
            before = self._waiting.get(delivery.incident_id)
            if before is not None and before.message == delivery.message:
                return
            if before is not None:
                self._let_go(before, DeliveryState.SUPERSEDED, "a newer message took its place")
            self._waiting[delivery.incident_id] = delivery
            self._due[delivery.message] = time.monotonic()
            if len(self._waiting) > MOST_WAITING:
                least = max(self._waiting.values(), key=_turn)
                del self._waiting[least.incident_id]
                self._let_go(least, DeliveryState.REFUSED, "too many messages waited")
                log.error("notify: too many messages wait, one is given up", title=least.title)
            self._changed.notify_all()

    def stop(self, deadline: float) -> None:
        """Try what waits once more, until a moment of the monotonic clock, then end; returns at once."""
        with self._changed:
            self._deadline = deadline
            self._due = dict.fromkeys(self._due, time.monotonic())
            self._changed.notify_all()

    def join(self) -> None:
        """Wait for the end, until the deadline."""
        assert self._deadline is not None
        self._thread.join(max(0.0, self._deadline - time.monotonic()) + 0.1)

    def _run(self) -> None:
        while (delivery := self._next()) is not None:
            self._try(delivery)

    def _next(self) -> Delivery | None:
        """What is tried next, as soon as something is due; None at the end."""
        with self._changed:
            while True:
                now = time.monotonic()
                due = [each for each in self._waiting.values() if self._due[each.message] <= now]
                if self._deadline is not None and (not due or now >= self._deadline):
                    return None
                if due:
                    return min(due, key=_turn)
                soonest = min((self._due[each.message] for each in self._waiting.values()), default=None)
                self._changed.wait(None if soonest is None else soonest - now)

    def _try(self, delivery: Delivery) -> None:
        tried = msgspec.structs.replace(delivery, tries=delivery.tries + 1)
        try:
            self._sender(delivery)
        except DestinationRefuses as error:
            self._refused(tried, str(error))
        except Exception as error:  # whatever a service's client raises, the next try may do
            self._failed(tried, str(error) if isinstance(error, NotDelivered) else type(error).__name__)
        else:
            self.failing_since = None
            self._ended(tried, DeliveryState.TOLD, "")
            self._settle()

    def _refused(self, delivery: Delivery, says: str) -> None:
        log.error("notify: refused for good", channel=self.name, title=delivery.title, problem=says)
        self.failing_since = None
        self.refused = self._ended(delivery, DeliveryState.REFUSED, says)

    def _failed(self, delivery: Delivery, says: str) -> None:
        """Put off; what a client raises is not repeated, since its text may hold the URL."""
        self.problem = says
        if self.failing_since is None:
            self.failing_since = self._clock()
        pause = min(self._first_pause_s * 2.0 ** min(delivery.tries - 1, 30), self._longest_pause_s)
        log.error(
            "notify: not delivered, will try again", channel=self.name, title=delivery.title, in_s=pause
        )
        now = self._clock()
        later = msgspec.structs.replace(
            delivery, next_try=now + round(pause * SECOND), outcome=self.problem, changed=now
        )
        with self._changed:
            if not self._stands_in_line(delivery):
                return  # a newer one took its place meanwhile
            self._stands(later)
            if self._deadline is not None:
                del self._waiting[delivery.incident_id]  # it had its last try; the next start goes on with it
                return
            self._waiting[delivery.incident_id] = later
            self._due[delivery.message] = time.monotonic() + pause

    def _ended(self, delivery: Delivery, state: DeliveryState, outcome: str) -> Delivery:
        with self._changed:
            if self._stands_in_line(delivery):
                del self._waiting[delivery.incident_id]
            return self._let_go(delivery, state, outcome)

    def _stands_in_line(self, delivery: Delivery) -> bool:
        waiting = self._waiting.get(delivery.incident_id)
        return waiting is not None and waiting.message == delivery.message

    def _let_go(self, delivery: Delivery, state: DeliveryState, outcome: str) -> Delivery:
        self._due.pop(delivery.message, None)
        ended = msgspec.structs.replace(delivery, state=state, outcome=outcome, changed=self._clock())
        self._stands(ended)
        return ended


def _turn(delivery: Delivery) -> tuple[bool, int, int]:
    """The smallest goes first: what was not tried yet, then the worst, then the oldest."""
    return delivery.tries > 0, -SEVERITY_CODE.get(delivery.severity, 0), delivery.at
