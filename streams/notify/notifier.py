"""Tells people of incidents, in the log always and by every URL of the settings.

Each version of an incident is offered; `decide` says for each destination by
itself whether it is told, and why. What is told is put into the store before
it counts as safe, so that after a restart each destination hears exactly what
it has not been told, and a store that is away never keeps a page back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import msgspec
import structlog

from config.settings import NotifySettings
from streams.messages import SECOND, Incident
from streams.notify.channel import LONGEST_PAUSE_S, Channel
from streams.notify.decide import Circumstances, Reason, always_tells, decide
from streams.notify.sender import Sender
from streams.notify.told import Deliveries, delivery_of
from streams.store.delivery import Delivery, DeliveryState
from streams.store.overlay import Acknowledgement, Silence
from streams.store.writer import StoreWriter

log = structlog.get_logger()

CLOSE_S = 5.0
LOG = "log"
"""The destination where there is no other: the log has every incident in any case."""
ORPHANED_S = 2 * LONGEST_PAUSE_S
"""A delivery that is overdue by so much is tried by nobody: who had it is gone."""
ADOPT_EVERY_S = 30.0
MOST_ADOPTED = 100


@dataclass(frozen=True, slots=True)
class Unreached:
    """What is wrong with a destination."""

    destination: str
    says: str
    waiting: int
    refused: Delivery | None = None
    """What it refused for good; None where it does not take anything just now."""


def apprise_senders(settings: NotifySettings) -> list[Sender]:
    """A sender for each URL of the settings, named once each. Raises ConfigError."""
    if not settings.urls:
        return []
    from streams.notify.apprise_sender import AppriseSender  # slow to import, and seldom needed

    return [AppriseSender(url) for url in dict.fromkeys(settings.urls)]


class Notifier:
    """Called from one thread; nothing here waits for a service that is slow."""

    def __init__(
        self,
        settings: NotifySettings,
        writer: StoreWriter | None = None,
        in_maintenance: Callable[[str, int], bool] = lambda equipment, at: False,
        clock: Callable[[], int] = time.time_ns,
        senders: Sequence[Sender] | None = None,
    ) -> None:
        """``in_maintenance(equipment_id, ns)`` is the site's; ``clock`` gives ns.

        ``senders`` replaces those of the settings' URLs. Raises ConfigError for
        a URL that Apprise does not know.
        """
        self._settings = settings
        self._in_maintenance = in_maintenance
        self._clock = clock
        self._deliveries = Deliveries(writer)
        self._firing: dict[str, Incident] = {}
        self._next_adoption = time.monotonic() + ADOPT_EVERY_S
        senders = apprise_senders(settings) if senders is None else senders
        self._channels = {sender.name: Channel(sender, self._deliveries.stands, clock) for sender in senders}

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
        if time.monotonic() >= self._next_adoption:
            self._next_adoption = time.monotonic() + ADOPT_EVERY_S
            self._adopt_orphans()
        return [self._consider(incident) for incident in list(self._firing.values())]

    def unreached(self, now: int | None = None) -> list[Unreached]:
        """What is wrong with the destinations: those that take nothing now, and what was refused of late."""
        now = self._clock() if now is None else now
        found = []
        for name, channel in self._channels.items():
            if channel.failing_since is not None:
                found.append(Unreached(name, channel.problem, channel.waiting))
            refused = channel.refused
            if refused is not None and now - refused.changed < self._settings.repeat_every:
                found.append(Unreached(name, refused.outcome, channel.waiting, refused))
        return found

    @property
    def destinations(self) -> list[str]:
        return list(self._channels) or [LOG]

    def close(self, deadline_s: float = CLOSE_S) -> None:
        """Send what waits, all channels at once, for at most so long, and end their threads."""
        end = time.monotonic() + deadline_s
        for channel in self._channels.values():
            channel.stop(end)
        for channel in self._channels.values():
            channel.join()

    def _consider(self, incident: Incident) -> Reason:
        """Decide for each destination; the first reason that tells, or else why none does."""
        now = self._clock()
        self._go_on_with(incident.id)
        reasons = self._reasons(incident, now)
        if any(reason.tells for reason in reasons.values()):  # seldom
            self._deliveries.read_again(incident.id)
            reasons = self._reasons(incident, now)
        told_to = {name: reason for name, reason in reasons.items() if reason.tells}
        if told_to:
            self._tell(incident, told_to, now)
        return next(iter([*told_to.values(), *reasons.values()]))

    def _reasons(self, incident: Incident, now: int) -> dict[str, Reason]:
        """Why each destination is told, or is not."""
        people: Circumstances | None = None
        reasons: dict[str, Reason] = {}
        for name in self._destinations_for(incident):
            told = self._deliveries.told(incident.id, name)
            reason = decide(incident, Circumstances(told), now, self._settings.repeat_every)
            if reason.tells and not always_tells(
                incident
            ):  # seldom, so only then is it asked what people did
                people = people or self._what_people_did(incident, now)
                around = replace(people, told=told)
                reason = decide(incident, around, now, self._settings.repeat_every)
            reasons[name] = reason
        return reasons

    def _destinations_for(self, incident: Incident) -> list[str]:
        """All but the one that the incident is about: it need not be told that it cannot be reached."""
        return [name for name in self.destinations if name != incident.root] or [LOG]

    def _what_people_did(self, incident: Incident, now: int) -> Circumstances:
        no_acknowledgements: list[Acknowledgement] = []
        no_silences: list[Silence] = []
        return Circumstances(
            acknowledgements=self._deliveries.ask(
                lambda store: store.acknowledgements(incident.id), no_acknowledgements
            ),
            silences=self._deliveries.ask(lambda store: store.silences(now), no_silences),
            in_maintenance=self._in_maintenance("/".join(incident.root.split("/")[:2]), now),
        )

    def _tell(self, incident: Incident, told_to: dict[str, Reason], now: int) -> None:
        deliveries = [delivery_of(incident, reason, name, now) for name, reason in told_to.items()]
        log.warning(
            "incident",
            reason=deliveries[0].reason,
            id=incident.id,
            severity=incident.severity,
            title=deliveries[0].title,
            summary=incident.summary,
            to=list(told_to),
        )
        for delivery in deliveries:
            channel = self._channels.get(delivery.destination)
            if channel is None:
                self._deliveries.stands(msgspec.structs.replace(delivery, state=DeliveryState.TOLD, tries=1))
            else:
                self._deliveries.stands(delivery)
                channel.put(delivery)

    def _go_on_with(self, incident_id: str) -> None:
        """Take over what was still to be delivered about an incident when it is first looked at."""
        found, fresh = self._deliveries.of(incident_id)
        if not fresh:
            return
        newest = {each.destination: each for each in found}
        for delivery in found:
            if delivery.state != DeliveryState.WAITING or delivery.destination not in self._channels:
                continue
            if delivery is newest[delivery.destination]:
                self._channels[delivery.destination].put(delivery)
            else:
                self._let_go(delivery, DeliveryState.SUPERSEDED, "a newer message took its place")

    def _adopt_orphans(self) -> None:
        """Take over messages whose instance is gone, about incidents that nobody offers any more."""
        now = self._clock()
        before, until = now - round(ORPHANED_S * SECOND), now + round(ORPHANED_S * SECOND)
        nothing: list[Delivery] = []
        for delivery in self._deliveries.ask(
            lambda store: store.adopt_overdue(before, until, MOST_ADOPTED), nothing
        ):
            if self._deliveries.knows(delivery.incident_id):
                continue
            channel = self._channels.get(delivery.destination)
            if channel is not None:
                channel.put(delivery)
            else:
                self._let_go(delivery, DeliveryState.REFUSED, "no longer in the settings")

    def _let_go(self, delivery: Delivery, state: DeliveryState, outcome: str) -> None:
        self._deliveries.stands(
            msgspec.structs.replace(delivery, state=state, outcome=outcome, changed=self._clock())
        )
