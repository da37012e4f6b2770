"""What has become of a zone's ticks that could not be judged, and when judging is tried again.

A tick that fails twice is set aside: its limits are told, and nothing else.
After `Thresholds.failed_in_a_row` of them the zone is on limits only: judging rests, and
is tried again by event time, each time after twice as long. It is part of the
engine's state, so a replay and a restart rest at the same ticks.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from detector.threshold import FOR_READERS, TUNED, threshold
from streams.messages import SECOND, Failure


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of judging that rests."""

    failed_in_a_row: int = threshold(
        3, "ticks", "a zone of which so many in a row fail is on limits only", TUNED
    )
    first_rest_s: int = threshold(
        300, "s", "judging is tried again after so long, then after twice as long...", TUNED
    )
    longest_rest_s: int = threshold(3600, "s", "...and after so long at most", TUNED)
    failure_told_for_s: int = threshold(
        600, "s", "a rule that failed and a tick that was set aside are told of for so long", FOR_READERS
    )


T = Thresholds()


class RuleTrouble(msgspec.Struct):
    """Of one rule that raised; times are ends of ticks, ns."""

    failure: Failure
    """The newest."""
    since: int
    last: int
    ticks: int = 0
    """That went without what it would have said, since then."""


class Trouble(msgspec.Struct):
    """Times are ends of ticks, ns; None = not so."""

    failed: int = 0
    """Ticks in a row that failed."""
    ticks: int = 0
    """Ticks that were not judged, in all."""
    last: int | None = None
    """When something last failed."""
    failure: Failure | None = None
    """What did."""
    since: int | None = None
    """Since when the zone is on limits only."""
    until: int | None = None
    """When judging is tried again."""
    rest: int = T.first_rest_s * SECOND
    """For how long it rests, ns."""

    rules: dict[str, RuleTrouble] = {}
    """By name, those that ever raised."""

    @property
    def limits_only(self) -> bool:
        """Whether judging rests, so that only limits are told."""
        return self.until is not None

    def rests(self, end: int) -> bool:
        """Whether judging is not even tried at the tick that ends then."""
        return self.until is not None and end < self.until

    def note(self, end: int, failure: Failure) -> None:
        """Something has failed in the tick that ends then."""
        self.last, self.failure = end, failure

    def tick_failed(self, end: int) -> None:
        """The tick that ends then could not be judged."""
        self.failed += 1
        if self.until is not None:
            self.rest = min(2 * self.rest, T.longest_rest_s * SECOND)
        elif self.failed >= T.failed_in_a_row:
            self.since = end
        if self.since is not None:
            self.until = end + self.rest

    def tick_judged(self) -> None:
        """All is well again."""
        self.failed = 0
        self.since = self.until = None
        self.rest = T.first_rest_s * SECOND

    def rule_failed(self, rule: str, end: int, failure: Failure) -> None:
        """A rule has raised in the tick that ends then."""
        before = self.rules.get(rule)
        if before is None or end - before.last > T.failure_told_for_s * SECOND:
            before = RuleTrouble(failure, end, end)
        self.rules[rule] = RuleTrouble(failure, before.since, end, before.ticks + 1)
