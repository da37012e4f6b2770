"""A zone without the points that spoke once and never again: what is kept of them is taken out of its state.

What speaks once is junk, or is sent when it changes: of equipment that lives it
is kept for a day, as `detector.seen.newest_values` believes it so long; of equipment that was
never heard again for an hour. Event time alone decides, and what waits for a
tick, is beyond a limit, or has an open incident stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from detector.engine import Engine
from detector.points import ROOM, room_for
from detector.seen.shared import OF_SEEN
from detector.snapshot import decode, encode
from detector.threshold import TUNED, threshold
from kernels.arrival import OUTSIDE, UNSET, WAITING
from streams.messages import SECOND


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of points that are taken out."""

    spoke_once_s: int = threshold(
        3600, "s", "what spoke once, of equipment that was never heard again, is kept for so long", TUNED
    )
    taken_out_from: float = threshold(
        0.05, "", "taking points out is worth the while from this part of all on", TUNED
    )


T = Thresholds()
# The first points and pieces of equipment stay: no state is made for fewer.
ALWAYS_STAY = 2 * ROOM

# What is kept by point and by equipment, besides what `without_points` names.
BY_POINT = ("scores", "inlets", "values", "pace", "silent", "sources", "tracks")
BY_EQUIPMENT = ("equipment", "stops", "hunting", "capacity", "supply_swings", "standing_still")
PARAMETERS = ("half_lives", "every", "span", "memory")


def staying(engine: Engine) -> np.ndarray:
    """For each slot, whether its point keeps its place."""
    points, intake, rooms = engine.points, engine.intake, engine.intake.rooms
    n, state = len(points), points.arrival
    heard, equipment = state.heard[:n], state.equipment[:n]
    once = np.isnan(state.value_before[:n]) & (state.aside_time[:n] == UNSET) & (heard != UNSET)
    once &= (state.raw_level[:n] == 0) & (state.level[:n] == 0)
    for room, slot in ((rooms.waiting, WAITING), (rooms.outside, OUTSIDE)):
        once[room.point[: int(intake.clock[slot])]] = False
    silent = once & (heard < intake.newest - T.spoke_once_s * SECOND)
    stays = np.ones(n, np.bool_)
    stays[ALWAYS_STAY:] = ~silent[ALWAYS_STAY:]
    lives = _equipment_of(engine, stays)
    stays[ALWAYS_STAY:] |= lives[equipment[ALWAYS_STAY:]]
    stays[ALWAYS_STAY:] &= ~(once & (heard < intake.newest - OF_SEEN.holds_for_s * SECOND))[ALWAYS_STAY:]
    return stays


def _equipment_of(engine: Engine, stays: np.ndarray) -> np.ndarray:
    """For each piece of equipment, whether it has a point that stays, or other reason to."""
    ids = engine.points.equipment_ids
    lives = np.zeros(len(ids), np.bool_)
    lives[:ALWAYS_STAY] = True
    lives[engine.points.arrival.equipment[: len(stays)][stays]] = True
    lives[engine.state.slow.machines] = True
    roots = engine.touched().roots
    lives |= np.array([id in roots for id in ids], np.bool_)
    return lives


def worth_it(stays: np.ndarray) -> bool:
    """Whether enough points would go."""
    return int((~stays).sum()) > T.taken_out_from * len(stays)


def without_points(engine: Engine, stays: np.ndarray) -> bytes:
    """A snapshot of the engine with only those points that stay, and their equipment."""
    lives = _equipment_of(engine, stays)
    state = decode(engine.snapshot())
    capacity = room_for(int(stays.sum()))
    points, intake, zone = state["points"], state["intake"], state["judge"]
    points["ids"] = _chosen(points["ids"], stays)
    points["equipment"] = _chosen(points["equipment"], lives)
    points["limits"] = points["limits"][stays]
    points["arrival"] = _rows(points["arrival"], stays)
    intake["equipment"] = _rows(intake["equipment"], lives)
    intake |= {name: _rows(intake[name], lives) for name in ("scored", "came")}
    slots = np.cumsum(stays) - 1
    for room in ("waiting", "outside"):
        intake[room]["point"] = slots[intake[room]["point"]].astype(np.int32)
    lag = zone["pace"].pop("lag")
    for name in BY_POINT:
        zone[name] = _rows(zone[name], stays, capacity)
    zone["pace"]["lag"] = _rows(lag, lives)
    for name in BY_EQUIPMENT:
        zone[name] = _rows(zone[name], lives)
    blocks, own = zone["slow"]["blocks"], zone["slow"]["own"]
    blocks |= {name: _rows(blocks[name], lives) for name in ("total", "count")}
    own["machines"] = (np.cumsum(lives) - 1)[own["machines"]]
    for hall in zone["halls"].values():
        hall["warming"]["_baseline"] = _rows(hall["warming"]["_baseline"], lives)
    return encode(state)


def _chosen(names: list[str], stays: np.ndarray) -> list[str]:
    return [name for name, stay in zip(names, stays.tolist(), strict=True) if stay]


def _rows(part: Any, stays: np.ndarray, most: int | None = None) -> Any:
    """The rows that stay, and the empty ones beyond, ``most`` in all, of every array in ``part``."""
    if isinstance(part, dict):
        return {
            name: inside if name in PARAMETERS else _rows(inside, stays, most)
            for name, inside in part.items()
        }
    if not isinstance(part, np.ndarray) or part.ndim == 0:
        return part
    rows = np.ones(len(part), np.bool_)
    known = min(len(part), len(stays))
    rows[:known] = stays[:known]
    return part[rows][:most]
