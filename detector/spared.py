"""What a step of the engine does without, since it has failed with it."""

from __future__ import annotations

from dataclasses import dataclass

from streams.messages import Failure

Step = tuple[str, int]
"""A tick by its end; the check of a limit, or a step of clocks, by how many readings had arrived."""


@dataclass(frozen=True, slots=True)
class Spared:
    """What a step does without, since it has failed with it.

    A tick: 1 = judging, 2 = also all but the bare limits, 3 = everything. A
    check of a limit: 1 = all but the bare limit, 2 = everything. A step of
    clocks: 1 = being told.
    """

    level: int
    failure: Failure


TICK, LIMIT, CLOCK = "tick", "limit", "clock"
MOST_SPARED = 3
