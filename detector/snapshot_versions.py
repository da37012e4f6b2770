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


def _from_7(state: State) -> State:
    """Version 8 keeps less of a point: the order of its reference, and by spans when a value was seen.

    What is remembered of equipment is called so, and the newest values of points are.
    """
    names = {"memory": "equipment", "picture": "values"}
    judge = {names.get(name, name): part for name, part in state["judge"].items()}
    scores = judge["scores"]
    smaller = {"robust": _by_places(scores["robust"]), "novelty": _by_spans(scores["novelty"])}
    return {**state, "judge": {**judge, "scores": {**scores, **smaller}}}


def _by_places(robust: State) -> State:
    ring = robust["ring"]
    unused = np.arange(ring.shape[1]) >= robust["taken"][:, None]
    order = np.argsort(np.where(unused, np.inf, ring), axis=1, kind="stable").astype(np.uint8)
    return {name: part for name, part in robust.items() if name != "ranked"} | {"order": order}


def _by_spans(novelty: State) -> State:
    return {**novelty, "seen": (novelty["seen"] // novelty["span"]).astype(np.int32)}


STEPS: dict[int, Callable[[State], State]] = {6: _from_6, 7: _from_7}
