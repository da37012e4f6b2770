"""What each destination has been told: in memory, and in the store behind it.

Each destination is looked at by itself, so that what one was told never counts
as told elsewhere, and a restart goes on with exactly what is still to be told.
A store that is away keeps no page back: then memory alone is gone by.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from typing import TypeVar

import structlog

from streams.messages import Incident
from streams.notify.decide import Reason
from streams.notify.message import compose
from streams.store.delivery import EVERYWHERE, Delivery
from streams.store.overlay import Told
from streams.store.store import Store
from streams.store.writer import StoreWriter

log = structlog.get_logger()

STORE_PAUSE_S = 10.0
MOST_REMEMBERED = 10_000

T = TypeVar("T")


class Deliveries:
    """Safe to use from several threads; only `of` and `ask` look into the store."""

    def __init__(self, writer: StoreWriter | None) -> None:
        self._writer = writer
        self._of: dict[str, dict[tuple[str, str], Delivery]] = {}
        self._read: set[str] = set()
        self._ask_again = 0.0
        self._turn = threading.Lock()

    def of(self, incident_id: str) -> tuple[list[Delivery], bool]:
        """Those about an incident, oldest first, and whether the store was read for them just now."""
        fresh = False
        if incident_id not in self._read:
            stored = self.ask(lambda store: store.deliveries(incident_id), None)
            if stored is not None:
                fresh = True
                self._read.add(incident_id)
                with self._turn:
                    remembered = self._of.pop(incident_id, {})
                    self._of[incident_id] = {_key(each): each for each in stored} | remembered
        with self._turn:
            found = self._of.get(incident_id, {}).values()
            return sorted(found, key=lambda each: each.at), fresh

    def told(self, incident_id: str, destination: str) -> list[Told]:
        """What went out to a destination about an incident, or is on its way there, oldest first."""
        found, _ = self.of(incident_id)
        return [each.told for each in found if each.destination in (destination, EVERYWHERE)]

    def read_again(self, incident_id: str) -> None:
        """Have the store asked anew: another instance may have told of it meanwhile."""
        self._read.discard(incident_id)

    def knows(self, incident_id: str) -> bool:
        return incident_id in self._of

    def stands(self, delivery: Delivery) -> None:
        """How a delivery stands now."""
        with self._turn:
            self._of.setdefault(delivery.incident_id, {})[_key(delivery)] = delivery
            while len(self._of) > MOST_REMEMBERED:
                oldest = next(iter(self._of))
                del self._of[oldest]
                self._read.discard(oldest)
        if self._writer is not None:
            self._writer.put([delivery])

    def ask(self, question: Callable[[Store], T], otherwise: T) -> T:
        """The store's answer; ``otherwise`` while it is away, and then it is not asked at every turn."""
        if self._writer is None or time.monotonic() < self._ask_again:
            return otherwise
        try:
            return question(self._writer.store)
        except Exception as error:  # paging never depends on the store, whatever is wrong with it
            log.warning("notify: the store is away, going by memory", error=str(error))
            self._ask_again = time.monotonic() + STORE_PAUSE_S
            return otherwise


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
