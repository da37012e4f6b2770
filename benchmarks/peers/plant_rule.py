"""The plain rule of a building management system: a machine stops, or the water gets warm."""

from __future__ import annotations

import numpy as np

from benchmarks.peers.alert import Alert, Bools, alerts_of, held
from benchmarks.peers.history import F64, I64, Grid, History, columns, equipment, halls
from config.equipment import COOLING_UNITS, EquipmentType
from config.kinds import Role
from config.site import Site

ABOVE_K = 2.0
HOLD_S = 60


class PlantRule:
    name = "plant rule"
    settings = (
        "any run status turns 0, or chilled-water supply 2 K above its set point for 60 s "
        "(the usual alarms of plant controls, of the kind of ASHRAE Guideline 36, High-Performance Sequences "
        "of Operation for HVAC Systems; the 2 K and 60 s are ours)"
    )

    def alerts(self, history: History, grid: Grid, site: Site) -> list[Alert]:
        hall = halls(history, site)
        status = columns(history, Role.RUN_STATUS)
        stops = _turned_off(grid.values[:, status])
        water = _header(history, site, columns(history, Role.WATER_SUPPLY))
        above = grid.values[:, water] > _set_points(history, grid, site, water) + ABOVE_K
        warm = held(above, grid.ticks(HOLD_S))
        return alerts_of(
            np.hstack([stops, warm]), grid.times, [hall[i] for i in np.concatenate([status, water])]
        )


def _turned_off(values: F64) -> Bools:
    """Where a status is 0 and the last one known before was not. ``values``: [ticks, statuses]."""
    tick = np.arange(len(values))[:, None]
    known = np.maximum.accumulate(np.where(np.isfinite(values), tick, 0), axis=0)
    last = np.take_along_axis(values, known, axis=0)
    before = np.vstack([np.full((1, values.shape[1]), np.nan), last[:-1]])
    return (values == 0.0) & (before > 0.0)


def _header(history: History, site: Site, supply: I64) -> I64:
    """Of the points of cold water, those of the common header; else the chillers' own; else the units'."""
    types = [site.equipment_type(equipment(history.ids[i])) for i in supply]
    common = [type not in COOLING_UNITS and type != EquipmentType.CHILLER for type in types]
    chillers = [type == EquipmentType.CHILLER for type in types]
    for which in (common, chillers):
        if any(which):
            return supply[which]
    return supply


def _set_points(history: History, grid: Grid, site: Site, water: I64) -> F64:
    """[ticks, water] the set point of each: its equipment's, else the zone's median; NaN if unknown."""
    told = columns(history, Role.WATER_SETPOINT)
    found = np.full((len(grid.times), len(water)), np.nan)
    for k, i in enumerate(water):
        own = [j for j in told if equipment(history.ids[j]) == equipment(history.ids[i])]
        near = own or [j for j in told if site.zone_of(history.ids[j]) == site.zone_of(history.ids[i])]
        if near:
            found[:, k] = _median(grid.values[:, near])
    return found


def _median(values: F64) -> F64:
    """The median of each row's finite values; NaN where there is none."""
    some = np.isfinite(values).any(axis=1)
    result = np.full(len(values), np.nan)
    result[some] = np.nanmedian(values[some], axis=1)
    return result
