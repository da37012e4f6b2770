"""Tells people of incidents, in the log always and by every URL of the settings.

Each version of an incident is offered; `decide` says for each destination by
itself whether it is told, and why. What is told is put into the store before
it counts as safe, so that after a restart each destination hears exactly what
it has not been told, and a store that is away never keeps a page back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
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
from streams.store.questions import PATIENCE_S
from streams.store.writer import StoreWriter

log = structlog.get_logger()

CLOSE_S = 5.0
LOG = "log"
"""The destination where there is no other: the log has every incident in any case."""
ORPHANED_S = 2 * LONGEST_PAUSE_S
"""A delivery that is overdue by so much is tried by nobody: who had it is gone."""
ADOPT_EVERY_S = 30.0
MOST_ADOPTED = 100
RECALLED_S = 24 * 3600
"""What was told so long ago is known from the start; older messages are read as their incidents come up."""


@dataclass(frozen=True, slots=True)
class Unreached:
    """What is wrong with a destination."""

    destination: str
    says: str
    waiting: int
    refused: Delivery | None = None
    """What it refused for good; None where it does not take anything just now."""


@dataclass(frozen=True, slots=True)
class People:
    """What they did about incidents, as far as it was asked."""

    acknowledgements: Sequence[Acknowledgement] = ()
    silences: Sequence[Silence] = ()
    asked: bool = False


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
        patience_s: float = PATIENCE_S,
    ) -> None:
        """``in_maintenance(equipment_id, ns)`` is the site's; ``clock`` gives ns.

        The store is waited for at most ``patience_s``, then pages go by memory.
        ``senders`` replaces those of the settings' URLs. Raises ConfigError for
        a URL that Apprise does not know.
        """
        self._settings = settings
        self._in_maintenance = in_maintenance
        self._clock = clock
        self._deliveries = Deliveries(writer, patience_s)
        self._firing: dict[str, Incident] = {}
        self._next_adoption = time.monotonic() + ADOPT_EVERY_S
        self._adopted: Future[list[Delivery]] | None = None
        senders = apprise_senders(settings) if senders is None else senders
        self._channels = {
            sender.name: Channel(sender, self._deliveries.stands, clock, self._deliveries.settle)
            for sender in senders
        }

    def recall(self) -> None:
        """Have the store say what was told before, while there is time: before the first offer."""
        self._deliveries.recall(self._clock() - RECALLED_S * SECOND)

    def offer(self, incident: Incident, live: bool) -> Reason:
        """A new version of an incident; says why people were told or were not (see `offer_all`)."""
        return self.offer_all([incident], live)[0]

    def offer_all(self, incidents: Sequence[Incident], live: bool) -> list[Reason]:
        """New versions of incidents, in their order; the reason for each.

        ``live`` false: they came up before the live edge and are only remembered.
        Offer what is still open there once more, live.
        """
        if not live:
            return [Reason.PAST for _ in incidents]
        for incident in incidents:
            if incident.state == "firing":
                self._firing[incident.id] = incident
            else:
                self._firing.pop(incident.id, None)
        reasons = self._consider(incidents)
        for incident, reason in zip(incidents, reasons, strict=True):
            if reason in (Reason.ACKNOWLEDGED, Reason.SILENCED, Reason.MAINTENANCE):
                log.info("incident held back", reason=str(reason), id=incident.id, summary=incident.summary)
        return reasons

    def tick(self) -> list[Reason]:
        """Look again at what is firing: repeats, and silences that have ended. Call it every few seconds."""
        self._deliveries.look(self._firing)
        self._adopt_orphans()
        return self._consider(list(self._firing.values()))

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
        """Names of who is told; the log where there is nobody else."""
        return list(self._channels) or [LOG]

    def close(self, deadline_s: float = CLOSE_S) -> None:
        """Send what waits, all channels at once, for at most so long, and end their threads."""
        end = time.monotonic() + deadline_s
        for channel in self._channels.values():
            channel.stop(end)
        for channel in self._channels.values():
            channel.join()
        self._deliveries.close()

    def _consider(self, incidents: Sequence[Incident]) -> list[Reason]:
        """Decide for each destination; by incident, the first reason that tells, or else why none does.

        The store is asked for all of them at once, since each question may have to be waited for.
        """
        now = self._clock()
        unread = self._deliveries.unread(incident.id for incident in incidents)
        self._deliveries.read(unread)
        for incident in incidents:
            self._go_on_with(incident.id)
        nobody = People()
        telling = [each for each in incidents if _tells(self._reasons(each, nobody, now))]  # seldom any
        # Another instance may have told of them meanwhile.
        self._deliveries.read({incident.id for incident in telling} - unread)
        people = self._what_people_did([each for each in telling if not always_tells(each)], now)
        return [self._decide(incident, people, now) for incident in incidents]

    def _decide(self, incident: Incident, people: People, now: int) -> Reason:
        """Tell whom there is a reason to tell."""
        reasons = self._reasons(incident, people, now)
        told_to = {name: reason for name, reason in reasons.items() if reason.tells}
        if told_to:
            self._tell(incident, told_to, now)
        return next(iter([*told_to.values(), *reasons.values()]))

    def _reasons(self, incident: Incident, people: People, now: int) -> dict[str, Reason]:
        """Why each destination is told, or is not."""
        equipment = "/".join(incident.root.split("/")[:2])
        around = Circumstances(
            acknowledgements=[each for each in people.acknowledgements if each.incident_id == incident.id],
            silences=people.silences,
            in_maintenance=people.asked and self._in_maintenance(equipment, now),
        )
        reasons: dict[str, Reason] = {}
        for name in self._destinations_for(incident):
            told = self._deliveries.told(incident.id, name)
            reasons[name] = decide(incident, replace(around, told=told), now, self._settings.repeat_every)
        return reasons

    def _destinations_for(self, incident: Incident) -> list[str]:
        """All but the one that the incident is about: it need not be told that it cannot be reached."""
        return [name for name in self.destinations if name != incident.root] or [LOG]

    def _what_people_did(self, incidents: Sequence[Incident], now: int) -> People:
        """Asked only where it matters, which is seldom; without an answer nobody did anything."""
        if not incidents:
            return People()
        ids = {incident.id for incident in incidents}
        return self._deliveries.ask(
            lambda store: People(store.acknowledgements(*ids), store.silences(now), asked=True),
            People(asked=True),
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
        """Take over what was still to be delivered about an incident, as soon as the store has said it."""
        if not self._deliveries.freshly_read(incident_id):
            return
        found = self._deliveries.of(incident_id)
        newest = {each.destination: each for each in found}
        for delivery in found:
            if delivery.state != DeliveryState.WAITING or delivery.destination not in self._channels:
                continue
            if delivery is newest[delivery.destination]:
                self._channels[delivery.destination].put(delivery)
            else:
                self._let_go(delivery, DeliveryState.SUPERSEDED, "a newer message took its place")

    def _adopt_orphans(self) -> None:
        """Take over messages whose instance is gone, about incidents that nobody offers any more.

        The answer is taken in at a later call: nobody waits for it.
        """
        if self._adopted is None and time.monotonic() >= self._next_adoption:
            self._next_adoption = time.monotonic() + ADOPT_EVERY_S
            now = self._clock()
            before, until = now - round(ORPHANED_S * SECOND), now + round(ORPHANED_S * SECOND)
            self._adopted = self._deliveries.send(
                lambda store: store.adopt_overdue(before, until, MOST_ADOPTED)
            )
        if self._adopted is None or not self._adopted.done():
            return
        answer, self._adopted = self._adopted, None
        for delivery in [] if answer.exception() else answer.result():
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


def _tells(reasons: Mapping[str, Reason]) -> bool:
    return any(reason.tells for reason in reasons.values())
