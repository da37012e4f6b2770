"""Which sensors the site has: each point's id, the signals it sees, how it sees them, how often."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator

from config.scenario import Noise, Range, Sampling, Scenario
from streams.simulator.air import RACK_SIGNALS, ROW_SIGNALS
from streams.simulator.chillers import CHILLER_SIGNALS, CONDENSER_SIGNALS, TOWER_SIGNALS
from streams.simulator.layout import F64, I64, Layout, draw, draw_count
from streams.simulator.units import UNIT_SIGNALS
from streams.simulator.water import LOOP_SIGNALS, PUMP_SIGNALS

PERIODS = (1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 60.0)
"""What pollers are set to; a drawn period goes to the nearest of these."""

UNIT_MEASURES = {
    "supply": "supply_air_temperature",
    "return": "return_air_temperature",
    "fan_speed": "fan_speed",
    "fan_command": "fan_speed_command",
    "valve": "valve_position",
    "valve_command": "valve_command",
    "run_status": "on_off_status",
    "run_command": "on_off_command",
    "power": "power",
    "entering_water": "entering_water_temperature",
    "leaving_water": "leaving_water_temperature",
    "filter_pressure": "filter_differential_pressure",
    "air_flow": "supply_air_flow",
    "setpoint": "supply_air_temperature_setpoint",
    "alarm": "fault_status",
}
CHILLER_MEASURES = {
    "leaving": "chilled_water_supply_temperature",
    "entering": "chilled_water_return_temperature",
    "setpoint": "chilled_water_supply_temperature_setpoint",
    "power": "power",
    "run_status": "on_off_status",
    "run_command": "on_off_command",
    "alarm": "fault_status",
    "condenser_entering": "condenser_water_supply_temperature",
    "condenser_leaving": "condenser_water_return_temperature",
}
PUMP_MEASURES = {
    "run_status": "on_off_status",
    "run_command": "on_off_command",
    "speed": "pump_speed",
    "power": "power",
    "alarm": "fault_status",
}
LOOP_MEASURES = {
    "supply": "chilled_water_supply_temperature",
    "return": "chilled_water_return_temperature",
    "flow": "chilled_water_flow",
    "pressure": "chilled_water_differential_pressure",
    "pressure_setpoint": "chilled_water_differential_pressure_setpoint",
}
TOWER_MEASURES = {
    "fan_speed": "fan_speed",
    "run_status": "on_off_status",
    "power": "power",
    "leaving": "condenser_water_supply_temperature",
}
PLANT_MEASURES = {
    "supply": ("condenser-loop", "condenser_water_supply_temperature"),
    "return": ("condenser-loop", "condenser_water_return_temperature"),
    "flow": ("condenser-loop", "condenser_water_flow"),
    "outdoor": ("outside", "outside_air_temperature"),
    "wet_bulb": ("outside", "outside_air_wet_bulb_temperature"),
}


@dataclass(frozen=True, slots=True)
class Points:
    """All sensors, one entry a point in every array.

    A sensor sees ``signals[:, first] + mix * (signals[:, second] - signals[:, first])``,
    which lets it hang in the wrong place.
    """

    ids: tuple[str, ...]
    first: I64
    second: I64
    mix: F64
    period: F64
    phase: F64
    noise: F64
    """Standard deviation, in the point's unit."""
    relative: F64
    """Standard deviation as a part of the value."""
    scale: F64
    bias: F64
    quantum: F64
    clock: F64
    """Seconds that the gateway's clock is ahead."""
    delay: F64
    jitter: F64
    boolean: np.ndarray
    lag: F64
    """f8[signals]: time constant of the sensors of each signal, s; zero where it is no temperature."""


@dataclass(slots=True)
class _Builder:
    rng: Generator
    sampling: Sampling
    noise: Noise
    rows: list[tuple[str, int, int, float]] = field(default_factory=list)
    gateways: dict[str, tuple[float, float, float, float]] = field(default_factory=dict)
    table: list[tuple[float, ...]] = field(default_factory=list)
    periods: dict[tuple[str, str], float] = field(default_factory=dict)
    qualities: dict[str, float] = field(default_factory=dict)

    def add(
        self, name: str, column: int, poller: str, gateway: str, second: int = -1, mix: float = 0.0
    ) -> None:
        """One sensor. ``poller``: a field of `Sampling`; ``gateway``: whose clock and link it shares."""
        rng = self.rng
        if gateway not in self.gateways:
            self.gateways[gateway] = (
                float(rng.normal(0.0, draw(rng, self.sampling.clock_offset) / 2.0)),
                draw(rng, self.sampling.delay),
                draw(rng, self.sampling.delay_jitter),
                float(rng.uniform(0.0, 60.0)),
            )
        clock, delay, jitter, start = self.gateways[gateway]
        period = self._period(poller, gateway)
        phase = (start + 0.02 * len(self.rows)) % period
        noise, relative, scale, bias, quantum = self._quality(name)
        self.rows.append((name, column, second if second >= 0 else column, mix))
        self.table.append((period, phase, noise, relative, scale, bias, quantum, clock, delay, jitter))

    def _period(self, poller: str, gateway: str) -> float:
        """Each gateway has a period of its own for each kind of poll."""
        if (poller, gateway) not in self.periods:
            drawn = draw(self.rng, getattr(self.sampling, poller))
            self.periods[poller, gateway] = min(PERIODS, key=lambda period: abs(period - drawn))
        return self.periods[poller, gateway]

    def has(self, span: Range) -> bool:
        return bool(self.rng.random() < draw(self.rng, span))

    def _quality(self, name: str) -> tuple[float, float, float, float, float]:
        """Noise, relative noise, scale, bias and quantum by what is measured."""
        rng, q = self.rng, self.qualities
        measure = name.split("/")[2]
        if measure.endswith(("status", "command", "setpoint")):
            return (0.0, 0.0, 1.0, 0.0, 1.0 if measure.startswith(("on_off", "fault")) else 0.1)
        if "temperature" in measure:
            return (q["noise"], 0.0, 1.0, float(rng.normal(0.0, q["bias"])), q["quantum"])
        if measure == "power":
            return (0.0, q["power"], 1.0 + float(rng.normal(0.0, q["power_bias"])), 0.0, 0.01)
        if "flow" in measure or "pressure" in measure:
            return (0.0, 0.01, 1.0 + float(rng.normal(0.0, 0.02)), 0.0, 1.0 if "pressure" in measure else 0.1)
        # Speeds and positions: what is at rest reads zero.
        return (0.0, 0.002, 1.0 + float(rng.normal(0.0, 0.005)), 0.0, 0.1)


def draw_points(scenario: Scenario, site: Layout, rng: Generator) -> Points:
    """The sensors of ``site``, and their faults of birth."""
    spans, noise = scenario.metering, scenario.noise
    b = _Builder(rng, scenario.sampling, noise)
    quantum = draw(rng, noise.temperature_quantum)
    b.qualities = {
        "noise": draw(rng, noise.temperature),
        "bias": draw(rng, noise.temperature_bias) / 2.0,
        "quantum": 0.1 if quantum > 0.05 else 0.01,
        "power": draw(rng, noise.power),
        "power_bias": draw(rng, noise.power_bias) / 2.0,
    }
    b.qualities["lag"] = draw(rng, noise.temperature_lag_s)
    column = _racks(b, scenario, site)
    for row, name in enumerate(site.rows):
        if b.has(spans.pdu_rows):
            b.add(f"{name}/power", column + row, "rack_power", name)
    column += len(ROW_SIGNALS) * len(site.rows)
    hidden = {
        m
        for m, span in (
            ("power", spans.unit_power),
            ("entering_water", spans.unit_water),
            ("leaving_water", spans.unit_water),
            ("air_flow", spans.unit_air_flow),
            ("filter_pressure", spans.filter_pressure),
        )
        if not b.has(span)
    }
    for name in site.units:
        column = _group(
            b, name, UNIT_SIGNALS, UNIT_MEASURES, hidden, column, "unit", name.split("/")[0] + "/units"
        )
    hidden = set() if b.has(spans.plant_power) else {"power"}
    plant = f"{site.zone}/plant"
    for name in site.pumps:
        column = _group(b, name, PUMP_SIGNALS, PUMP_MEASURES, hidden, column, "plant", plant)
    column = _group(b, f"{site.zone}/loop", LOOP_SIGNALS, LOOP_MEASURES, set(), column, "plant", plant)
    for name in site.chillers:
        column = _group(b, name, CHILLER_SIGNALS, CHILLER_MEASURES, hidden, column, "plant", plant)
    for name in site.tower_ids:
        column = _group(b, name, TOWER_SIGNALS, TOWER_MEASURES, hidden, column, "plant", plant)
    for signal in CONDENSER_SIGNALS:
        equipment, measure = PLANT_MEASURES[signal]
        poller = "outside" if equipment == "outside" else "plant"
        b.add(f"{site.zone}/{equipment}/{measure}", column, poller, f"{site.zone}/{equipment}")
        column += 1
    return _points(b, column)


def _group(
    b: _Builder,
    name: str,
    signals: tuple[str, ...],
    measures: dict[str, str],
    hidden: set[str],
    column: int,
    poller: str,
    gateway: str,
) -> int:
    """The sensors of one equipment; returns the column after its signals."""
    for offset, signal in enumerate(signals):
        if signal not in hidden:
            b.add(f"{name}/{measures[signal]}", column + offset, poller, gateway)
    return column + len(signals)


def _racks(b: _Builder, scenario: Scenario, site: Layout) -> int:
    """Inlets at one to three places, some misplaced; outlets and power on a part of the racks."""
    spans = scenario.metering
    places = {1: ("",), 2: ("/top", "/bottom"), 3: ("/top", "/middle", "/bottom")}[
        draw_count(b.rng, spans.inlet_places)
    ]
    outlets, powers = draw(b.rng, spans.outlet), draw(b.rng, spans.rack_power)
    misplaced = draw(b.rng, scenario.noise.misplaced)
    width = len(RACK_SIGNALS)
    for r, name in enumerate(site.racks):
        gateway = f"{site.rows[site.rack_row[r]]}/racks"
        top, bottom, outlet, power = (width * r + i for i in range(4))
        for place in places:
            first, second, mix = top, bottom, {"/bottom": 1.0, "/middle": 0.5}.get(place, 0.0)
            if b.rng.random() < misplaced:
                second, mix = outlet, float(b.rng.uniform(0.05, 0.15))
            b.add(f"{name}/inlet_air_temperature{place}", first, "rack", gateway, second, mix)
        if b.rng.random() < outlets:
            b.add(f"{name}/outlet_air_temperature", outlet, "rack", gateway)
        if b.rng.random() < powers:
            b.add(f"{name}/power", power, "rack_power", gateway)
    return width * len(site.racks)


def _points(b: _Builder, signals: int) -> Points:
    names = tuple(row[0] for row in b.rows)
    lag = np.zeros(signals)
    for name, first, second, _ in b.rows:
        if "temperature" in name and not name.endswith("setpoint"):
            lag[[first, second]] = b.qualities["lag"]
    period, phase, noise, relative, scale, bias, quantum, clock, delay, jitter = np.array(b.table).T
    return Points(
        ids=names,
        first=np.array([row[1] for row in b.rows], np.int64),
        second=np.array([row[2] for row in b.rows], np.int64),
        mix=np.array([row[3] for row in b.rows], np.float64),
        period=period,
        phase=phase,
        noise=noise,
        relative=relative,
        scale=scale,
        bias=bias,
        quantum=quantum,
        clock=clock,
        delay=delay,
        jitter=jitter,
        boolean=np.array([n.split("/")[2].startswith(("on_off", "fault")) for n in names]),
        lag=lag,
    )
