"""Messages that came more often than there was a reason to send them, and what excuses that.

A message is sent again where nobody can know whether it got there: it was in
flight when its instance was killed, or frozen for so long that others took its
zones. A destination has one message in flight at a time, so that excuses one
a destination. What was told while the store was away is told again by whoever
takes over, as `docs/daemon.md` says; it is counted apart.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from benchmarks.chaos.plan import Fault
from benchmarks.chaos.receiver import SLOW_S, Delivery

Span = tuple[Fault, float, float]
"""A failure, and from when to when it was there, s since the epoch."""

ENDINGS = ("kill", "freeze")
STORE_BACK_S = 12.0
"""How long after its failure the store may not be asked or written yet (`STORE_PAUSE_S` of what was told)."""


@dataclass(frozen=True, slots=True)
class Repeat:
    channel: str
    incident: str
    level: str
    before: float
    """When it came the time before, s since the epoch."""
    again: float


def repeats(
    deliveries: list[Delivery], expected: Mapping[tuple[str, str], int], known: Collection[str]
) -> list[Repeat]:
    """Of the incidents known, by incident and level beyond what is expected, oldest first."""
    came: defaultdict[tuple[str, str, str], list[float]] = defaultdict(list)
    for each in deliveries:
        came[each.channel, each.incident, each.title.split()[0]].append(each.at)
    found = []
    for (channel, id, level), times in came.items():
        if id in known:
            times.sort()
            beyond = range(expected.get((id, level), 0), len(times))
            found += [Repeat(channel, id, level, times[max(n - 1, 0)], times[n]) for n in beyond]
    return sorted(found, key=lambda each: each.again)


def excused(repeated: list[Repeat], spans: list[Span], store_kinds: Collection[str]) -> dict[Repeat, str]:
    """By repeat what excuses it: ``store``, ``kill`` or ``freeze``; what nothing excuses is missing."""
    left = Counter({(each, channel): _times_ended(each[0]) for each in spans for channel in ("good", "bad")})
    found = {}
    for repeat in repeated:
        if any(_store_away(span, repeat) for span in spans if span[0].kind in store_kinds):
            found[repeat] = "store"
            continue
        for span in spans:
            if left[span, repeat.channel] and _between(span, repeat):
                left[span, repeat.channel] -= 1
                found[repeat] = span[0].kind
                break
    return found


def _times_ended(fault: Fault) -> int:
    if fault.kind not in ENDINGS:
        return 0
    return 2 if fault.mode == "at start" else 1


def _between(span: Span, repeat: Repeat) -> bool:
    """A slow receiver books a message after whoever sent it may have been killed."""
    _, since, end = span
    return since <= repeat.again and repeat.before <= end + SLOW_S


def _store_away(span: Span, repeat: Repeat) -> bool:
    _, since, end = span
    return any(since <= at <= end + STORE_BACK_S for at in (repeat.before, repeat.again))
