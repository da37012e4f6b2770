"""Heat that a hall gives off and that its units carry away, filled with what is usual where nothing tells."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from config.kinds import Role
from detector.seen.condition import Condition
from detector.seen.newest_values import NewestValues
from detector.seen.topology import Topology
from detector.threshold import TUNED, threshold
from detector.usual.equipment import EquipmentUsual
from streams.messages import F64, SECOND


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of heat that nothing tells."""

    last_heat_for_s: float = threshold(
        300.0, "s", "a unit that falls silent is taken to carry what it last did, this long", TUNED
    )
    out_of_sight: float = threshold(
        0.5, "", "with more of the usual cooling out of sight, what is carried away is not known", TUNED
    )


T = Thresholds()


def heat_loads(topology: Topology, values: NewestValues, equipment: EquipmentUsual) -> F64:
    """By hall, the metered power of its racks, else of its PDUs, kW; NaN where nothing is metered.

    A meter that misses a reading counts with what it usually shows: a dropout
    is not a drop in load.
    """
    power = values.column(Role.POWER)
    power = np.where(np.isfinite(power), power, equipment.usual_power)
    metered = np.isfinite(power)
    loads = np.full(len(topology.halls), np.nan)
    for h in range(len(loads)):
        for members in (topology.racks[h], topology.meters[h]):
            rows = np.array(members, np.intp)
            rows = rows[metered[rows]]
            if len(rows):
                loads[h] = power[rows].sum()
                break
    return loads


def heat_removed(topology: Topology, condition: Condition, equipment: EquipmentUsual, end: int) -> F64:
    """What the units of each hall carry away, in the unit that they measure it in; NaN where too few tell."""
    return np.array([_removed_by(hall, condition, equipment, end) for hall in topology.cooling_units])


def _removed_by(of_hall: tuple[int, ...], condition: Condition, equipment: EquipmentUsual, end: int) -> float:
    cooling_units = np.array(of_hall, np.intp)
    if not len(cooling_units):
        return math.nan
    heat = condition.heat[cooling_units]
    recent = end - equipment.last_heat_at[cooling_units] <= T.last_heat_for_s * SECOND
    heat = np.where(np.isnan(heat) & recent, equipment.last_heat[cooling_units], heat)
    told = np.isfinite(heat)
    if not told.any():
        return math.nan
    usual = np.clip(np.nan_to_num(equipment.usual_heat[cooling_units]), 0.0, None)
    if usual[~told].sum() > T.out_of_sight * usual.sum():
        return math.nan
    # What nothing tells of does as the others do; what runs, as those that run.
    runs = condition.running[cooling_units] == 1.0
    like_runs = told & runs if (told & runs).any() else told
    unseen = _share(heat, usual, told) * usual[~told & ~runs].sum()
    unseen += _share(heat, usual, like_runs) * usual[~told & runs].sum()
    return float(heat[told].sum() + unseen)


def _share(heat: F64, usual: F64, of: np.ndarray) -> float:
    """What these units carry, as a part of what they usually do."""
    return float(heat[of].sum() / usual[of].sum()) if usual[of].sum() > 0.0 else 0.0
