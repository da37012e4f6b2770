"""What a replay came to: the books, and each incident as it first fired and as it ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from detector.incidents.faults import SEVERITY_CODE, Severity
from detector.service.people.words import utc
from streams.messages import Counts, Incident


@dataclass(slots=True)
class Told:
    """One incident: the version that first fired and the newest one."""

    first: Incident
    newest: Incident
    services: Incident
    """The first version that could say which services are running out of time."""

    @property
    def has_changed(self) -> bool:
        """Whether it became something else than it was first told as."""
        return (self.newest.severity, self.newest.summary) != (self.first.severity, self.first.summary)

    def take(self, version: Incident) -> None:
        """Bring up to a later version. The severity never falls: afterwards the worst counts."""
        if _code(version.severity) < _code(self.newest.severity):
            version = msgspec.structs.replace(version, severity=self.newest.severity)
        if version.resolved is not None:
            # The last words of an incident are about its end; what it was stays the better summary.
            version = msgspec.structs.replace(
                version, summary=self.newest.summary or version.summary, evidence=self.newest.evidence
            )
        if not self.services.services and version.services:
            self.services = version
        self.newest = version


@dataclass(slots=True)
class Replayed:
    """The outcome of a replay, as far as it has come."""

    counts: Counts = field(default_factory=Counts)
    incidents: dict[str, Told] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    """Zones that could not be judged all the time, in words."""
    not_understood: list[str] = field(default_factory=list)
    """What of the logs was not understood, and the mend: sentences."""
    unclaimed: dict[str, int] = field(default_factory=dict)
    """Readings of each name that nothing explains, the most common first."""
    rules_off: tuple[str, ...] = ()
    """Rules that were switched off."""
    rejects: int = 0
    """Everything that went to the dead letters: records as a whole, and single readings."""

    def take(self, versions: Iterable[Incident]) -> None:
        """Take in new versions of incidents; those that never fired are left out."""
        for version in versions:
            if version.id in self.incidents:
                self.incidents[version.id].take(version)
            elif version.warned is not None:
                self.incidents[version.id] = Told(version, version, version)

    def said_first(self) -> list[str]:
        """What must be known before the incidents are read: sentences."""
        off = [f"Switched off: {', '.join(self.rules_off)}."] if self.rules_off else []
        return [*self.not_understood, *self.failures, *off]

    def in_order(self) -> list[Told]:
        """The incidents by when they were warned of."""
        return sorted(self.incidents.values(), key=lambda told: (told.first.warned or 0, told.first.id))

    def as_object(self) -> dict[str, Any]:
        """What ``replay --json`` prints; times in RFC 3339, durations in seconds.

        ``rejected`` counts every dead letter, so a record of which nothing could
        be read stands among ``readings`` and ``rejected`` as one. What is left of
        ``readings`` when all the others are taken off waits in ticks that the
        log did not close.
        """
        counts = self.counts
        whole_records = self.rejects - counts.rejected
        return {
            "not_understood": self.not_understood,
            "failures": self.failures,
            "rules_off": list(self.rules_off),
            "records": counts.records,
            "readings": counts.readings + whole_records,
            "scored": counts.scored,
            "late": counts.late,
            "duplicate": counts.duplicate,
            "rejected": self.rejects,
            "ignored": counts.ignored,
            "absent": counts.absent,
            "set_aside": counts.set_aside,
            "incidents": [_incident_object(told) for told in self.in_order()],
        }


def _incident_object(told: Told) -> dict[str, Any]:
    first, newest = told.first, told.newest
    return {
        "id": newest.id,
        "zone": newest.zone,
        "category": newest.category,
        "fault": newest.fault,
        "root": newest.root,
        "severity": newest.severity,
        "started": utc(newest.started),
        "warned": utc(first.warned),
        "resolved": utc(newest.resolved),
        "warned_severity": first.severity,
        "warned_summary": first.summary,
        "updated": utc(newest.updated),
        "time_to_limit": first.time_to_limit,
        "services": [
            {"name": service.name, "time_to_limit": service.time_to_limit}
            for service in told.services.services
        ],
        "evidence": list(newest.evidence),
        "summary": newest.summary,
    }


def _code(severity: str) -> int:
    return SEVERITY_CODE[Severity(severity)]
