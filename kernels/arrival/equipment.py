"""What is known of each piece of equipment on arrival: whether it lives, where its stamps lie, and their run.

Equipment lives by arrivals, not by clocks: it is silent once the zone has received many
times more readings without it than it ever used to, so that one clock that runs
ahead can neither move the zone nor bury the others.

Each holds a run, of stamps that ascend on one side of the window of event time.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.arrival.clock import UNSET
from kernels.arrival.window import LAGS
from kernels.jit import kernel
from kernels.state import SECOND

# A run that proves something: so many stamps over so long, ns. What lags may be a store that is emptied.
RUN_STAMPS = 3
RUN_LASTS = 60 * SECOND
LAG_LASTS = 3600 * SECOND

SILENT_AFTER_GAPS = 8.0
SILENT_AFTER_AT_LEAST = 256
FIRST_GAP = 64.0
GAP_MEMORY = 0.98


class Equipment(NamedTuple):
    """State of each piece of equipment, by index."""

    latest: NDArray[np.int64]
    last_arrival: NDArray[np.int64]
    usual_gap: NDArray[np.float64]
    """Arrivals of the zone between two of its own: a slowly forgotten maximum."""
    side: NDArray[np.int8]
    """Where its stamps lie: INSIDE, AHEAD, BACK, LAGS."""
    run_count: NDArray[np.int64]
    """Stamps in a row on that side that ascended."""
    run_first: NDArray[np.int64]
    run_last: NDArray[np.int64]
    run_arrival: NDArray[np.int64]
    """Number of the arrival with which the run began."""


def make_equipment(count: int) -> Equipment:
    """Columns for so many pieces of equipment that were never heard."""
    return Equipment(
        latest=np.full(count, UNSET, np.int64),
        last_arrival=np.zeros(count, np.int64),
        usual_gap=np.zeros(count),
        side=np.zeros(count, np.int8),
        run_count=np.zeros(count, np.int64),
        run_first=np.full(count, UNSET, np.int64),
        run_last=np.full(count, UNSET, np.int64),
        run_arrival=np.zeros(count, np.int64),
    )


@kernel()
def is_live(latest: int, last_arrival: int, usual_gap: float, arrivals: int) -> bool:
    """Whether equipment still speaks, by the arrivals of its zone."""
    if latest == UNSET:
        return False
    return arrivals - last_arrival <= SILENT_AFTER_AT_LEAST + SILENT_AFTER_GAPS * usual_gap


@kernel()
def usual_after(usual_gap: float, gap: int) -> float:
    """Usual gap of equipment once it has spoken after ``gap`` arrivals of its zone."""
    if usual_gap == 0.0:
        return FIRST_GAP
    return max(float(gap), GAP_MEMORY * usual_gap)


@kernel()
def begins(run_count: int, run_first: int, run_last: int, proof: int) -> bool:
    """Whether the clock of equipment has run for long enough (ns) to have a part in the first event time."""
    return run_count >= 2 and run_last - run_first >= proof


@kernel()
def spoke_once(latest: int, run_count: int, run_last: int) -> bool:
    """Whether one stamp is all that is known of a clock, or all since it was put right."""
    return run_count == 1 and latest == run_last


@kernel()
def proves(side: int, run_count: int, run_first: int, run_last: int) -> bool:
    """Whether a run is long enough to say where a clock stands."""
    lasts = LAG_LASTS if side == LAGS else RUN_LASTS
    return run_count >= RUN_STAMPS and run_last - run_first >= lasts
