"""What has become of a zone's ticks that could not be judged, and when judging is tried again.

A tick that fails twice is set aside: its limits are told, and nothing else.
After `FAILED_IN_A_ROW` of them the zone is on limits only: judging rests, and
is tried again by event time, each time after twice as long. It is part of the
engine's state, so a replay and a restart rest at the same ticks.
"""

from __future__ import annotations

import msgspec

from streams.messages import SECOND, Failure

FAILED_IN_A_ROW = 3
FIRST_REST = 300 * SECOND
LONGEST_REST = 3600 * SECOND


STANDS_FOR = 600 * SECOND
"""A rule that has failed, and a tick that was set aside, are told of for so long, by event time."""


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
    rest: int = FIRST_REST
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
            self.rest = min(2 * self.rest, LONGEST_REST)
        elif self.failed >= FAILED_IN_A_ROW:
            self.since = end
        if self.since is not None:
            self.until = end + self.rest

    def tick_judged(self) -> None:
        """All is well again."""
        self.failed = 0
        self.since = self.until = None
        self.rest = FIRST_REST

    def rule_failed(self, rule: str, end: int, failure: Failure) -> None:
        """A rule has raised in the tick that ends then."""
        before = self.rules.get(rule)
        if before is None or end - before.last > STANDS_FOR:
            before = RuleTrouble(failure, end, end)
        self.rules[rule] = RuleTrouble(failure, before.since, end, before.ticks + 1)
