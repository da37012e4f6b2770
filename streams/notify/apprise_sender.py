"""Messages to any of the services that Apprise knows, by its URL."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import urlsplit

import apprise

from config.errors import ConfigError
from streams.notify.decide import Reason
from streams.notify.sender import DestinationRefuses, NotDelivered
from streams.store.delivery import Delivery

TIMEOUT_S = 30.0
ANSWER_WITHIN_S = 20.0
"""A slow receiver has the message all the same: who gives up on it too early sends it again, and again.

Apprise itself waits for 4 s, unless the URL says otherwise (``rto``).
"""

_TYPES = {"warning": apprise.NotifyType.WARNING}
_STATUS = re.compile(r"\berror=(\d{3})\b")
"""How Apprise's services tell the HTTP status that they got: in their log lines alone."""
_LATER = {408, 425, 429}
"""Statuses below 500 that ask for another try: too slow, too early, too many (RFC 9110, 8470, 6585)."""


class AppriseSender:
    """Raises ConfigError for a URL that Apprise does not know.

    Its name is the service and a hash of the URL, since any part of such a URL
    may be a secret. A status of 3xx or 4xx is taken for a refusal, as
    Alertmanager's receivers do, unless it asks for another try.
    """

    def __init__(self, url: str) -> None:
        service = urlsplit(url).scheme
        self.name = f"{service}-{hashlib.blake2b(url.encode(), digest_size=4).hexdigest()}"
        self._apprise = apprise.Apprise()
        if not self._apprise.add(url):
            raise ConfigError(
                "settings",
                "notify.urls",
                f"{service}:// is no URL that Apprise knows",
                "see its list of services",
            )
        for each in self._apprise:
            if each.socket_read_timeout == apprise.URLBase.socket_read_timeout:
                each.socket_read_timeout = ANSWER_WITHIN_S

    def __call__(self, delivery: Delivery) -> None:
        """Deliver it. Raises DestinationRefuses for what is never taken, NotDelivered for all else."""
        kind = _TYPES.get(delivery.severity, apprise.NotifyType.FAILURE)
        if delivery.reason == Reason.RESOLVED:
            kind = apprise.NotifyType.SUCCESS
        with self._apprise.notify(
            body=delivery.body, title=delivery.title, notify_type=kind, timeout=TIMEOUT_S
        ) as result:
            if result:
                return
            said = [int(status) for entry in result.logs() for status in _STATUS.findall(entry.message)]
        if not said:
            raise NotDelivered("no answer")
        if 300 <= said[-1] < 500 and said[-1] not in _LATER:
            raise DestinationRefuses(f"HTTP {said[-1]}")
        raise NotDelivered(f"HTTP {said[-1]}")
