"""What each destination has been told: in memory, and in the store behind it.

Each destination is looked at by itself, so that what one was told never counts
as told elsewhere, and a restart goes on with exactly what is still to be told.
A store that is away keeps no page back: then memory alone is gone by.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import Future
from typing import TypeVar

from streams.messages import Incident
from streams.notify.decide import Reason
from streams.notify.message import compose
from streams.store.delivery import EVERYWHERE, Delivery
from streams.store.overlay import Told
from streams.store.questions import PATIENCE_S, Questions
from streams.store.store import Store
from streams.store.writer import StoreWriter

MOST_REMEMBERED = 10_000

T = TypeVar("T")


class Deliveries:
    """Safe to use from several threads, but for `read`, `ask` and what else asks the store."""

    def __init__(self, writer: StoreWriter | None, patience_s: float = PATIENCE_S) -> None:
        self._writer = writer
        self._patience_s = patience_s
        self._behind = 0
        self._questions = Questions(writer.store, patience_s) if writer is not None else None
        self._of: dict[str, dict[tuple[str, str], Delivery]] = {}
        self._read: set[str] = set()
        self._fresh: set[str] = set()
        self._turn = threading.Lock()
        self._begun = writer.begun if writer is not None else 0

    def of(self, incident_id: str) -> list[Delivery]:
        """Those that are known about an incident, oldest first."""
        with self._turn:
            return sorted(self._of.get(incident_id, {}).values(), key=lambda each: each.at)

    def told(self, incident_id: str, destination: str) -> list[Told]:
        """What went out to a destination about an incident, or is on its way there, oldest first."""
        return [each.told for each in self.of(incident_id) if each.destination in (destination, EVERYWHERE)]

    def unread(self, incident_ids: Iterable[str]) -> set[str]:
        """Those for which the store has not answered yet."""
        return set(incident_ids) - self._read

    def read(self, incident_ids: Collection[str]) -> None:
        """Ask the store for what it holds about incidents; if it answers too late, that is known later."""
        if incident_ids:
            self.ask(lambda store: self._take_in(incident_ids, store.deliveries(*incident_ids)), None)

    def recall(self, since: int) -> None:
        """Have what was told since a time (ns), or about what is open, read; does not wait for it."""
        if self._questions is not None:
            self._questions.send(lambda store: self._take_in((), store.deliveries_of_late(since)))

    def freshly_read(self, incident_id: str) -> bool:
        """Whether the store has been read for an incident since this was last asked."""
        with self._turn:
            fresh = incident_id in self._fresh
            self._fresh.discard(incident_id)
            return fresh

    def knows(self, incident_id: str) -> bool:
        """Whether it was offered here, and its messages were gone on with."""
        return incident_id in self._of and incident_id not in self._fresh

    def stands(self, delivery: Delivery) -> None:
        """How a delivery stands now."""
        with self._turn:
            self._of.setdefault(delivery.incident_id, {})[_key(delivery)] = delivery
            self._forget_oldest()
        if self._writer is not None:
            self._writer.put([delivery])

    def settle(self) -> None:
        """Wait a moment until all of this is in the store, so that a kill repeats one message at most.

        The store is not waited for again while it is behind.
        """
        if self._writer is None or self._writer.away or not self._writer.acknowledged(self._behind):
            return
        mark = self._writer.mark()
        if not self._writer.wait_until_acknowledged(mark, self._patience_s):
            self._behind = mark

    def ask(self, question: Callable[[Store], T], otherwise: T) -> T:
        """The store's answer; ``otherwise`` where there is none in time."""
        return otherwise if self._questions is None else self._questions.ask(question, otherwise)

    def send(self, question: Callable[[Store], T]) -> Future[T] | None:
        """Ask and do not wait; None where the store does not answer."""
        if self._questions is None or not self._questions.answers():
            return None
        return self._questions.send(question)

    def look(self, incident_ids: Iterable[str]) -> None:
        """See whether a store that is in doubt answers again; does not wait for that.

        One that was begun meanwhile is given what was told of these incidents.
        """
        if self._questions is None or self._writer is None:
            return
        self._questions.answers()
        if self._writer.begun != self._begun:
            self._begun = self._writer.begun
            self._writer.put([each for id in incident_ids for each in self.of(id)])

    def close(self) -> None:
        """Let go of the store."""
        if self._questions is not None:
            self._questions.close()

    def _take_in(self, incident_ids: Iterable[str], stored: Iterable[Delivery]) -> None:
        """Of these incidents, and of all that are named, the store holds this; in the thread that asks it."""
        by_incident: dict[str, list[Delivery]] = {id: [] for id in incident_ids}
        for delivery in stored:
            by_incident.setdefault(delivery.incident_id, []).append(delivery)
        with self._turn:
            for id, found in by_incident.items():
                remembered = self._of.pop(id, {})
                self._of[id] = {_key(each): each for each in found} | remembered
                if id not in self._read:
                    self._fresh.add(id)
                self._read.add(id)
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        while len(self._of) > MOST_REMEMBERED:
            oldest = next(iter(self._of))
            del self._of[oldest]
            self._read.discard(oldest)
            self._fresh.discard(oldest)


def delivery_of(incident: Incident, reason: Reason, destination: str, at: int) -> Delivery:
    """A message on its way; ``at`` is the wall clock, ns."""
    message = compose(incident, reason)
    identity = f"{incident.id} {incident.updated} {incident.severity} {reason} {at}"
    return Delivery(
        message=hashlib.blake2b(identity.encode(errors="replace"), digest_size=8).hexdigest(),
        destination=destination,
        incident_id=incident.id,
        version=incident.updated,
        reason=str(reason),
        severity=incident.severity,
        at=at,
        title=message.title,
        body=message.body,
        next_try=at,
        changed=at,
    )


def _key(delivery: Delivery) -> tuple[str, str]:
    return delivery.message, delivery.destination
