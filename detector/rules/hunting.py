"""Signs of loops that hunt: nothing is hot yet, and actuators wear out and units cannot be counted on."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from config.kinds import Role
from detector.faults import Tier
from detector.hunting import TRACKS
from detector.sign import Sign
from detector.view import View

CONFIRM = 6
WORDS = {
    Role.VALVE: ("valve", "%"),
    Role.VALVE_COMMAND: ("valve command", "%"),
    Role.FAN_SPEED: ("fan", ""),
    Role.FAN_COMMAND: ("fan command", "%"),
    Role.SUPPLY_AIR: ("supply air", " C"),
}


def hunting_signs(view: View) -> Iterator[Sign]:
    """Cooling units that hunt. Where most of a hall's do, one that leads draws the others along."""
    for h, hall in enumerate(view.topology.halls):
        units = [u for u in view.topology.units[h] if view.hunts[u] and not view.maintained[u]]
        if not units:
            continue
        leads = max(units, key=lambda u: float(np.sort(view.hunting.turns[u])[-2]))
        others = len(units) - 1
        evidence = _sentence(view, leads)
        if others:
            evidence += f"; {others} more of {hall} with it"
        yield Sign(
            tier=Tier.UNIT,
            fault="hunting",
            root=view.topology.ids[leads],
            hall=hall,
            evidence=evidence,
            confidence=0.7,
            confirm=CONFIRM,
            spoke="physics",
        )


def _sentence(view: View, unit: int) -> str:
    hunting = view.hunting
    track = int(np.argmax(hunting.turns[unit]))
    words, mark = WORDS[TRACKS[track]]
    period = 2.0 * hunting.between_s[unit, track]
    low, high = hunting.low[unit, track], hunting.high[unit, track]
    return (
        f"{view.name_of(unit)} {words} swings between {low:.0f} and {high:.0f}{mark} "
        f"about every {period:.0f} s, as it never did"
    )
