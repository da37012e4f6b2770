"""Can a reading be believed? Range, rate, spike, stuck and dropout checks per point.

What is usual for a point (its period, the time between changes of its value,
the size of such a change) is learned from the point itself, and no check that
needs one of these speaks before `LEARNED` examples of it. A point that never
changes has no usual time between changes, so it is never stuck.

The usual time between changes is what one would find at a random moment, hence
each such time (a hold) weighs by its own length: a valve that works by day and
rests all night has long holds, though nearly all of them are short.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from kernels.jit import kernel
from kernels.state import F64, I32, I64, NEVER, SECOND, U8, carry_over

OUT_OF_RANGE = 1
"""Outside the point's plausible range."""
TOO_FAST = 2
"""Further from the point's last believable reading than its plausible rate allows."""
STUCK = 4
"""Unchanged for many times as long as is usual for the point."""
SPIKE = 8
"""The reading before this one was a spike: a jump, and this one is back. This one is good."""
DROPOUT = 16
"""The first reading after a silence. The reading itself is good."""
SKIPPED = 32
"""Not finite, or not newer than the point's last: not looked at."""
UNUSABLE = OUT_OF_RANGE | TOO_FAST | STUCK | SKIPPED

LEARNED = 8
"""Examples that make a habit."""
MEMORY = 32
"""Examples that a habit is averaged over."""
OUTLIER = 4.0
"""An interval or step counts as at most this many times the usual one in learning it."""
HOLD_MEMORY = 7 * 86_400 * SECOND
"""Time, ns, that the usual hold is averaged over."""
STUCK_AT_LEAST = 300 * SECOND
"""Nothing is stuck that was held for less, ns."""
SPIKE_STEPS = 8.0
"""A spike is larger than this many usual steps..."""
SPIKE_RETURN = 0.25
"""...and comes back to within this part of its size."""


class Quality(NamedTuple):
    """What is known of each slot's sensor: its range, pace, steps and holds."""

    low: F64
    """[slots] plausible range; set by the caller, without bounds at first."""
    high: F64
    max_rate: F64
    """[slots] plausible rate of change, unit per second; set by the caller, infinite at first."""
    last: I64
    """[slots] time of the newest reading, ns."""
    value: F64
    """[slots] its value."""
    before: F64
    """[slots] the value before that; NaN where there was none, or a silence between."""
    good_time: I64
    """[slots] time of the newest reading within range and rate, ns."""
    good_value: F64
    intervals: I64
    """[slots] times between readings seen."""
    period: F64
    """[slots] the usual one, ns."""
    held: I64
    """[slots] how long the value has been seen not to change, silences left out, ns."""
    changes: I64
    """[slots] changes of value seen."""
    hold: F64
    """[slots] usual time between changes, ns."""
    hold_known: F64
    """[slots] time that this was learned from, ns; of late, `HOLD_MEMORY` and the last hold."""
    step: F64
    """[slots] usual size of a change."""


def make_quality(slots: int) -> Quality:
    """Nothing known, everything plausible."""
    return Quality(
        low=np.full(slots, -np.inf),
        high=np.full(slots, np.inf),
        max_rate=np.full(slots, np.inf),
        last=np.full(slots, NEVER, np.int64),
        value=np.full(slots, np.nan),
        before=np.full(slots, np.nan),
        good_time=np.full(slots, NEVER, np.int64),
        good_value=np.full(slots, np.nan),
        intervals=np.zeros(slots, np.int64),
        period=np.zeros(slots),
        held=np.zeros(slots, np.int64),
        changes=np.zeros(slots, np.int64),
        hold=np.zeros(slots),
        hold_known=np.zeros(slots),
        step=np.zeros(slots),
    )


def grow_quality(state: Quality, slots: int) -> Quality:
    """A copy with room for ``slots`` slots."""
    return carry_over(state, make_quality(slots))


@kernel()
def _averaged(usual: float, seen: int, latest: float) -> float:
    """The mean of the ``seen`` examples and the latest; of about the last `MEMORY`, once there are more.

    An example beyond `OUTLIER` times the usual counts as that, so that one
    outlier moves a habit little and a lasting change moves it in the end.
    """
    if seen == 0:
        return latest
    return usual + (min(latest, OUTLIER * usual) - usual) / min(seen + 1, MEMORY)


@kernel()
def _is_spike(before: float, value: float, x: float, step: float) -> bool:
    """Whether ``value`` is a jump away from ``before`` and ``x`` is back."""
    jump = abs(value - before)
    return jump > SPIKE_STEPS * step and abs(x - before) <= SPIKE_RETURN * jump


def _example_check() -> tuple[Any, ...]:
    one = np.ones(1)
    when = one.astype(np.int64)
    return make_quality(1), np.zeros(1, np.int32), when, one, 10.0, 5.0, np.zeros(1, np.uint8)


@kernel(_example_check)
def check_quality(
    state: Quality,
    slot: I32,
    time: I64,
    value: F64,
    stuck_times: float,
    silent_times: float,
    out_flags: U8,
) -> None:
    """Check readings: ``slot`` i4[n], ``time`` i8[n] ns, ``value`` f8[n].

    Writes ``out_flags`` u1[n], the module's flags or-ed. `STUCK` is a value
    held for more than ``stuck_times`` the usual time between changes (10 is
    about one false alarm in e^20 changes, if they come at random),
    `DROPOUT` a silence of more than ``silent_times`` the usual period.
    """
    # One loop, and helpers that take numbers only: handing on the state costs more than all checks.
    for i in range(len(slot)):
        s = slot[i]
        t = time[i]
        x = value[i]
        last = state.last[s]
        if not np.isfinite(x) or t <= last:
            out_flags[i] = SKIPPED
            continue
        flags = 0

        # From the last believable reading: a bad one must not condemn the good one after it,
        # and a lasting step is believed once its rate is plausible.
        seconds = (t - state.good_time[s]) / SECOND if state.good_time[s] != NEVER else np.inf
        if x < state.low[s] or x > state.high[s]:
            flags |= OUT_OF_RANGE
        if abs(x - state.good_value[s]) > state.max_rate[s] * seconds:
            flags |= TOO_FAST
        if flags == 0:
            state.good_time[s] = t
            state.good_value[s] = x

        silent = False
        if last != NEVER:
            elapsed = t - last
            intervals = state.intervals[s]
            silent = intervals >= LEARNED and elapsed > silent_times * state.period[s]
            state.period[s] = _averaged(state.period[s], intervals, float(elapsed))
            state.intervals[s] = intervals + 1

            changes = state.changes[s]
            known = changes >= LEARNED
            if silent:
                flags |= DROPOUT
            else:
                state.held[s] += elapsed
                if known and _is_spike(state.before[s], state.value[s], x, state.step[s]):
                    flags |= SPIKE

            held = float(state.held[s])
            change = abs(x - state.value[s])
            if change == 0.0:
                if known and held > max(stuck_times * state.hold[s], STUCK_AT_LEAST):
                    flags |= STUCK
            else:
                if held > 0.0:
                    # stuck or not: a point that comes to rest long from time to time may do so
                    state.hold_known[s] = min(state.hold_known[s], HOLD_MEMORY) + held
                    state.hold[s] += (held - state.hold[s]) * held / state.hold_known[s]
                    state.step[s] = _averaged(state.step[s], changes, change)
                    state.changes[s] = changes + 1
                state.held[s] = 0

        state.last[s] = t
        state.before[s] = np.nan if silent else state.value[s]
        state.value[s] = x
        out_flags[i] = flags
