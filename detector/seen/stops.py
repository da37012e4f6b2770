"""When machines stop and run again, and which of them do so all the time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from config.kinds import Role
from detector.seen.newest_values import NewestValues
from detector.seen.rows import grow
from detector.seen.shared import OF_SEEN
from detector.threshold import TUNED, threshold
from streams.messages import F64, I64, SECOND


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of machines that stop and run again all the time."""

    rests_half_life_s: float = threshold(7200.0, "s", "a rest counts half after so long", TUNED)
    cycles_from: float = threshold(
        1.5, "rests", "a machine that has rested more often than this of late cycles", TUNED
    )
    rests_forgotten: float = threshold(
        0.5, "rests", "one that has rested less often has forgotten for how long", TUNED
    )
    longest_cycle_s: float = threshold(1800.0, "s", "what rests longer than this does not cycle", TUNED)
    stop_together_part: float = threshold(
        0.34,
        "",
        "more than this part of all that ever stopped, together, has lost its power: that is no cycling",
        TUNED,
    )
    rests_longer_times: float = threshold(
        1.5, "", "one that cycles rests as usual for so many times its longest rest", TUNED
    )


T = Thresholds()


@dataclass(frozen=True, slots=True)
class Stopped:
    """Stops and returns of each piece of equipment; see `Stops` for each. Times in ns, 0 = never."""

    first_seen: I64
    """When each was first seen to run or to be at rest."""
    last_run: I64
    """When each was last seen to run."""
    stopped_at: I64
    """When what has stopped was first seen at rest; 0 while it runs."""
    last_stop: I64
    """When what runs again had stopped."""
    back_at: I64
    """When it ran again."""
    rests: F64
    """How often each has stopped and run again of late."""
    cycling: np.ndarray
    """Equipment that stops and runs again all the time, as compressors under a thermostat do."""


class Stops:
    """Stops and returns of each piece of equipment; times in ns, 0 = never."""

    state_fields = ("first_seen", "last_run", "stopped_at", "last_stop", "back_at", "rests", "longest_rest")

    def __init__(self) -> None:
        self.first_seen: I64 = np.empty(0, np.int64)
        """When each was first seen to run or to be at rest."""
        self.last_run: I64 = np.empty(0, np.int64)
        self.stopped_at: I64 = np.empty(0, np.int64)
        """When what has stopped was first seen at rest; 0 while it runs."""
        self.last_stop: I64 = np.empty(0, np.int64)
        """When what runs again had stopped."""
        self.back_at: I64 = np.empty(0, np.int64)
        """When it ran again."""
        self.rests: F64 = np.empty(0)
        """How often each has stopped and run again of late."""
        self.longest_rest: F64 = np.empty(0)
        """Of those, s."""

    def fit(self, equipment: int) -> None:
        """Make room for equipment that has appeared."""
        grow(self, self.state_fields, equipment, 0)

    def watch(self, values: NewestValues, running: F64, end: int) -> None:
        """Note when equipment stops and when it runs again: by its run status, else by the tick."""
        read = values.read_at(Role.FAN_SPEED)
        status = values.column(Role.RUN_STATUS)
        changed = values.status_since
        stopped = np.where((status == 0.0) & (changed > 0), changed, read)
        # A status that said "runs" all through a stop tells nothing of the return.
        returned = np.where((status == 1.0) & (changed > self.stopped_at), changed, read)
        self.first_seen[np.isfinite(running) & (self.first_seen == 0)] = end
        stops = (running == 0.0) & (self.stopped_at == 0)
        returns = (running == 1.0) & (self.stopped_at != 0)
        self.stopped_at[stops] = stopped[stops]
        self.last_stop[returns] = self.stopped_at[returns]
        self.back_at[returns] = returned[returns]
        self.stopped_at[returns] = 0
        for e in np.flatnonzero(returns).tolist():
            self._count_rest(e)

    def learn(self, running: F64, end: int, dt: float) -> None:
        """Take in one tick: what has run, and how long ago rests were (``dt`` in s)."""
        self.last_run[running == 1.0] = end
        self.rests *= 0.5 ** (dt / T.rests_half_life_s)
        self.longest_rest[self.rests < T.rests_forgotten] = 0.0

    def now(self) -> Stopped:
        """How it is now; what comes later does not move it."""
        return Stopped(
            self.first_seen.copy(),
            self.last_run.copy(),
            self.stopped_at.copy(),
            self.last_stop.copy(),
            self.back_at.copy(),
            self.rests.copy(),
            self.cycling(),
        )

    def in_service(self, since: int, slack_s: F64) -> np.ndarray:
        """Equipment that runs, or ran not long before ``since`` (ns): now, or the beginning of a trouble.

        What is read seldom (``slack_s`` as of `Pace`) was last seen to run a reading before it stopped,
        and a reading later it is still to be missed.
        """
        within_s = OF_SEEN.in_service_s + 2.0 * slack_s
        return (self.last_run > 0) & ((since - self.last_run) / SECOND <= within_s)

    def stopped_s(self, values: NewestValues, end: int) -> F64:
        """For how long each piece of equipment has been seen at rest, s; NaN where it is not.

        As far as its run status, or else its speed, is known: between two polls
        a machine may have run again.
        """
        shown = self._stopped_until(values, end)
        return np.where(self.stopped_at != 0, (shown - self.stopped_at) / SECOND, np.nan)

    def cycling(self) -> np.ndarray:
        """Equipment that stops and runs again all the time, as compressors under a thermostat do."""
        cycling: np.ndarray = self.rests > T.cycles_from
        return cycling

    def resting(self, stopped_s: F64) -> np.ndarray:
        """Equipment that is at rest for no longer than it often is."""
        resting: np.ndarray = self.cycling() & (stopped_s <= T.rests_longer_times * self.longest_rest)
        return resting

    def orders(self, values: NewestValues, ordered: F64, end: int) -> F64:
        """What equipment is told, 1 to run, 0 to stop; NaN where that was not seen since it stopped.

        A rotation tells a unit to stop, and its status may be heard a poll before
        the command; or told to run it has not been looked at since.
        """
        told = values.ordered_seen
        known_until = np.where(told > 0, told, values.read_at(Role.FAN_COMMAND))
        outdated = (known_until < self.stopped_at) | (values.ordered_since > self._stopped_until(values, end))
        return np.where((self.stopped_at != 0) & outdated, np.nan, ordered)

    def _stopped_until(self, values: NewestValues, end: int) -> I64:
        """Until when what has stopped is known to be at rest, ns: by its run status, or else by its speed."""
        by_status = (values.column(Role.RUN_STATUS) == 0.0) & (values.status_seen > 0)
        return np.where(by_status, values.status_seen, values.read_at(Role.FAN_SPEED))

    def _count_rest(self, e: int) -> None:
        rest = (self.back_at[e] - self.last_stop[e]) / SECOND
        machines = (self.last_stop > 0) | (self.stopped_at > 0)
        stops = np.where(self.stopped_at > 0, self.stopped_at, self.last_stop)
        together = machines & (np.abs(stops - self.last_stop[e]) <= OF_SEEN.stop_together_s * SECOND)
        alone = together.sum() <= max(1.0, T.stop_together_part * machines.sum())
        if alone and rest <= T.longest_cycle_s:
            self.longest_rest[e] = max(self.longest_rest[e], rest)
            self.rests[e] += 1.0
