"""Ten minutes of a zone as one row: the mean of each role of each piece of equipment."""

from __future__ import annotations

import numpy as np

from config.kinds import Role
from detector.points import ROLE_CODE, ROLES
from detector.seen.newest_values import NewestValues
from detector.usual.shared import OF_USUAL
from kernels.arrival import UNSET
from streams.messages import F64, SECOND


class Blocks:
    """Gathers newest values tick by tick until a block is full."""

    state_fields = ("total", "count", "load", "ticks", "number")

    def __init__(self) -> None:
        self.total: F64 = np.empty((0, len(ROLES)))
        self.count: F64 = np.empty((0, len(ROLES)))
        self.load = 0.0
        """Sum of the zone's heat load over the ticks that told it, kW."""
        self.ticks = 0
        self.number = UNSET
        """Of the block that is being gathered, in blocks since 1970."""

    def close(self, end: int) -> tuple[F64, float] | None:
        """The block that a tick ending at ``end`` leaves behind; None while it goes on.

        Means, f8[equipment, roles], and the mean heat load, kW; NaN where nothing was said.
        """
        number = (end - 1) // (OF_USUAL.block_s * SECOND)
        before, self.number = self.number, number
        if before in (UNSET, number):
            return None
        mean = self.total / np.where(self.count > 0.0, self.count, np.nan)
        load = self.load / self.ticks if self.ticks else float("nan")
        self.total[:] = 0.0
        self.count[:] = 0.0
        self.load, self.ticks = 0.0, 0
        return mean, load

    def add(self, values: NewestValues, running: F64, load: float) -> None:
        """Take in one tick's values, which equipment is judged to run (1) or not (0), and heat load."""
        value = values.mean.copy()
        power = ROLE_CODE[Role.POWER]
        value[:, power] = values.total[:, power]
        value[:, ROLE_CODE[Role.RUN_STATUS]] = running
        more = len(value) - len(self.total)
        if more > 0:
            empty = np.zeros((more, len(ROLES)))
            self.total = np.concatenate([self.total, empty])
            self.count = np.concatenate([self.count, empty])
        known = np.isfinite(value)
        self.total += np.where(known, value, 0.0)
        self.count += known
        if load > 0.0:
            self.load += load
            self.ticks += 1
