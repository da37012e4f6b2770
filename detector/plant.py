"""What the plant of a zone usually sends: water temperature and flow."""

from __future__ import annotations

import math

import numpy as np

from config.kinds import Role
from detector.picture import Picture
from detector.topology import Topology

HALF_LIFE_S = 1800.0


class Plant:
    """Usual chilled-water supply temperature, C, and flow, l/s; NaN until seen."""

    state_fields = ("usual_water", "usual_flow")

    def __init__(self) -> None:
        self.usual_water = math.nan
        self.usual_flow = math.nan

    def water_reference(self, topology: Topology, picture: Picture) -> float:
        """The warmest that is in order: the set point, or what is usual where that is more; C."""
        setpoint = picture.column(Role.WATER_SETPOINT)
        known = setpoint[np.isfinite(setpoint)]
        highest = float(known.max()) if len(known) else math.nan
        return float(np.fmax(self.usual_water, highest))

    def learn(self, topology: Topology, picture: Picture, healthy: bool, dt: float) -> None:
        if not healthy:
            return
        part = 1.0 - 0.5 ** (dt / HALF_LIFE_S)
        self.usual_water = _blend(self.usual_water, water_supply(topology, picture), part)
        self.usual_flow = _blend(self.usual_flow, water_flow(topology, picture), part)


def water_supply(topology: Topology, picture: Picture) -> float:
    """Chilled water that the plant sends, C: as the plant measures it, else as the units receive it."""
    supply = picture.column(Role.WATER_SUPPLY)
    plant = np.array([h < 0 for h in topology.hall_of], np.bool_)
    for rows in (plant, ~plant):
        if np.isfinite(supply[rows]).any():
            return float(np.nanmedian(supply[rows]))
    return math.nan


def water_flow(topology: Topology, picture: Picture) -> float:
    """Sum of the plant's flow meters, l/s."""
    flow = picture.column(Role.FLOW)
    plant = np.array([h < 0 for h in topology.hall_of], np.bool_)
    known = flow[plant & np.isfinite(flow)]
    return float(known.sum()) if len(known) else math.nan


def _blend(usual: float, now: float, part: float) -> float:
    if math.isnan(now):
        return usual
    return now if math.isnan(usual) else usual + part * (now - usual)
