"""``coolwatch`` of which one part of judging raises while a file names it: the argument before the command.

The file is missing while nothing is wrong.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from river import linear_model

from detector import rules
from detector.incidents.sign import Sign
from detector.rules.racks.hot_spot import hot_spot as sound_hot_spot
from detector.service.cli import main
from detector.tick import Tick
from kernels import quality

RULE, MODEL, KERNEL = "rule", "model", "kernel"
NAMED_AS = {
    RULE: "The rule hot_spot failed",
    MODEL: "at detector/usual/models/expectation.py:learn:",
    KERNEL: "at detector/usual/scores.py:believable:",
}
"""By part, what must be read in the incident: the rule itself, of the others the code that called them."""


class PartBroken(Exception):
    """What it raises."""


def break_parts(switch: Path) -> None:
    """From now on one rule, what River's models learn, and one kernel look at the file first."""

    def look(part: str) -> None:
        if switch.exists() and switch.read_text() == part:
            raise PartBroken("on purpose")

    def hot_spot(tick: Tick) -> Iterator[Sign]:
        look(RULE)
        return sound_hot_spot(tick)

    rules.RULES = tuple(
        each._replace(signs=hot_spot) if each.name == hot_spot.__name__ else each for each in rules.RULES
    )
    regression = linear_model.BayesianLinearRegression
    regression.learn_one = _looking_first(look, MODEL, regression.learn_one)
    quality.check_quality = _looking_first(look, KERNEL, quality.check_quality)


def _looking_first(look: Callable[[str], None], part: str, sound: Callable[..., Any]) -> Callable[..., Any]:
    def called(*arguments: Any) -> Any:
        look(part)
        return sound(*arguments)

    return called


if __name__ == "__main__":
    break_parts(Path(sys.argv.pop(1)))
    main()
