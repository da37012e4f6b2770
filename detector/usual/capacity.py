"""What each machine can carry: what the site file says, and what was seen when it had no more to give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from config.kinds import Role
from detector.seen.balance import Balance
from detector.seen.condition import Condition
from detector.seen.newest_values import NewestValues
from detector.seen.rows import grow
from detector.seen.topology import Topology
from detector.threshold import TUNED, threshold
from streams.messages import F64


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of what a machine is seen to carry at most."""

    full_percent: float = threshold(
        97.0, "%", "a valve or fan this far open or fast has nothing left to give", TUNED
    )
    short_of_setpoint_k: float = threshold(
        0.5,
        "K",
        "supply air so far above its set point then shows that the unit carries all that it can",
        TUNED,
    )
    saturated_part: float = threshold(0.1, "", "weight of a tick in what was seen", TUNED)


T = Thresholds()


class Capacity:
    """kW by equipment; NaN where nothing is known. What is seen at saturation holds as conditions are."""

    state_fields = ("seen_kw",)

    def __init__(self) -> None:
        self.seen_kw: F64 = np.empty(0)
        self.saturated: np.ndarray = np.empty(0, np.bool_)
        """Which have nothing left to give now."""

    def watch(
        self,
        topology: Topology,
        values: NewestValues,
        condition: Condition,
        valve: F64,
        removed: F64,
        balances: tuple[Balance, ...],
    ) -> None:
        """Take in one tick. ``removed`` by hall as its units measure it; ``balances`` turn that into kW."""
        count = len(topology.ids)
        grow(self, self.state_fields, count, np.nan)
        above = values.column(Role.SUPPLY_AIR) - values.column(Role.SUPPLY_AIR_SETPOINT)
        fan = values.column(Role.FAN_SPEED)
        at_full = (valve >= T.full_percent) & ~(fan < T.full_percent)
        self.saturated = at_full & (above > T.short_of_setpoint_k) & (condition.running == 1.0)
        for h, balance in enumerate(balances):
            if balance.removed is None or not removed[h] > 0.0:
                continue
            cooling_units = [u for u in topology.cooling_units[h] if self.saturated[u]]
            carried = condition.heat[cooling_units] * balance.removed / removed[h]
            before = self.seen_kw[cooling_units]
            now = np.where(np.isfinite(before), before + T.saturated_part * (carried - before), carried)
            self.seen_kw[cooling_units] = np.where(np.isfinite(carried), now, before)

    def forget(self, rows: list[int]) -> None:
        """Forget what was seen of these pieces of equipment."""
        self.seen_kw[[row for row in rows if row < len(self.seen_kw)]] = np.nan

    def now_kw(self, topology: Topology) -> F64:
        """What each machine can carry, kW: as declared, less where it carries less at its fullest."""
        declared, seen = topology.declared_kw, self.seen_kw
        less = np.where(self.saturated, np.fmin(declared, seen), declared)
        return np.where(np.isnan(declared), seen, less)
