"""Messages to any of the services that Apprise knows, by its URL."""

from __future__ import annotations

from urllib.parse import urlsplit

import apprise

from config.errors import ConfigError
from streams.notify.decide import Reason
from streams.notify.message import Message

_TYPES = {"warning": apprise.NotifyType.WARNING}


class AppriseSender:
    """Raises ConfigError for a URL that Apprise does not know. Its name leaves out what may be secret."""

    def __init__(self, url: str) -> None:
        self.name = urlsplit(url).scheme
        self._apprise = apprise.Apprise()
        if not self._apprise.add(url):
            raise ConfigError(
                "settings",
                "notify.urls",
                f"{self.name}:// is no URL that Apprise knows",
                "see its list of services",
            )

    def __call__(self, message: Message) -> bool:
        kind = _TYPES.get(message.incident.severity, apprise.NotifyType.FAILURE)
        if message.reason is Reason.RESOLVED:
            kind = apprise.NotifyType.SUCCESS
        return bool(self._apprise.notify(body=message.body, title=message.title, notify_type=kind))
