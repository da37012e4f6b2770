"""What can still be lost of a simulated zone before its load is not carried."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from streams.simulator.chillers import (
    CAPACITY,
    POWERED,
    STILL_AIR,
    TOWER_FAN,
    TOWER_FILL,
    TOWER_POWERED,
    TRIPPED,
)
from streams.simulator.layout import F64, Layout
from streams.simulator.parameters import Parameters
from streams.simulator.stepping import Constants, State
from streams.simulator.water import PUMP_POWERED, PUMP_TRIPPED

NOT_CARRIED = -1
REJECTED_PER_HEAT = 1.2
"""With the compressors' work."""
WARMEST_CONDENSER = 42.0
"""Water from the condensers that chillers can still live with, degC; warmer, and they trip."""


@dataclass(frozen=True, slots=True)
class Reserve:
    """How many more can be lost, the largest first; -1 where the load is not carried even now."""

    units: tuple[int, ...]
    """In each hall."""
    chillers: int
    pumps: int
    towers: int

    @property
    def carried(self) -> bool:
        """Whether the load is carried as things are."""
        return min(*self.units, self.chillers, self.pumps, self.towers) > NOT_CARRIED


def reserve_of(site: Layout, c: Constants, s: State, p: Parameters, load: F64, wet_bulb: float) -> Reserve:
    """The reserve as things are, with chilled water at its set point.

    ``load``: f8[racks], what the racks draw, kW, those too that have shut down;
    ``wet_bulb`` outdoors, degC.
    """
    now = s.water.supply[c.water.cells - 1]
    # What a unit can carry grows with what its return air is warmer than the water.
    able = s.unit.available * (c.unit.reference_return - site.water_setpoint)
    able = able / np.maximum(c.unit.reference_return - now, 1.0)
    heat = np.bincount(site.rack_hall, load, site.halls)
    heat += np.bincount(site.row_hall, c.air.row_unmetered, site.halls)
    heat += np.bincount(site.unit_hall, s.unit.power, site.halls)
    units = tuple(_spare(able[site.unit_hall == h], float(heat[h])) for h in range(site.halls))
    pumps = int(np.sum((p.pump[:, PUMP_POWERED] > 0.5) & (p.pump[:, PUMP_TRIPPED] < 0.5)))
    chillers = _spare(_chillers(c, s, p), float(heat.sum()))
    still, driven = _towers(c, p, wet_bulb)
    towers = _spare(driven, REJECTED_PER_HEAT * float(heat.sum()) - still)
    return Reserve(units, chillers, max(pumps - site.duty_pumps, 0) if pumps else NOT_CARRIED, towers)


def _chillers(c: Constants, s: State, p: Parameters) -> F64:
    """What each chiller can carry at the condenser water of now, kW."""
    powered, tripped, capacity = p.chiller[:, POWERED], p.chiller[:, TRIPPED], p.chiller[:, CAPACITY]
    able = (powered > 0.5) & (tripped < 0.5) & (s.chiller.locked < 0.5)
    derated = np.maximum(1.0 - 0.015 * max(float(s.chiller.condenser[0]) - 30.0, 0.0), 0.3)
    return np.where(able, c.chiller.capacity * capacity * derated, 0.0)


def _towers(c: Constants, p: Parameters, wet_bulb: float) -> tuple[float, F64]:
    """(what all towers give off with still fans, what each fan adds to it) while chillers go on, kW."""
    full = c.chiller.tower_ua * p.tower[:, TOWER_FILL] * max(WARMEST_CONDENSER - wet_bulb, 0.0)
    fan = p.tower[:, TOWER_POWERED] * p.tower[:, TOWER_FAN]
    return STILL_AIR * float(full.sum()), (1.0 - STILL_AIR) * full * fan


def _spare(able: F64, load: float) -> int:
    # What remains with none, one, two ... of the largest left out; what carries nothing is no spare.
    left = np.cumsum(np.sort(able[able > 0.0]))[::-1]
    return int(np.sum(left >= load)) - 1
