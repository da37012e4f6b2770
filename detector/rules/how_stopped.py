"""What is known of machines at rest, in words: off, stopped and tripped are three things."""

from __future__ import annotations

from collections.abc import Sequence

from detector.tick import Tick


def how_stopped(tick: Tick, machines: Sequence[int]) -> str:
    """What follows the names of ``machines``, none of which runs.

    Those that all report a fault have tripped; those that were all told to stop
    are off; all others have stopped, against a command where one of them has it.
    """
    have, are = ("has", "is") if len(machines) == 1 else ("have", "are")
    rows = list(machines)
    told = tick.condition.ordered[rows]
    if (tick.condition.tripped[rows] >= 0.5).all():
        return f"{have} tripped"
    if (told == 1.0).any():
        return f"{have} stopped against a run command"
    return f"{are} off by command" if (told == 0.0).all() else f"{have} stopped"
