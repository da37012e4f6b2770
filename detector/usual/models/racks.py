"""What the inlet of each rack should be, given the air that its units supply and what it burns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from config.kinds import Role
from detector.seen.condition import Condition
from detector.seen.newest_values import NewestValues
from detector.seen.topology import Topology
from detector.threshold import TUNED, threshold
from detector.usual.models.bank import Bank
from streams.messages import F64


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of models of racks."""

    rack_model_every: int = threshold(6, "ticks", "the model of a rack learns at one tick in so many", TUNED)
    colder_k: float = threshold(4.0, "K", "sensors may be off by so much", TUNED)


T = Thresholds()
DRIVERS = ("supply", "air_moved", "power", "load")


@dataclass(frozen=True, slots=True)
class RacksExpected:
    """Expected inlet (mean over its places) and deviation, by equipment index; NaN = no opinion."""

    drivers: F64
    """f8[equipment, drivers], in the order of `DRIVERS`."""
    inlet: F64
    """Expected inlet air, C."""
    residual: F64
    """Inlet air less what was expected, K."""
    deviation: F64
    """The same in scales of each model's own residuals."""
    drifting: np.ndarray
    """b1: whether a model's residuals have left their mean."""


class RackModels:
    """One expectation a rack, learned at one tick in ``every``: a rack changes slowly."""

    def __init__(self, every: int = T.rack_model_every) -> None:
        self.inlet = Bank(DRIVERS, every)

    def judge(
        self, topology: Topology, values: NewestValues, condition: Condition, load: F64
    ) -> RacksExpected:
        """What inlets should read at this tick, and by how much they do not.

        ``load``: f8[halls], kW. Moves nothing.
        """
        rows = tuple(r for hall in topology.racks for r in hall)
        drivers = self._drivers(topology, values, condition, load)
        inlet = self.inlet.expect(topology.ids, rows, drivers)
        residual = values.column(Role.RACK_INLET) - inlet
        return RacksExpected(
            drivers=drivers,
            inlet=inlet,
            residual=residual,
            deviation=self.inlet.deviation(topology.ids, rows, residual),
            drifting=self.inlet.drifting(topology.ids, rows),
        )

    def learn(
        self, topology: Topology, values: NewestValues, expected: RacksExpected, healthy: np.ndarray
    ) -> None:
        """Learn the inlets of racks that are ``healthy`` (b1[equipment]) from the drivers in ``expected``."""
        inlet = values.column(Role.RACK_INLET)
        # No rack breathes colder air than its units blow: such a sensor is dead.
        possible = ~(inlet < expected.drivers[:, DRIVERS.index("supply")] - T.colder_k)
        rows = tuple(r for hall in topology.racks for r in hall if healthy[r] and possible[r])
        self.inlet.learn(topology.ids, rows, expected.drivers, inlet)

    @staticmethod
    def _drivers(topology: Topology, values: NewestValues, condition: Condition, load: F64) -> F64:
        """Supply air and air moved are those of the hall's running units, weighted by what they move."""
        count = len(topology.ids)
        drivers = np.full((count, len(DRIVERS)), np.nan)
        supply = values.column(Role.SUPPLY_AIR)
        power = values.column(Role.POWER)
        for h, racks in enumerate(topology.racks):
            cooling_units = np.array(topology.cooling_units[h], np.intp)
            effort = condition.effort[cooling_units]
            running = np.isfinite(supply[cooling_units]) & (effort > 0.0)
            moved = float(effort[running].sum()) if running.any() else np.nan
            mixed = (
                float((supply[cooling_units][running] * effort[running]).sum() / moved)
                if running.any()
                else np.nan
            )
            rows = np.array(racks, np.intp)
            drivers[rows, 0] = mixed
            drivers[rows, 1] = moved
            drivers[rows, 2] = power[rows]
            drivers[rows, DRIVERS.index("load")] = load[h]
        return drivers
