"""How the state in a snapshot of an older version becomes one of the next, step by step.

Offsets, levels, open incidents and what waits always survive. A golden snapshot
of each version that is still read stands in the tests.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kernels import arrival

State = dict[str, Any]

OLDEST = 6


def converted(state: State, version: int, newest: int) -> State:
    """The state as the newest version has it. May raise anything, of what is none of its version."""
    for step in range(version, newest):
        state = STEPS[step](state)
    return state


def _from_6(state: State) -> State:
    """Version 7 knows when levels were heard, steps of clocks, and ticks that cannot be judged."""
    points = state["points"]["arrival"]
    points = {"heard": points["last_time"], "beyond_heard": points["beyond_since"], **points}
    intake = state["intake"]
    clock = arrival.make_clock()
    clock[: len(intake["clock"])] = intake["clock"]
    fresh = arrival.make_equipment(len(intake["equipment"]["latest"]))
    empty = {name: np.empty(0, column.dtype) for name, column in intake["waiting"].items()}
    return {
        **state,
        "points": {**state["points"], "arrival": points},
        "intake": {
            **intake,
            "clock": clock,
            "equipment": {**fresh._asdict(), **intake["equipment"]},
            "outside": empty,
        },
    }


STEPS: dict[int, Callable[[State], State]] = {6: _from_6}
