"""The contract of whatever carries a message to one destination."""

from __future__ import annotations

from typing import Protocol

from streams.errors import RetryError, StreamError
from streams.store.delivery import Delivery


class DestinationRefuses(StreamError):
    """The destination will never take this message: it is no use to try it again there."""


class NotDelivered(RetryError):
    """It did not get there, this time; the text has no secret in it."""


class Sender(Protocol):
    """One destination of messages."""

    name: str
    """Names the destination, the same after a restart; it stands in logs and rows, so no secret is in it."""

    def __call__(self, delivery: Delivery) -> object:
        """Deliver it.

        Raises DestinationRefuses where the destination never will take it;
        whatever else is raised, the next try may do.
        """
