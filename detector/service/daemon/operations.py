"""Incidents about coolwatch itself and its feed, judged at the edge by the wall clock.

The daemon says every few seconds which conditions hold; a condition that holds
long enough is an incident, and one that no longer holds resolves it. An
incident's id is frozen at birth, so a restart that adopts the open ones from
the store goes on with the same incidents.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from config.secrets import redacted
from detector.incidents.faults import Category, Severity, State
from streams.messages import SECOND, Incident

SERVICE = "service"
"""Spoke first where an incident was raised here and not by an engine; the instance's name comes after it."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that is wrong now with the service or with what it is fed."""

    fault: str
    category: Category
    root: str
    severity: Severity
    summary: str
    """What is wrong and what to do, for someone who was asleep a minute ago."""
    zone: str = ""
    hold_s: float = 0.0
    """For how long it must hold before it is told."""

    @property
    def key(self) -> tuple[str, str]:
        """What tells one condition from another: fault and root."""
        return self.fault, self.root


class Operations:
    """The life of the service's own incidents."""

    def __init__(
        self, open_incidents: Iterable[Incident] = (), instance: str = "", alone: bool = True
    ) -> None:
        """``open_incidents``: what the store still holds open; engines' incidents are left out.

        ``instance`` is this one's name. So are others' incidents, which only
        they can say the end of, unless no other has this store (``alone``).
        """
        self._spoke = (SERVICE, instance) if instance else (SERVICE,)
        self._open = {
            (incident.fault, incident.root): incident
            for incident in open_incidents
            if incident.spoke[:1] == (SERVICE,)
            and (alone or incident.spoke in (self._spoke, (SERVICE,)))  # older ones name no instance
            and incident.state != State.RESOLVED
        }
        self._since: dict[tuple[str, str], int] = {}

    def judge(self, conditions: Iterable[Condition], now: int) -> list[Incident]:
        """New versions of incidents, given what holds at wall-clock time ``now`` (ns)."""
        holding = {condition.key: condition for condition in conditions}
        changed = [self._resolve(key, now) for key in list(self._open) if key not in holding]
        for key in [key for key in self._since if key not in holding]:
            del self._since[key]
        for key, condition in holding.items():
            since = self._since.setdefault(key, now)
            if key not in self._open and now - since >= condition.hold_s * SECOND:
                self._open[key] = incident_of(condition, since, now, self._spoke)
                changed.append(self._open[key])
        return changed

    @property
    def open_incidents(self) -> list[Incident]:
        """The incidents that are firing."""
        return list(self._open.values())

    def _resolve(self, key: tuple[str, str], now: int) -> Incident:
        incident = self._open.pop(key)
        return msgspec.structs.replace(incident, state=State.RESOLVED, updated=now, resolved=now)


def incident_of(condition: Condition, since: int, now: int, spoke: tuple[str, ...] = (SERVICE,)) -> Incident:
    """The incident that a condition is which holds since a time and is told now, ns."""
    identity = "\0".join((condition.zone, condition.root, condition.category, condition.fault, str(since)))
    return Incident(
        id=hashlib.blake2b(identity.encode(), digest_size=8).hexdigest(),
        zone=condition.zone,
        hall="",
        category=condition.category,
        fault=condition.fault,
        root=condition.root,
        first_root=condition.root,
        severity=condition.severity,
        state=State.FIRING,
        started=since,
        updated=now,
        warned=now,
        summary=redacted(condition.summary),
        confidence=1.0,
        spoke=spoke,
    )
