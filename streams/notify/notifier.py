"""Tells people of incidents, in the log always and by every URL of the settings.

Each version of an incident is offered; `decide` says whether it is told, and
why. What was told is remembered in the store, so that a restart does not page
again, and a store that is away never keeps a page back: then the notifier goes
by what it remembers itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import structlog

from config.settings import NotifySettings
from streams.errors import StoreAway
from streams.messages import Incident
from streams.notify.channel import Channel, Sender
from streams.notify.decide import Circumstances, Reason, decide
from streams.notify.message import Message, compose
from streams.store.overlay import Told
from streams.store.store import Store

log = structlog.get_logger()

CLOSE_S = 5.0
STORE_PAUSE_S = 10.0
MOST_REMEMBERED = 10_000

T = TypeVar("T")


def apprise_senders(settings: NotifySettings) -> list[Sender]:
    """A sender for each URL of the settings. Raises ConfigError."""
    if not settings.urls:
        return []
    from streams.notify.apprise_sender import AppriseSender  # slow to import, and seldom needed

    return [AppriseSender(url) for url in settings.urls]


class Notifier:
    """Called from one thread; nothing here waits for a service that is slow."""

    def __init__(
        self,
        settings: NotifySettings,
        store: Store | None = None,
        in_maintenance: Callable[[str, int], bool] = lambda equipment, at: False,
        clock: Callable[[], int] = time.time_ns,
        senders: Sequence[Sender] | None = None,
    ) -> None:
        """``in_maintenance(equipment_id, ns)`` is the site's; ``clock`` gives ns.

        ``senders`` replaces those of the settings' URLs. Raises ConfigError for
        a URL that Apprise does not know.
        """
        self._settings = settings
        self._store = store
        self._in_maintenance = in_maintenance
        self._clock = clock
        self._told: dict[str, list[Told]] = {}
        self._firing: dict[str, Incident] = {}
        self._ask_again = 0.0
        senders = apprise_senders(settings) if senders is None else senders
        self._channels = [Channel(sender, self._delivered) for sender in senders]

    def offer(self, incident: Incident, live: bool) -> Reason:
        """A new version of an incident; says why people were told or were not.

        ``live`` false: it came up before the live edge and is only remembered.
        Offer what is still open there once more, live.
        """
        if not live:
            return Reason.PAST
        if incident.state == "firing":
            self._firing[incident.id] = incident
        else:
            self._firing.pop(incident.id, None)
        reason = self._consider(incident)
        if reason in (Reason.ACKNOWLEDGED, Reason.SILENCED, Reason.MAINTENANCE):
            log.info("incident held back", reason=str(reason), id=incident.id, summary=incident.summary)
        return reason

    def tick(self) -> list[Reason]:
        """Look again at what is firing: repeats, and silences that have ended. Call it every few seconds."""
        return [self._consider(incident) for incident in list(self._firing.values())]

    def close(self, deadline_s: float = CLOSE_S) -> None:
        """Send what waits, for at most so long, and end the channels' threads."""
        end = time.monotonic() + deadline_s
        for channel in self._channels:
            channel.close(max(0.0, end - time.monotonic()))

    def _consider(self, incident: Incident) -> Reason:
        now = self._clock()
        told = self._told_of(incident.id)
        reason = decide(incident, Circumstances(told), now, self._settings.repeat_every)
        if reason.tells:  # seldom, so only then is it asked what people did
            around = self._circumstances(incident, told, now)
            reason = decide(incident, around, now, self._settings.repeat_every)
        if reason.tells:
            self._tell(compose(incident, reason, now))
        return reason

    def _circumstances(self, incident: Incident, told: list[Told], now: int) -> Circumstances:
        equipment = "/".join(incident.root.split("/")[:2])
        return Circumstances(
            told,
            self._ask(lambda store: store.acknowledgements(incident.id), []),
            self._ask(lambda store: store.silences(now), []),
            self._in_maintenance(equipment, now),
        )

    def _tell(self, message: Message) -> None:
        self._told[message.incident.id].append(_told(message))
        log.warning(
            "incident",
            reason=str(message.reason),
            id=message.incident.id,
            severity=message.incident.severity,
            title=message.title,
            summary=message.incident.summary,
        )
        for channel in self._channels:
            channel.put(message)
        if not self._channels:
            self._delivered(message)

    def _delivered(self, message: Message) -> None:
        """Only what has reached somebody is remembered over a restart: rather told twice than never."""
        if self._store is None:
            return
        try:
            self._store.record_told(_told(message))
        except StoreAway as error:
            log.warning("notify: the store is away, a restart may tell this again", error=str(error))

    def _told_of(self, id: str) -> list[Told]:
        if id not in self._told:
            self._told[id] = self._ask(lambda store: store.told(id), [])
            while len(self._told) > MOST_REMEMBERED:
                del self._told[next(iter(self._told))]
        return self._told[id]

    def _ask(self, question: Callable[[Store], T], otherwise: T) -> T:
        """The store's answer; ``otherwise`` while it is away, and then it is not asked at every turn."""
        if self._store is None or time.monotonic() < self._ask_again:
            return otherwise
        try:
            return question(self._store)
        except StoreAway as error:
            log.warning("notify: the store is away, going by memory", error=str(error))
            self._ask_again = time.monotonic() + STORE_PAUSE_S
            return otherwise


def _told(message: Message) -> Told:
    return Told(message.incident.id, str(message.reason), message.incident.severity, message.at)
