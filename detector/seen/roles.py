"""How what points of a role tell is to be read; arrays by the code of the role."""

from __future__ import annotations

import numpy as np

from config.kinds import Role
from detector.points import ROLES

# What is on or off has no mean: its last reading in a tick is what it is.
STATES = np.array([role in (Role.RUN_STATUS, Role.RUN_COMMAND, Role.ALARM, Role.LEAK) for role in ROLES])
SENT_ON_CHANGE = STATES | np.array(
    [role in (Role.SUPPLY_AIR_SETPOINT, Role.RETURN_AIR_SETPOINT, Role.WATER_SETPOINT) for role in ROLES]
)
"""Roles that some plants tell only when they change."""
TEMPERATURES = np.array(
    [
        role
        in (
            Role.RACK_INLET,
            Role.RACK_OUTLET,
            Role.SUPPLY_AIR,
            Role.RETURN_AIR,
            Role.WATER_SUPPLY,
            Role.WATER_RETURN,
        )
        for role in ROLES
    ]
)
