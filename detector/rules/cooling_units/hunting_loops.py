"""Signs of loops that hunt: nothing is hot yet, and actuators wear out and units cannot be counted on."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from config.kinds import Role
from detector.incidents.faults import Tier
from detector.incidents.sign import Sign
from detector.tick import Tick
from detector.usual.hunting import TRACKS

CONFIRM = 6
WORDS = {
    Role.VALVE: ("valve", "%"),
    Role.VALVE_COMMAND: ("valve command", "%"),
    Role.FAN_SPEED: ("fan", ""),
    Role.FAN_COMMAND: ("fan command", "%"),
    Role.SUPPLY_AIR: ("supply air", " C"),
}


def hunting(tick: Tick) -> Iterator[Sign]:
    """Cooling units that hunt. Where most of a hall's do, one that leads draws the others along."""
    for h, hall in enumerate(tick.topology.halls):
        units = [u for u in tick.topology.units[h] if tick.hunting.hunts[u] and not tick.maintained[u]]
        if not units:
            continue
        leads = max(units, key=lambda u: float(np.sort(tick.hunting.turns[u])[-2]))
        others = len(units) - 1
        evidence = _sentence(tick, leads)
        if others:
            evidence += f"; {others} more of {hall} with it"
        yield Sign(
            tier=Tier.UNIT,
            fault="hunting",
            root=tick.topology.ids[leads],
            hall=hall,
            evidence=evidence,
            confidence=0.7,
            confirm=CONFIRM,
            spoke="physics",
        )


def _sentence(tick: Tick, unit: int) -> str:
    swings = tick.hunting
    track = int(np.argmax(swings.turns[unit]))
    words, mark = WORDS[TRACKS[track]]
    period = 2.0 * swings.between_s[unit, track]
    low, high = swings.low[unit, track], swings.high[unit, track]
    return (
        f"{tick.name_of(unit)} {words} swings between {low:.0f} and {high:.0f}{mark} "
        f"about every {period:.0f} s, as it never did"
    )
