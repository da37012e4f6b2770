"""What each cooling unit's supply and return air should be, given water, valve, fan, load and weather."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from config.kinds import Role
from detector.seen.condition import Condition
from detector.seen.newest_values import NewestValues
from detector.seen.topology import Topology
from detector.seen.valves import valve_openings
from detector.threshold import TUNED, threshold
from detector.usual.models.bank import Bank
from streams.messages import F64

DRIVERS = ("water", "valve", "fan", "load", "setpoint", "outdoor", "other_air")


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of models of cooling units."""

    unit_model_every: int = threshold(3, "ticks", "the models of a unit learn at one tick in so many", TUNED)


T = Thresholds()


@dataclass(frozen=True, slots=True)
class CoolingUnitsExpected:
    """Expected values and deviations (in scales) by equipment index; NaN = no opinion."""

    supply_drivers: F64
    """f8[equipment, drivers], in the order of `DRIVERS`; ``other_air`` is the return air."""
    return_drivers: F64
    """The same with the supply air."""
    supply: F64
    """Expected supply air, C."""
    supply_residual: F64
    """Supply air less what was expected, K."""
    supply_deviation: F64
    """The same in scales of each model's own residuals."""
    supply_drifting: np.ndarray
    """b1: whether a model's residuals have left their mean."""
    return_residual: F64
    """Return air less what was expected, K."""
    return_deviation: F64
    """The same in scales of each model's own residuals."""


class CoolingUnitModels:
    """Two expectations a unit, its supply and its return air, learned at one tick in ``every``."""

    def __init__(self, every: int = T.unit_model_every) -> None:
        self.supply = Bank(DRIVERS, every)
        self.return_air = Bank(DRIVERS, every)

    def judge(self, topology: Topology, values: NewestValues, load: F64) -> CoolingUnitsExpected:
        """``load`` is the heat load of each hall, kW."""
        rows = tuple(u for hall in topology.cooling_units for u in hall)
        supply_drivers = self._drivers(topology, values, load, values.column(Role.RETURN_AIR))
        supply = self.supply.expect(topology.ids, rows, supply_drivers)
        residual = values.column(Role.SUPPLY_AIR) - supply
        deviation = self.supply.deviation(topology.ids, rows, residual)
        return_drivers = self._drivers(topology, values, load, values.column(Role.SUPPLY_AIR))
        return_air = self.return_air.expect(topology.ids, rows, return_drivers)
        return_residual = values.column(Role.RETURN_AIR) - return_air
        return CoolingUnitsExpected(
            supply_drivers=supply_drivers,
            return_drivers=return_drivers,
            supply=supply,
            supply_residual=residual,
            supply_deviation=deviation,
            supply_drifting=self.supply.drifting(topology.ids, rows),
            return_residual=return_residual,
            return_deviation=self.return_air.deviation(topology.ids, rows, return_residual),
        )

    def learn(
        self,
        topology: Topology,
        values: NewestValues,
        condition: Condition,
        expected: CoolingUnitsExpected,
        healthy: np.ndarray,
    ) -> None:
        """Learn the units that run and are ``healthy`` (by equipment index)."""
        rows = tuple(
            u for hall in topology.cooling_units for u in hall if healthy[u] and condition.running[u] != 0.0
        )
        self.supply.learn(topology.ids, rows, expected.supply_drivers, values.column(Role.SUPPLY_AIR))
        self.return_air.learn(topology.ids, rows, expected.return_drivers, values.column(Role.RETURN_AIR))

    @staticmethod
    def _drivers(topology: Topology, values: NewestValues, load: F64, other_air: F64) -> F64:
        own_water = values.column(Role.WATER_SUPPLY)
        plant = np.array([h < 0 for h in topology.hall_of])
        hall = np.array(topology.hall_of)
        return np.column_stack(
            [
                np.where(np.isfinite(own_water), own_water, _mean(own_water[plant])),
                valve_openings(values),
                values.column(Role.FAN_SPEED),
                np.where(hall >= 0, load[hall] if len(load) else np.nan, np.nan),
                values.column(Role.SUPPLY_AIR_SETPOINT),
                np.full(len(hall), _mean(values.column(Role.OUTDOOR_AIR))),
                other_air,
            ]
        )


def _mean(values: F64) -> float:
    values = values[np.isfinite(values)]
    return float(values.mean()) if len(values) else float("nan")
