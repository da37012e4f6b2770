"""Which machines ran all through a block."""

from __future__ import annotations

import numpy as np

from config.kinds import Role
from detector.usual.reference.measures import Table

# Part of a block in which a machine must run to be measured by it.
RUNS = 0.99
TURNS_PERCENT = 1.0
# Less power than this part of what its like draws is that of a machine at rest.
IDLE_PART = 0.1


def running(members: tuple[int, ...], table: Table) -> tuple[int, ...]:
    """Those that ran all through the block, as far as anything says.

    One that draws next to nothing beside its like is at rest, whatever it was
    taken to draw while nobody knew what it draws at work; but a shaft that is
    seen to turn may draw so little at part speed (its cube).
    """
    status, fan, power = table[Role.RUN_STATUS], table[Role.FAN_SPEED], table[Role.POWER]
    most = np.nanmax(power[list(members)], initial=0.0)
    turns = fan >= TURNS_PERCENT
    rests = (status < RUNS) | (fan < TURNS_PERCENT) | (~turns & (power < IDLE_PART * most))
    return tuple(m for m in members if not rests[m])
