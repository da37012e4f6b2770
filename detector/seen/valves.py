"""How far valves are open."""

from __future__ import annotations

import numpy as np

from config.kinds import Role
from detector.seen.picture import Picture
from streams.messages import F64


def valve_openings(picture: Picture) -> F64:
    """Position of each valve, %, or where that is not measured its command."""
    position = picture.column(Role.VALVE)
    return np.where(np.isfinite(position), position, picture.column(Role.VALVE_COMMAND))
