"""Which machines ran all through a block."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from config.kinds import Role
from detector.threshold import TUNED, threshold
from detector.usual.reference.measures import Table


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of what ran all through a block."""

    runs_part: float = threshold(
        0.99, "", "a machine must run in this part of a block to be measured by it", TUNED
    )
    turns_percent: float = threshold(1.0, "%", "a shaft slower than this is at rest", TUNED)
    idle_part: float = threshold(
        0.1, "", "less power than this part of what its like draws is that of a machine at rest", TUNED
    )


T = Thresholds()


def running(members: tuple[int, ...], table: Table) -> tuple[int, ...]:
    """Those that ran all through the block, as far as anything says.

    One that draws next to nothing beside its like is at rest, whatever it was
    taken to draw while nobody knew what it draws at work; but a shaft that is
    seen to turn may draw so little at part speed (its cube).
    """
    status, fan, power = table[Role.RUN_STATUS], table[Role.FAN_SPEED], table[Role.POWER]
    most = np.nanmax(power[list(members)], initial=0.0)
    turns = fan >= T.turns_percent
    rests = (status < T.runs_part) | (fan < T.turns_percent) | (~turns & (power < T.idle_part * most))
    return tuple(m for m in members if not rests[m])
