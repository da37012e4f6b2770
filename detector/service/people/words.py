"""Times and incidents in words, for someone who was asleep a minute ago."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from detector.incidents.durations import duration
from streams.messages import SECOND, Incident


def utc(time: int | None) -> str | None:
    """An RFC 3339 time in UTC, to the millisecond where it is not a whole second.

    >>> utc(1_700_000_000_250_000_000)
    '2023-11-14T22:13:20.250Z'
    >>> utc(1_700_000_000_000_000_000)
    '2023-11-14T22:13:20Z'
    """
    if time is None:
        return None
    moment = datetime.fromtimestamp(time // SECOND, UTC).replace(tzinfo=None).isoformat()
    millis = time % SECOND // 1_000_000
    return f"{moment}.{millis:03d}Z" if millis else f"{moment}Z"


def clock(time: int) -> str:
    """The time of day in UTC.

    >>> clock(1_700_000_000_000_000_000)
    '22:13:20'
    """
    return f"{datetime.fromtimestamp(time // SECOND, UTC):%H:%M:%S}"


def incident_line(incident: Incident, dated: bool = False) -> str:
    """One incident in one line: when (UTC), how bad, what and where, what is next to drop."""
    parts = [f"{utc(incident.updated)}" if dated else clock(incident.updated)]
    parts.append("resolved" if incident.resolved is not None else incident.severity.upper())
    parts.append(incident.summary or f"{incident.fault.replace('_', ' ')} at {incident.root}")
    return "  ".join(parts) + ("" if incident.resolved is not None else services_at_risk(incident))


def warning_line(incident: Incident, dated: bool = False) -> str:
    """The version that was first told, in one line, at the time of the newest reading behind it."""
    moment = incident.updated if incident.warned is None else incident.warned
    return incident_line(msgspec.structs.replace(incident, updated=moment), dated)


def services_at_risk(incident: Incident) -> str:
    """The services whose time is running out, the first first, as an ending of a sentence.

    The summary names the first one already, so one alone is not said again.
    """
    timed = [(service.time_to_limit, service.name) for service in incident.services]
    known = sorted((left, name) for left, name in timed if left is not None)
    if len(known) < 2:
        return ""
    return f" [{', '.join(f'{name} in {duration(left)}' for left, name in known)}]"
