"""``coolwatch`` with one rule that raises in one hall while a file says so: the argument before the command.

The file holds the hall's name, and is empty or missing while nothing is wrong.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import detector.judge as judge
from detector.service.cli import main
from detector.sign import Sign
from detector.view import View

_sound = judge.rack_signs


class RuleBroken(Exception):
    """What the rule raises."""


def break_rule(switch: Path) -> None:
    """From now on the rule of racks looks at the file first."""

    def rack_signs(view: View) -> Iterator[Sign]:
        broken = switch.read_text() if switch.exists() else ""
        if broken and broken in view.topology.halls:
            raise RuleBroken(f"on purpose, in {broken}")
        yield from _sound(view)

    judge.rack_signs = rack_signs


if __name__ == "__main__":
    break_rule(Path(sys.argv.pop(1)))
    main()
