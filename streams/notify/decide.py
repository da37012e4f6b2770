"""Whether people are told of an incident now, and the name of the reason, either way.

No clock and no I/O: what is true now comes in, a decision goes out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from streams.messages import SEVERITY_CODE, Incident
from streams.store.overlay import Acknowledgement, Silence, Told

LIMIT_FAULTS = ("limit", "limit_unconfirmed")
LIMITS_SPOKE = "limits"
DANGER_WITHIN_S = 3600.0


class Reason(StrEnum):
    """Why an incident is told, or is not."""

    FIRED = "fired"
    ESCALATED = "escalated"
    REPEATED = "repeated"
    RESOLVED = "resolved"

    PENDING = "pending"
    PAST = "past"
    """It came up before the live edge."""
    TOLD = "told"
    NEVER_TOLD = "never_told"
    """It is over, and nobody had heard of it."""
    ACKNOWLEDGED = "acknowledged"
    SILENCED = "silenced"
    MAINTENANCE = "maintenance"

    @property
    def tells(self) -> bool:
        """Whether it is a reason to tell people; the others are reasons not to."""
        return self in (Reason.FIRED, Reason.ESCALATED, Reason.REPEATED, Reason.RESOLVED)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What people did and know about an incident."""

    told: Sequence[Told] = ()
    acknowledgements: Sequence[Acknowledgement] = ()
    silences: Sequence[Silence] = ()
    in_maintenance: bool = False


def always_tells(incident: Incident) -> bool:
    """Whether a physical limit is behind it: then neither silence, maintenance nor acknowledgement holds it.

    That is a limit incident that is critical or worse, or one of another fault
    in which the limits had a say.
    """
    limit = incident.fault in LIMIT_FAULTS or LIMITS_SPOKE in incident.spoke
    return limit and _code(incident.severity) >= SEVERITY_CODE["critical"]


def in_danger(incident: Incident) -> bool:
    """Whether racks are on their way to their limit: announced work is no reason to let them get there."""
    left = incident.time_to_limit
    critical = _code(incident.severity) >= SEVERITY_CODE["critical"]
    return incident.category == "cooling" and critical and left is not None and left <= DANGER_WITHIN_S


def decide(incident: Incident, around: Circumstances, now: int, repeat_every: int) -> Reason:
    """The reason to tell people of ``incident`` at time ``now`` (ns), or not to."""
    if incident.state == "pending":
        return Reason.PENDING
    told = _since_last_resolved(around.told)
    if incident.state == "resolved":
        # The end of a silenced incident is told if its beginning was.
        return Reason.RESOLVED if told else Reason.TOLD if around.told else Reason.NEVER_TOLD
    reason = _reason(incident, told, now, repeat_every)
    if not reason.tells or always_tells(incident):
        return reason
    if around.in_maintenance and not in_danger(incident):
        return Reason.MAINTENANCE
    if any(silence.covers(incident) for silence in around.silences):
        return Reason.SILENCED
    known = max((_code(each.severity) for each in around.acknowledgements), default=0)
    if _code(incident.severity) <= known:
        return Reason.ACKNOWLEDGED
    return reason


def _reason(incident: Incident, told: Sequence[Told], now: int, repeat_every: int) -> Reason:
    if not told:
        return Reason.FIRED
    if _code(incident.severity) > max(_code(each.severity) for each in told):
        return Reason.ESCALATED
    # Telemetry that is lost harms nobody by itself: who is told of it each hour soon reads nothing any more.
    reminds = incident.category != "telemetry" or incident.severity != "warning"
    if reminds and now - max(each.at for each in told) >= repeat_every:
        return Reason.REPEATED
    return Reason.TOLD


def _since_last_resolved(told: Sequence[Told]) -> list[Told]:
    """What was told of the incident as it is open now."""
    since: list[Told] = []
    for each in told:
        since = [] if each.reason == Reason.RESOLVED else [*since, each]
    return since


def _code(severity: str) -> int:
    return SEVERITY_CODE.get(severity, 0)
