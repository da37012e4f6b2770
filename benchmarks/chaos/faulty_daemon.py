"""``coolwatch`` with judging that raises in one hall while a file says so: the argument before the command.

The file holds the hall's name, and is empty or missing while nothing is wrong.
"""

from __future__ import annotations

import sys
from pathlib import Path

import detector.state as state
from detector.service.cli import main
from detector.tick import Tick
from streams.messages import F64

_sound = state.figures_of


class JudgingBroken(Exception):
    """What it raises."""


def break_judging(switch: Path) -> None:
    """From now on what is figured of halls looks at the file first."""

    def figures_of(tick: Tick) -> F64:
        broken = switch.read_text() if switch.exists() else ""
        if broken and broken in tick.topology.halls:
            raise JudgingBroken(f"on purpose, in {broken}")
        return _sound(tick)

    state.figures_of = figures_of


if __name__ == "__main__":
    break_judging(Path(sys.argv.pop(1)))
    main()
