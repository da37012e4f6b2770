"""What people do about incidents; read by notification only, never by the engine."""

from __future__ import annotations

import msgspec

from config.glob import matches
from streams.messages import Incident


class Acknowledgement(msgspec.Struct, frozen=True):
    """Somebody knows of an incident as bad as ``severity``."""

    incident_id: str
    severity: str
    who: str
    note: str
    at: int


class Silence(msgspec.Struct, frozen=True):
    """No notifications from ``start`` to ``end`` (ns) for what ``match`` fits."""

    id: int
    match: str
    start: int
    end: int
    who: str
    note: str

    def covers(self, incident: Incident) -> bool:
        """Whether the pattern fits the incident's root, the equipment it stands in, its hall or zone."""
        root = incident.root.split("/")
        names = {"/".join(root[:depth]) for depth in range(1, len(root) + 1)}
        return any(matches(self.match, name) for name in {*names, incident.hall, incident.zone} if name)


class Told(msgspec.Struct, frozen=True):
    """A notification that went out."""

    incident_id: str
    reason: str
    severity: str
    at: int
