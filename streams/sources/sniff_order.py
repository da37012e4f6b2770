"""What the times of a whole table say: one series behind another, and clocks that change."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from kernels.rfc3339 import NOT_A_TIME
from streams.messages import I32, I64, SECOND
from streams.sources.table_doubt import Doubt

HOUR = 3600 * SECOND
MUCH = 600 * SECOND
"""Times that run back by less say nothing of the order of the rows."""
SHARE_BEHIND = 0.25
"""Of the names, so many begin again near the start where one series stands behind another."""
SHARE_BACK = 0.2
"""Of the steps of time, so many run back where rows were shuffled."""
ENOUGH = 5
CLOCKS = (
    "Europe/Berlin",
    "Europe/London",
    "Europe/Helsinki",
    "America/New_York",
    "Australia/Sydney",
    "Pacific/Auckland",
    "America/Santiago",
)
"""Places whose clocks change on nights or at hours of their own (IANA time zone database)."""
MOST_STEPS = 10_000
"""Steps of time that are kept for a look at the night on which they were made."""


class TimesOfLog:
    """Goes through the times of a table from its start to its end."""

    def __init__(self, *, backwards: bool) -> None:
        """``backwards`` says that the newest row stands first."""
        self._backwards = backwards
        self.cut_short = False
        """Whether the log goes on behind what was looked at."""
        self._start = self._newest = NOT_A_TIME
        self._known: set[str] = set()
        self._behind = 0
        self._last: dict[str, int] = {}
        self._pace = 0
        self._back = self._onward = 0
        self._steps: list[tuple[int, int]] = []

    def take(self, time: I64, group: I32, names: list[str]) -> None:
        """The next rows: ``group`` says by its index in ``names`` whose each is."""
        rows = time != NOT_A_TIME
        time, group = time[rows], group[rows]
        if len(time):
            self._look_for_new_names(time, group, names)
            self._look_at_steps(time, group, names)

    @property
    def one_behind_another(self) -> bool:
        """Whether points begin again in time where others have ended."""
        return not self._backwards and self._behind >= max(1, SHARE_BEHIND * len(self._known))

    @property
    def in_no_order(self) -> bool:
        """Whether times of the same points run back so often that no clock or delay is the reason."""
        return self._back >= ENOUGH and self._back > SHARE_BACK * (self._back + self._onward)

    def clock_doubt(self) -> Doubt | None:
        """What to ask where an hour comes twice, or never, as local clocks have it."""
        for earlier, later in self._steps:
            back = later <= earlier
            for place in CLOCKS:
                if _comes_twice(earlier, later, place) if back else _is_left_out(earlier, later, place):
                    said = "run back by 1 h" if back else "leave out an hour"
                    problem = f"its times {said} on the night of {_moment(later):%Y-%m-%d}: local time"
                    mend = f'time_zone = "{place}" (or another place with these clocks; "UTC" if it is none)'
                    return Doubt(problem, mend)
        return None

    def _look_for_new_names(self, time: I64, group: I32, names: list[str]) -> None:
        if self._start == NOT_A_TIME:
            self._start = self._newest = int(time[0])
        newest = np.maximum.accumulate(np.concatenate([[self._newest], time]))
        for each, row in zip(*np.unique(group, return_index=True), strict=True):
            if names[each] in self._known:
                continue
            self._known.add(names[each])
            span = int(newest[row]) - self._start
            since = int(time[row]) - self._start
            self._behind += span - since > MUCH and -span // 10 <= since < span // 2
        self._newest = int(newest[-1])

    def _look_at_steps(self, time: I64, group: I32, names: list[str]) -> None:
        order = np.argsort(group, kind="stable")
        time, group = time[order], group[order]
        first = np.flatnonzero(np.diff(group, prepend=-1))
        before = np.roll(time, 1)
        before[first] = [
            self._last.get(names[each], at) for each, at in zip(group[first], time[first], strict=True)
        ]
        self._last |= {
            names[each]: int(at)
            for each, at in zip(group[first], time[np.append(first[1:], len(time)) - 1], strict=True)
        }
        steps = before - time if self._backwards else time - before
        onward = steps[steps > 0]
        self._onward += len(onward)
        self._back += int((steps < 0).sum())
        if not self._pace and len(onward):
            self._pace = int(np.median(onward))
        inner = np.ones(len(time), np.bool_)
        inner[first] = before[first] != time[first]
        slow = HOUR // 2 <= self._pace <= HOUR
        back = (
            (steps > -2 * HOUR)
            & (steps <= -HOUR + 3 * self._pace // 2)
            & ((steps < 0) | (slow & (steps == 0)))
        )
        over = (steps > HOUR) & (steps <= HOUR + 2 * self._pace) & (2 * self._pace <= HOUR)
        for row in np.flatnonzero(inner & (back | over))[: MOST_STEPS - len(self._steps)].tolist():
            pair = int(before[row]), int(time[row])
            self._steps.append(pair[::-1] if self._backwards else pair)


def _moment(ns: int) -> datetime:
    return datetime(1970, 1, 1) + timedelta(seconds=ns // SECOND)


def _offsets(ns: int, place: str) -> tuple[timedelta, timedelta]:
    """How far east of UTC a place's clocks are at a local time, before and after they are set."""
    local = _moment(ns).replace(tzinfo=ZoneInfo(place))
    first, second = local.utcoffset(), local.replace(fold=1).utcoffset()
    return first or timedelta(), second or timedelta()


def _comes_twice(earlier: int, later: int, place: str) -> bool:
    return all(first > second for first, second in (_offsets(each, place) for each in (earlier, later)))


def _is_left_out(earlier: int, later: int, place: str) -> bool:
    """Whether the clocks of a place never show what lies between two times, and show both."""
    (a, b), (c, d), (e, f) = (_offsets(each, place) for each in (earlier, (earlier + later) // 2, later))
    return a == b and e == f and c < d
