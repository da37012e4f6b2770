"""Time to limit, per rack and per service."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from config.kinds import Role
from detector.forecast.trajectory import Trajectory
from detector.points import ROLE_CODE, Points
from detector.seen.newest_values import NewestValues
from detector.seen.topology import Topology
from kernels.levels import CRITICAL, SHUTDOWN
from streams.messages import F64, SECOND, Forecasts


class Margins(NamedTuple):
    """Of each piece of equipment's worst inlet, one row a piece of equipment."""

    left: F64
    """Degrees to the limit that drops it: ``shutdown`` where given, else ``critical``. NaN where no inlet
    speaks or none has a limit."""
    above: F64
    """How far it usually is above its hall's median, K; 0 where not known."""
    age: F64
    """Since it was read, s."""


def rack_margins(points: Points, values: NewestValues, usual: F64, end: int) -> Margins:
    """The margins at ``end``, ns. ``usual``: each point's usual distance from its hall's median, K."""
    n, count = len(points), len(points.equipment_ids)
    inlet = (points.role[:n] == ROLE_CODE[Role.RACK_INLET]) & values.fresh[:n]
    slots = np.flatnonzero(inlet & np.isfinite(values.value[:n]))
    limits = points.arrival.limits[slots]
    drops = np.where(np.isfinite(limits[:, SHUTDOWN]), limits[:, SHUTDOWN], limits[:, CRITICAL])
    left = np.nan_to_num(drops - values.value[slots], nan=np.inf)
    worst_last = np.argsort(-left, kind="stable")
    equipment = points.arrival.equipment[slots[worst_last]]
    margin, above, age = np.full(count, np.inf), np.zeros(count), np.zeros(count)
    margin[equipment] = left[worst_last]
    above[equipment] = np.nan_to_num(usual[slots[worst_last]])
    age[equipment] = (end - values.seen[slots[worst_last]]) / SECOND
    return Margins(np.where(np.isinf(margin), np.nan, margin), above, age)


def forecast_racks(topology: Topology, margins: Margins, trajectories: dict[int, Trajectory]) -> Forecasts:
    """Margin of every rack, and its time to limit where its hall is on a trajectory."""
    ids: list[str] = []
    halls: list[str] = []
    columns: list[F64] = []
    for h, racks in enumerate(topology.racks):
        rows = np.array([r for r in racks if math.isfinite(margins.left[r])], np.intp)
        margin = margins.left[rows]
        trajectory = trajectories.get(h)
        if trajectory is None:
            expected = low = high = np.where(margin <= 0.0, 0.0, np.nan)
        else:
            expected, low, high = trajectory.time_to(margin, margins.above[rows], margins.age[rows])
        ids += [topology.ids[r] for r in rows]
        halls += [topology.halls[h]] * len(rows)
        columns.append(np.vstack([margin, expected, low, high]))
    if not ids:
        return Forecasts.empty()
    margin, expected, low, high = np.hstack(columns)
    return Forecasts(tuple(ids), tuple(halls), margin, expected, low, high)


def forecast_services(topology: Topology, racks: Forecasts) -> Forecasts:
    """A service drops with the rack that leaves fewer than it needs."""
    ids: list[str] = []
    halls: list[str] = []
    rows: list[tuple[float, ...]] = []
    index = {rack: i for i, rack in enumerate(racks.ids)}
    for service in topology.services:
        carriers = [index[topology.ids[r]] for r in service.racks if topology.ids[r] in index]
        # Racks that nobody measures are taken to stay up.
        deciding = len(service.racks) - service.needs
        if not 0 <= deciding < len(carriers):
            continue
        ids.append(service.name)
        halls.append(racks.halls[carriers[0]])
        columns = (racks.margin, racks.time_to_limit, racks.low, racks.high)
        rows.append(tuple(_nth(column[carriers], deciding) for column in columns))
    if not ids:
        return Forecasts.empty()
    margin, expected, low, high = np.array(rows).T
    return Forecasts(tuple(ids), tuple(halls), margin, expected, low, high)


def _nth(values: F64, n: int) -> float:
    """The n-th smallest; what is not in sight comes last."""
    ordered = np.sort(np.where(np.isnan(values), np.inf, values))
    return float(ordered[n]) if math.isfinite(ordered[n]) else math.nan
