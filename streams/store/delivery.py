"""One message on its way to one destination: a row of the table of deliveries."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from streams.store.overlay import Told

EVERYWHERE = "*"
"""Stands for every destination: what was told before destinations were told apart."""


class DeliveryState(StrEnum):
    """What became of a message to one destination."""

    WAITING = "waiting"
    TOLD = "told"
    REFUSED = "refused"
    """For good: the destination will never take this message."""
    SUPERSEDED = "superseded"
    """A newer message about the same incident has taken its place."""


class Delivery(msgspec.Struct, frozen=True):
    """``message`` and ``destination`` are its key; ``version`` is the incident's. Times are ns."""

    message: str
    destination: str
    incident_id: str
    version: int
    reason: str
    severity: str
    at: int
    title: str
    body: str
    state: DeliveryState = DeliveryState.WAITING
    tries: int = 0
    next_try: int = 0
    outcome: str = ""
    """How the last try went; never with a secret in it."""
    changed: int = 0

    @property
    def told(self) -> Told:
        """As far as it matters for what is told next."""
        return Told(self.incident_id, self.reason, self.severity, self.at)
