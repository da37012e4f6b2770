"""What fails when in a round, drawn from the seed."""

from __future__ import annotations

import random
from dataclasses import dataclass

from benchmarks.chaos.halls import HALLS, RACKS, RAMP_STEPS, ClockStep, Ramp

MODES: dict[str, tuple[str, ...]] = {
    "kill": ("once", "at start", "in checkpoint"),
    "freeze": ("short", "long"),
    "rebalance": ("",),
    "broker": ("kill", "freeze"),
    "influxdb": ("refuse", "reset", "hang", "slow", "error"),
    "store": ("lock", "refuse", "reset", "hang"),
    "disk": ("full",),
    "notification": ("refuse", "slow"),
    "engine": ("raise",),
    "clock": ("decade", "hours back", "minutes back", "three racks", "junk ids"),
}
"""Kinds of failure, and their ways."""
LASTS_S = (6.0, 16.0)
LONG_FREEZE_S = 14.0
"""Over the session time-out of the group, so that the others take its partitions."""
BETWEEN_S = (4.0, 10.0)
DECADE_S = 315_576_000
_CLOCKS = {"decade": (DECADE_S, 1), "hours back": (-7200, 10_000), "minutes back": (-1200, 10_000)}
AFTER_STEP_S = 4.0
BETWEEN_RAMPS_S = (50.0, 70.0)
"""In one hall, from one rack that overheats to the next: an incident must be over before the next is new."""


@dataclass(frozen=True, slots=True)
class Fault:
    kind: str
    mode: str
    at: float
    """Seconds into the round."""
    lasts: float
    target: int
    """Of instances or halls, by whichever the kind is about."""


@dataclass(frozen=True, slots=True)
class Plan:
    instances: int
    partitions: int
    faults: list[Fault]
    ramps: list[Ramp]
    clocks: list[ClockStep]


def draw(seed: int, seconds: float, preloaded: int, pace_s: float, kinds: tuple[str, ...]) -> Plan:
    """A plan for ``seconds``; the steps of the halls count from the preloaded ones, ``pace_s`` apart."""
    dice = random.Random(seed)
    instances = dice.choice((1, 2, 3)) if len(kinds) > 1 else 1 + ("rebalance" in kinds or "freeze" in kinds)
    if instances == 1:
        kinds = tuple(kind for kind in kinds if kind != "rebalance")
    faults: list[Fault] = []
    at = dice.uniform(*BETWEEN_S)
    while kinds and at < seconds:
        kind = dice.choice(kinds)
        mode = dice.choice(MODES[kind])
        lasts = LONG_FREEZE_S if mode == "long" else dice.uniform(*LASTS_S)
        lasts = min(lasts, 4.0) if mode == "short" else lasts
        if not any(each.kind == kind and each.at + each.lasts > at for each in faults):
            faults.append(Fault(kind, mode, round(at, 2), round(lasts, 2), dice.randrange(120)))
        at += dice.uniform(*BETWEEN_S)
    clocks = [fault for fault in faults if fault.kind == "clock"]
    ramps = _ramps(
        dice,
        seconds - RAMP_STEPS * pace_s,
        {hall_of(each): each.at for each in faults if each.kind in ("clock", "engine")},
    )
    return Plan(
        instances,
        dice.choice((2, 3, 4)),
        faults,
        [Ramp(hall, rack, preloaded + int(at / pace_s)) for hall, rack, at in ramps],
        [_clock(each, preloaded + int(each.at / pace_s)) for each in clocks],
    )


def hall_of(fault: Fault) -> str:
    return HALLS[fault.target % len(HALLS)]


def _clock(fault: Fault, step: int) -> ClockStep:
    if fault.mode == "junk ids":
        return ClockStep(hall_of(fault), step, 1, DECADE_S, share=0.0, junk=4)
    if fault.mode == "three racks":
        return ClockStep(hall_of(fault), step, 1, DECADE_S, share=0.3)
    offset, steps = _CLOCKS[fault.mode]
    return ClockStep(hall_of(fault), step, steps, offset)


def _ramps(dice: random.Random, until: float, struck: dict[str, float]) -> list[tuple[str, int, float]]:
    """Hall, rack and time of each rack that overheats; in a hall that is struck, one does so right after."""
    ramps = []
    for hall in HALLS:
        rack, at = 1, dice.uniform(2.0, max(3.0, min(until, BETWEEN_RAMPS_S[0])))
        if hall in struck:
            at = struck[hall] + AFTER_STEP_S
        while at < until:
            ramps.append((hall, rack, at))
            rack, at = rack % RACKS + 1, at + dice.uniform(*BETWEEN_RAMPS_S)
    return ramps
