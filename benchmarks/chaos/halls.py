"""Twelve halls as a stream: each a zone, with racks that overheat, rubbish between, and clocks that step."""

from __future__ import annotations

import json
import math
import random
from dataclasses import dataclass

HALLS = tuple(f"hall-{n:02d}" for n in range(1, 13))
UNITS = 3
RACKS = 6
PACE_S = 10
"""Event time from one reading of a point to its next."""
CRITICAL_C = 32.0
SHUTDOWN_C = 40.0
SITE = f"""
[site]
name = "chaos"

[[service]]
name = "mail"
racks = ["{HALLS[0]}/rack-*"]
needs = 5

[[limit]]
match = "*/rack-*/inlet_air_temperature/**"
warning = 27.0
critical = {CRITICAL_C}
shutdown = {SHUTDOWN_C}
"""
# A rack warms within what is plausible of air, stays above its limit, and comes down again.
_RAMP_C = (24.0, 27.5, 31.0, 34.5, 36.0, 36.5, 36.0, 33.0, 29.0, 25.0)
_PROOF = 4
"""The second reading in a row above the critical limit."""
RAMP_STEPS = len(_RAMP_C)
_UNREADABLE = (
    b'{"point": "hall-01/crah-01/supply_air_temperature", "time":',
    b'{"point": "hall-01/crah-01/supply_air_temperature", "time": 1700000000000, "value": NaN}',
    b'{"point": "hall-01/crah-01/fan_speed", "time": 1700000000000, "value": 3, "unit": "furlong"}',
    b"\x00\xff\xfe",
    b'{"point": "hall-01/crah-01/fan_speed", "time": "yesterday", "value": 3}',
)
_SPOILT = 0.004
"""Share of messages behind which something stands that is rejected, doubled or late."""


@dataclass(frozen=True, slots=True)
class Ramp:
    """A rack that overheats from a step on."""

    hall: str
    rack: int
    step: int


@dataclass(frozen=True, slots=True)
class ClockStep:
    """Clocks of a hall that are off by so much, from a step on, for so many steps."""

    hall: str
    step: int
    steps: int
    offset_s: int
    share: float = 1.0
    """Of the hall's equipment."""
    junk: int = 0
    """Points that nobody knows, which speak once with that clock."""


@dataclass(frozen=True, slots=True)
class Message:
    hall: str
    value: bytes
    proves: bool = False
    """Whether it shows, together with the one before, that a rack is beyond its critical limit."""


class Halls:
    """The messages of each step. The same seed gives the same messages."""

    def __init__(self, seed: int, start_ms: int, ramps: list[Ramp], clocks: list[ClockStep]) -> None:
        self._random = random.Random(seed)
        self._start_ms = start_ms
        self._ramps = {(ramp.hall, ramp.rack): ramp for ramp in ramps}
        self._clocks = clocks

    def step(self, number: int) -> list[Message]:
        """All messages of one step, in the order in which they are sent."""
        found: list[Message] = []
        for hall in HALLS:
            for equipment, measures in self._hall(hall, number):
                time = self._start_ms + number * PACE_S * 1000 + self._random.randrange(3000)
                time += 1000 * self._clock_off(hall, equipment, number)
                for measure, value, proves in measures:
                    found.append(_message(hall, f"{hall}/{equipment}/{measure}", time, value, proves))
                    found += self._spoilt(found[-1], f"{hall}/{equipment}/{measure}", time)
            found += self._junk(hall, number)
        return found

    def _hall(self, hall: str, step: int) -> list[tuple[str, list[tuple[str, float | bool, bool]]]]:
        noise = self._random.gauss
        load = 4.0 + math.sin(step / 60 + HALLS.index(hall))
        equipment: list[tuple[str, list[tuple[str, float | bool, bool]]]] = []
        for unit in range(1, UNITS + 1):
            measures: list[tuple[str, float | bool, bool]] = [
                ("supply_air_temperature", round(20 + noise(0, 0.1), 2), False),
                ("return_air_temperature", round(30 + load / 4 + noise(0, 0.1), 2), False),
                ("fan_speed", round(60 + noise(0, 0.5), 1), False),
                ("run_status", True, False),
            ]
            equipment.append((f"crah-{unit:02d}", measures))
        for rack in range(1, RACKS + 1):
            inlet, proves = self._inlet(hall, rack, step)
            power = round(load + noise(0, 0.05), 3)
            measures = [("inlet_air_temperature", inlet, proves), ("power", power, False)]
            equipment.append((f"rack-{rack:02d}", measures))
        return equipment

    def _inlet(self, hall: str, rack: int, step: int) -> tuple[float, bool]:
        noise = self._random.gauss(0, 0.05)
        ramp = self._ramps.get((hall, rack))
        since = step - ramp.step if ramp is not None else -1
        if 0 <= since < RAMP_STEPS:
            return round(_RAMP_C[since] + noise, 2), since == _PROOF
        return round(21.0 + noise, 2), False

    def _clock_off(self, hall: str, equipment: str, step: int) -> int:
        for clock in self._clocks:
            on = clock.hall == hall and clock.step <= step < clock.step + clock.steps
            if on and random.Random(equipment).random() < clock.share:
                return clock.offset_s
        return 0

    def _junk(self, hall: str, step: int) -> list[Message]:
        time = self._start_ms + step * PACE_S * 1000
        return [
            _message(hall, f"{hall}/junk-{n}/temperature", time + 1000 * clock.offset_s, 21.0)
            for clock in self._clocks
            if clock.hall == hall and clock.step <= step < clock.step + clock.steps
            for n in range(clock.junk)
        ]

    def _spoilt(self, message: Message, point: str, time: int) -> list[Message]:
        if self._random.random() >= _SPOILT:
            return []
        kind = self._random.randrange(5)
        if kind == 0:
            return [message]  # told twice
        if kind == 1:
            return [_message(message.hall, point, time - 120_000, 21.0)]  # late
        if kind == 2:
            return [_message(message.hall, point, time + 86_400_000, 21.0)]  # a bad clock
        if kind == 3:
            return [_message(message.hall, point, time + 1, 1e9)]  # outside all sense
        return [Message(message.hall, self._random.choice(_UNREADABLE))]


def _message(hall: str, point: str, time: int, value: float | bool, proves: bool = False) -> Message:
    text = json.dumps({"point": point, "time": time, "value": value}, separators=(",", ":"))
    return Message(hall, text.encode(), proves)
