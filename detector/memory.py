"""What each piece of equipment usually does, learned while nothing is wrong."""

from __future__ import annotations

import numpy as np

from config.kinds import Role
from detector.condition import Condition
from detector.picture import Picture
from streams.messages import F64, I64, SECOND

HALF_LIFE_S = 1800.0
# What has run within this time counts as having been in service when a fault began.
IN_SERVICE_S = 900.0


class Memory:
    """Usual power and heat, fastest speed and last run of each piece of equipment."""

    state_fields = ("usual_power", "usual_heat", "top_speed", "last_run", "last_heat", "last_heat_at")

    def __init__(self) -> None:
        self.usual_power: F64 = np.empty(0)
        self.usual_heat: F64 = np.empty(0)
        self.top_speed: F64 = np.empty(0)
        self.last_run: I64 = np.empty(0, np.int64)
        self.last_heat: F64 = np.empty(0)
        self.last_heat_at: I64 = np.empty(0, np.int64)

    def fit(self, equipment: int) -> None:
        """Make room for equipment that has appeared."""
        more = equipment - len(self.usual_power)
        if more <= 0:
            return
        for name in ("usual_power", "usual_heat", "last_heat"):
            setattr(self, name, np.concatenate([getattr(self, name), np.full(more, np.nan)]))
        self.top_speed = np.concatenate([self.top_speed, np.zeros(more)])
        for name in ("last_run", "last_heat_at"):
            setattr(self, name, np.concatenate([getattr(self, name), np.zeros(more, np.int64)]))

    def watch_speed(self, picture: Picture) -> None:
        self.top_speed = np.fmax(self.top_speed, picture.column(Role.FAN_SPEED))

    def learn(self, picture: Picture, condition: Condition, healthy: np.ndarray, end: int, dt: float) -> None:
        """Take in one tick. What is usual is learned only of ``healthy`` equipment that runs."""
        runs = condition.running == 1.0
        self.last_run[runs] = end
        told = np.isfinite(condition.heat)
        self.last_heat[told] = condition.heat[told]
        self.last_heat_at[told] = end
        part = 1.0 - 0.5 ** (dt / HALF_LIFE_S)
        power = picture.column(Role.POWER)
        unproven = np.isnan(condition.running)
        _blend(self.usual_power, power, part, healthy & (runs | unproven) & (power > 0.0))
        _blend(self.usual_heat, condition.heat, part, healthy & np.isfinite(condition.heat))

    def in_service(self, end: int) -> np.ndarray:
        """Equipment that ran not long ago."""
        return (self.last_run > 0) & (end - self.last_run <= IN_SERVICE_S * SECOND)


def _blend(usual: F64, now: F64, part: float, where: np.ndarray) -> None:
    where = where & np.isfinite(now)
    first = where & np.isnan(usual)
    usual[first] = now[first]
    usual[where] += part * (now[where] - usual[where])
