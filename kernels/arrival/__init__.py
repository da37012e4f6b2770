"""What happens to a reading as it arrives: limits, event time, waiting for its tick.

`arriving` is the one pass over a batch. What it moves is told of where it is kept: the `clock` of the
zone, `points`, `equipment`, and the room of what is `waiting`. Between two passes Python asks how far
event time has come (`quorum`), which ticks are full (`full_ticks`), and whether clocks were put on or
back (`steps`).
"""

from kernels.arrival.arriving import CLOSE, DONE, FULL, LIMIT, STEP, arrive
from kernels.arrival.clock import (
    ARRIVALS,
    CLOSED_UNTIL,
    DEADLINE,
    DUE,
    EQUIPMENT,
    EVENT_TIME,
    FULL_AT,
    LATE,
    LOWEST,
    NEEDED,
    NEWEST,
    ORDERED_FROM,
    OUTSIDE,
    OUTSIDE_ARRIVAL,
    OUTSIDE_SINCE,
    REACHED,
    SHIFT,
    STEP_TO,
    UNSET,
    WAITING,
    make_clock,
)
from kernels.arrival.equipment import (
    SILENT_AFTER_AT_LEAST,
    SILENT_AFTER_GAPS,
    Equipment,
    is_live,
    make_equipment,
)
from kernels.arrival.full_ticks import full_until, rearm
from kernels.arrival.points import Points, make_points
from kernels.arrival.quorum import event_time, most_of
from kernels.arrival.steps import refuted, step_to
from kernels.arrival.waiting import Waiting, make_waiting
from kernels.arrival.window import AHEAD, BACK, INSIDE, LAGS, WINDOW_ALLOWANCES

__all__ = [
    "AHEAD",
    "ARRIVALS",
    "BACK",
    "CLOSE",
    "CLOSED_UNTIL",
    "DEADLINE",
    "DONE",
    "DUE",
    "EQUIPMENT",
    "EVENT_TIME",
    "FULL",
    "FULL_AT",
    "INSIDE",
    "LAGS",
    "LATE",
    "LIMIT",
    "LOWEST",
    "NEEDED",
    "NEWEST",
    "ORDERED_FROM",
    "OUTSIDE",
    "OUTSIDE_ARRIVAL",
    "OUTSIDE_SINCE",
    "REACHED",
    "SHIFT",
    "SILENT_AFTER_AT_LEAST",
    "SILENT_AFTER_GAPS",
    "STEP",
    "STEP_TO",
    "UNSET",
    "WAITING",
    "WINDOW_ALLOWANCES",
    "Equipment",
    "Points",
    "Waiting",
    "arrive",
    "event_time",
    "full_until",
    "is_live",
    "make_clock",
    "make_equipment",
    "make_points",
    "make_waiting",
    "most_of",
    "rearm",
    "refuted",
    "step_to",
]
