"""What the source had to pass over: counted, and remembered for as long as people are told of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from streams.sources.source import Gap

TOLD_S = 600.0
"""How long after the last of them gaps of a topic are an incident."""


@dataclass(slots=True)
class Missed:
    """The gaps of one topic for one reason, since they began."""

    records: int
    detail: str
    """Of the first."""
    last: float
    """Monotonic time of the latest."""


class Gaps:
    """By reason for /metrics, by topic and reason for incidents."""

    def __init__(self) -> None:
        self.by_reason: Counter[str] = Counter()
        self._missed: dict[tuple[str, str], Missed] = {}

    def note(self, gap: Gap, now: float) -> None:
        """``now`` is monotonic time."""
        self.by_reason[gap.reason] += not gap.goes_on
        key = (gap.topic, str(gap.reason))
        missed = self.recent(now).get(key)
        if missed is None:
            self._missed[key] = Missed(gap.records, gap.reject().detail, now)
        else:
            missed.records += gap.records
            missed.last = now

    def recent(self, now: float) -> dict[tuple[str, str], Missed]:
        """What there was lately, by topic and reason."""
        return {key: missed for key, missed in self._missed.items() if now - missed.last < TOLD_S}
