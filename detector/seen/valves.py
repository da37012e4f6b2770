"""How far valves are open."""

from __future__ import annotations

import numpy as np

from config.kinds import Role
from detector.seen.newest_values import NewestValues
from streams.messages import F64


def valve_openings(values: NewestValues) -> F64:
    """Position of each valve, %, or where that is not measured its command."""
    position = values.column(Role.VALVE)
    return np.where(np.isfinite(position), position, values.column(Role.VALVE_COMMAND))
