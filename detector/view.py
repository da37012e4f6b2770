"""Everything that a rule may look at, at the end of one tick."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detector.balance import Balance
from detector.capacity import Capacity
from detector.condition import Condition
from detector.hunting import Hunting
from detector.memory import Memory
from detector.models.racks import RackView
from detector.models.units import UnitView
from detector.picture import Picture
from detector.plant import Water
from detector.stops import Stops
from detector.topology import Topology
from detector.warming import Warming
from detector.weather import Weather
from streams.messages import F64


@dataclass(frozen=True, slots=True)
class View:
    end: int
    topology: Topology
    picture: Picture
    condition: Condition
    memory: Memory
    stops: Stops
    hunting: Hunting
    hunts: np.ndarray
    """Equipment that hunts."""
    capacity: Capacity
    weather: Weather
    water: Water
    water_warms: float
    """How fast the chilled water has warmed over the last two minutes, K/s; NaN where not known."""
    standing_s: F64
    """For how long each piece of equipment has been seen to stand; NaN where it does not."""
    resting: np.ndarray
    """Equipment that stands as it does all the time."""
    valve: F64
    """Opening of each valve, %, else its command."""
    supply_above: F64
    """Supply air beside its set point, against what is usual there, K."""
    setpoint_rise: F64
    """By hall: how far the set points of supply and return air have been raised not long ago, K."""
    setpoint_fall: F64
    """The same of how far they have been lowered."""
    load: F64
    """Heat load of each hall, kW; NaN where not metered."""
    removed: F64
    """What the units of each hall say they carry, as they measure it; NaN where too few tell."""
    load_part: F64
    """Load of each hall as a part of what is usual there; NaN where not metered."""
    load_change: F64
    """Load over the smallest of the last quarter of an hour, less one."""
    load_since_stop: F64
    """The same over the smallest since a unit of the hall last stopped; NaN where none stands."""
    balances: tuple[Balance, ...]
    warmings: tuple[Warming, ...]
    units: UnitView
    racks: RackView
    lone: np.ndarray
    """Racks with a sensor that nothing near it bears out."""
    in_service: np.ndarray
    """Equipment that runs, or ran not long before now or the trouble that is under way."""
    maintained: np.ndarray
    """Equipment under declared maintenance."""

    def name_of(self, e: int) -> str:
        """What people call a piece of equipment."""
        return self.topology.ids[e].split("/", 1)[-1].upper()

    def root_of(self, machines: tuple[int, ...]) -> str:
        """One machine in service is its own root; several are the plant's."""
        served = [m for m in machines if self.in_service[m]]
        return self.topology.ids[served[0]] if len(served) == 1 else self.topology.zone
