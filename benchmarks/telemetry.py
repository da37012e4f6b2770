"""The load of the benchmarks: a plant and eight halls, 2,000 points at 1 Hz.

Seven points in ten are rack inlets, three a rack; the others are rack power,
cooling units, chillers and pumps. Values follow one another as they do in a
hall where nothing is wrong: what the units carry away follows what the racks
give off, everything has noise, and no two points report at the same moment.
"""

from __future__ import annotations

import numpy as np

from streams.messages import F64, I64

ZONE = "plant-a"
HALLS = tuple(f"hall-{n}" for n in range(1, 9))
RACKS = 58
METERED_RACKS = 39
UNITS = 4
CHILLERS = 4
PUMPS = 4
PLACES = ("bottom", "middle", "top")
SECOND_MS = 1000

CRITICAL_C = 32.0
SHUTDOWN_C = 40.0
RAMP_K_PER_S = 1.5
"""How fast an injected rack warms: as fast as physics allows at an inlet, and no faster."""

SITE = f"""
[site]
name = "benchmark"

[[zone]]
name = "{ZONE}"
halls = [{", ".join(f'"{hall}"' for hall in HALLS)}]

[[service]]
name = "messaging"
racks = ["hall-1/rack-*", "hall-2/rack-*"]
needs = 100

[[service]]
name = "payments"
racks = ["hall-3/rack-*"]

[[limit]]
match = "*/rack-*/inlet_air_temperature/**"
warning = 27.0
critical = {CRITICAL_C}
shutdown = {SHUTDOWN_C}
"""

# Usual value and noise of each measure; those of units and racks follow the load of their hall.
_UNIT = {
    "supply_air_temperature": (20.0, 0.05),
    "return_air_temperature": (31.0, 0.08),
    "supply_air_temperature_setpoint": (20.0, 0.0),
    "entering_water_temperature": (10.0, 0.05),
    "valve_position": (55.0, 0.5),
    "fan_speed": (65.0, 0.3),
    "fan_speed_command": (65.0, 0.0),
    "run_status": (1.0, 0.0),
}
_CHILLER = {
    "power": (240.0, 1.5),
    "run_status": (1.0, 0.0),
    "run_command": (1.0, 0.0),
    "fault_status": (0.0, 0.0),
    "entering_water_temperature": (16.0, 0.05),
    "leaving_water_temperature": (9.5, 0.05),
}
_PUMP = {"power": (30.0, 0.2), "run_status": (1.0, 0.0), "run_command": (1.0, 0.0)}
_HEADER = {
    "chilled_water_supply_temperature": (9.8, 0.05),
    "chilled_water_return_temperature": (16.0, 0.05),
    "chilled_water_flow": (180.0, 0.8),
}
_OUTSIDE = {"outside_air_temperature": (28.0, 0.05)}
_RACK_POWER = (6.0, 0.06)
_INLET = (22.0, 0.08)


class Telemetry:
    """Every point's value at every second. The same seed gives the same telemetry."""

    def __init__(self, seed: int = 0) -> None:
        self._random = np.random.default_rng(seed)
        self.ids: list[str] = []
        usual: list[tuple[float, float]] = []
        hall_of: list[int] = []

        def add(equipment: str, measures: dict[str, tuple[float, float]], hall: int = -1) -> None:
            for measure, value in measures.items():
                self.ids.append(f"{equipment}/{measure}")
                usual.append(value)
                hall_of.append(hall)

        for h, hall in enumerate(HALLS):
            for unit in range(1, UNITS + 1):
                add(f"{hall}/crah-{unit:02d}", _UNIT, h)
            for rack in range(1, RACKS + 1):
                name = f"{hall}/rack-{rack:02d}"
                add(name, {f"inlet_air_temperature/{place}": _INLET for place in PLACES}, h)
                if rack <= METERED_RACKS:
                    add(name, {"power": _RACK_POWER}, h)
        for n in range(1, CHILLERS + 1):
            add(f"{ZONE}/chiller-{n}", _CHILLER)
        for n in range(1, PUMPS + 1):
            add(f"{ZONE}/pump-{n}", _PUMP)
        add(f"{ZONE}/header", _HEADER)
        add(f"{ZONE}/outside", _OUTSIDE)

        self._usual = np.array([value for value, _ in usual])
        self._noise = np.array([noise for _, noise in usual])
        self._hall = np.array(hall_of)
        self._power = np.array([id.endswith("/power") for id in self.ids]) & (self._hall >= 0)
        self._back = np.array([id.endswith("/return_air_temperature") for id in self.ids])
        inlet = np.array(["/inlet_air_temperature/" in id for id in self.ids])
        # Every inlet has a place of its own in the air of its hall, and every rack its own load.
        self._usual[inlet] += self._random.uniform(-1.0, 1.0, int(inlet.sum()))
        self._usual[self._power] *= self._random.uniform(0.5, 1.5, int(self._power.sum()))
        self.phase_ms: I64 = np.arange(len(self.ids), dtype=np.int64) * SECOND_MS // len(self.ids)
        """When within its second each point reports; never falling."""

    def __len__(self) -> int:
        return len(self.ids)

    def values(self, second: int) -> F64:
        """The values of all points at ``second``, in canonical units, to two decimals."""
        hall = np.arange(len(HALLS))
        # The load of a hall goes up and down by a twentieth, each hall in its own time.
        load = 1.0 + 0.05 * np.sin(second / 600.0 + hall)
        value = self._usual + self._noise * self._random.standard_normal(len(self))
        value[self._power] *= load[self._hall[self._power]]
        supply, back = _UNIT["supply_air_temperature"][0], self._back
        value[back] = supply + (value[back] - supply) * load[self._hall[back]]
        return np.round(value, 2)

    def ramp_point(self, hall: int) -> int:
        """The inlet that an injected overheating warms in a hall."""
        return self.ids.index(f"{HALLS[hall]}/rack-{RACKS:02d}/inlet_air_temperature/top")


class Messages:
    """Telemetry as canonical JSON."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._phase = telemetry.phase_ms.tolist()
        self._heads = [f'{{"point":"{id}","time":' for id in telemetry.ids]

    def of_second(self, start_ms: int, values: F64) -> list[bytes]:
        """One message a reading, in the order in which they are sent."""
        rows = zip(self._heads, self._phase, values.tolist(), strict=True)
        return [f'{head}{start_ms + phase},"value":{value}}}'.encode() for head, phase, value in rows]

    def packed(self, start_ms: int, values: F64) -> bytes:
        """The same readings as one message, an array: quicker to publish where it is not measured."""
        return b"[" + b",".join(self.of_second(start_ms, values)) + b"]"
