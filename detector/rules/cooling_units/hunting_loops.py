"""Signs of loops that hunt: nothing is hot yet, and actuators wear out and units cannot be counted on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from config.kinds import Role
from detector.incidents.faults import Tier
from detector.incidents.sign import SUSPECTED, Sign
from detector.incidents.speaker import Speaker
from detector.threshold import TUNED, threshold
from detector.tick import Tick
from detector.usual.hunting import TRACKS


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of loops that hunt."""

    confirm_hunting_s: int = threshold(
        60, "s", "what is counted over many swings need not be waited for long", TUNED
    )


T = Thresholds()

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
        cooling_units = [
            u for u in tick.topology.cooling_units[h] if tick.hunting.hunts[u] and not tick.maintained[u]
        ]
        if not cooling_units:
            continue
        leads = max(cooling_units, key=lambda u: float(np.sort(tick.hunting.turns[u])[-2]))
        others = len(cooling_units) - 1
        evidence = _sentence(tick, leads)
        if others:
            evidence += f"; {others} more of {hall} with it"
        yield Sign(
            tier=Tier.UNIT,
            fault="hunting",
            root=tick.topology.ids[leads],
            hall=hall,
            evidence=evidence,
            confidence=SUSPECTED,
            confirm_s=T.confirm_hunting_s,
            spoke=Speaker.STATISTICS,
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
