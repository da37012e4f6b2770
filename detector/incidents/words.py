"""An incident in words."""

from __future__ import annotations

from dataclasses import dataclass

from detector.incidents.cause import Cause
from detector.threshold import FOR_READERS, threshold


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of the words of an incident."""

    in_seconds_below_s: float = threshold(
        90.0, "s", "a time that is told in seconds, and not in minutes", FOR_READERS
    )


T = Thresholds()


def sign_key(fault: str, root: str) -> str:
    """What the sentences of a cause are kept by."""
    return f"{fault} {root}"


def _when(time_to_limit: float | None) -> str:
    if not time_to_limit:
        return "is at its limit"
    if time_to_limit < T.in_seconds_below_s:
        return f"is at its limit in about {time_to_limit:.0f} s"
    return f"is at its limit in about {time_to_limit / 60:.0f} min"


def summary_of(cause: Cause) -> str:
    """What to read first at three in the morning."""
    own = sign_key(cause.fault, cause.root)
    alike = [text for sign, text in cause.evidence.items() if sign.startswith(f"{cause.fault} ")]
    text = cause.evidence.get(own) or (alike or list(cause.evidence.values()))[0]
    at_risk = [s for s in cause.services if s.time_to_limit is not None]
    if at_risk:
        first = min(at_risk, key=lambda s: s.time_to_limit or 0.0)
        text += f"; {first.name} {_when(first.time_to_limit)}"
    elif cause.time_to_limit is not None:
        text += f"; the first rack {_when(cause.time_to_limit)}"
    return text
