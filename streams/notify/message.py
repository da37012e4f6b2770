"""An incident in words, for someone who was asleep a minute ago."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from streams.messages import SECOND, Incident
from streams.notify.decide import Reason


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent of an incident."""

    title: str
    body: str


def compose(incident: Incident, reason: Reason) -> Message:
    """The message for a reason that tells."""
    where = incident.root or incident.hall or incident.zone
    level = "RESOLVED" if reason is Reason.RESOLVED else incident.severity.upper()
    fault = incident.fault.replace("_", " ")
    title = f"[{level}] {where}: {fault}"
    if reason in (Reason.ESCALATED, Reason.REPEATED):
        title += f" ({reason})"
    return Message(title, "\n".join(_lines(incident, reason)))


def _lines(incident: Incident, reason: Reason) -> list[str]:
    lines = [incident.summary] if incident.summary else []
    if reason is not Reason.RESOLVED:
        if incident.time_to_limit is not None:
            lines.append(f"Time to limit: {_span(incident.time_to_limit)}")
        for service in incident.services:
            left = "" if service.time_to_limit is None else f": {_span(service.time_to_limit)} left"
            lines.append(f"Service {service.name}{left}")
        lines += [f"- {evidence}" for evidence in incident.evidence]
    lines.append(f"Since {_clock(incident.started)}, as of {_clock(incident.resolved or incident.updated)}")
    lines.append(f"Incident {incident.id} in zone {incident.zone}")
    return lines


def _span(seconds: float) -> str:
    if seconds <= 0:
        return "none"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def _clock(time: int) -> str:
    return datetime.fromtimestamp(time // SECOND, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
