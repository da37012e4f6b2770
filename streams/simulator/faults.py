"""Kinds of faults and other happenings, each as the few parameters that it changes.

A scenario names a kind, targets and times; `schedule` turns that into
`Effects` for the physics, `SensorFault`s for the sampling and `Event`s for
the truth.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

import numpy as np
from numpy.random import Generator

from config.errors import ConfigError
from config.scenario import Fault, Scenario
from streams.simulator.layout import Layout, draw, draw_count
from streams.simulator.parameters import Effects, cell

Change = tuple[str, float | None]
"""A column and the value it goes to; None = the strength that the scenario gives."""

PHYSICAL: dict[str, tuple[str, float, tuple[Change, ...]]] = {
    # kind: (table, default strength, changes)
    "chiller_trip": ("chiller", 1.0, (("tripped", 1.0),)),
    "chiller_power_lost": ("chiller", 0.0, (("powered", None),)),
    "chiller_start_blocked": ("chiller", 1.0, (("start_blocked", None),)),
    "chiller_capacity": ("chiller", 0.5, (("capacity_factor", None),)),
    "chiller_setpoint": ("chiller", 2.0, (("setpoint_shift", None),)),
    "chiller_stopped": ("chiller", 0.0, (("command", None),)),
    "chiller_rotation": ("chiller", 1.0, (("rest", None),)),
    "refrigerant_leak": ("chiller", 0.5, (("charge", None),)),
    "condenser_fouling": ("chiller", 0.4, (("condenser_factor", None),)),
    "pump_trip": ("pump", 1.0, (("tripped", None),)),
    "pump_power_lost": ("pump", 0.0, (("powered", None),)),
    "pump_no_signal": ("pump", 1.0, (("signal_lost", None),)),
    "pump_wear": ("pump", 0.7, (("speed_factor", None),)),
    "pump_stopped": ("pump", 0.0, (("command", None),)),
    "pump_rotation": ("pump", 1.0, (("rest", None),)),
    "tower_power_lost": ("tower", 0.0, (("powered", None),)),
    "tower_fouling": ("tower", 0.5, (("fill_factor", None),)),
    "air_lock": ("plant", 0.9, (("air_lock", None),)),
    "valves_closed": ("plant", 0.02, (("header_factor", None),)),
    "loop_bypass": ("plant", 8.0, (("bypass_factor", None),)),
    "heat_wave": ("plant", 12.0, (("outdoor_shift", None),)),
    "humid_air": ("plant", 6.0, (("wet_bulb_shift", None),)),
    "unit_power_lost": ("unit", 0.0, (("powered", None),)),
    "unit_stopped": ("unit", 0.0, (("command", None),)),
    "unit_trip": ("unit", 1.0, (("tripped", None),)),
    "fan_failure": ("unit", 0.0, (("fan_factor", None),)),
    "belt_slip": ("unit", 0.3, (("air_factor", None),)),
    "filter_clog": ("unit", 6.0, (("filter_resistance", None),)),
    "coil_fouling": ("unit", 0.4, (("coil_factor", None),)),
    "valve_stuck": ("unit", 0.1, (("valve_stuck", None),)),
    "coil_isolated": ("unit", 0.02, (("water_factor", None),)),
    "loop_hunting": ("unit", 8.0, (("gain_factor", None),)),
    "control_frozen": ("unit", 1.0, (("frozen", None),)),
    "fan_to_maximum": ("unit", 1.0, (("fan_forced", None),)),
    "setpoint_change": ("unit", 2.0, (("setpoint_shift", None),)),
    "lockout": ("unit", 35.0, (("lockout_temperature", None),)),
    "load_change": ("hall", 1.2, (("load_factor", None),)),
    "unmetered_heat": ("hall", 2.0, (("unmetered_factor", None),)),
    "door_open": ("hall", 1.5, (("door_flow", None),)),
    "rack_load_change": ("rack", 1.5, (("load_factor", None),)),
    "recirculation": ("rack", 0.3, (("recirculation", None),)),
}

SENSOR = ("mute", "stuck", "bias", "drift", "spikes", "clock_jump")
"""Happenings to telemetry only: silent, frozen, shifted, creeping, jumping, with a wrong clock."""


@dataclass(frozen=True, slots=True)
class SensorFault:
    """What is wrong with a sensor, from ``start`` to ``end``, s."""

    kind: str
    target: str
    """An equipment or point id."""
    start: float
    end: float
    value: float
    """Degrees (bias, spikes), degrees per hour (drift), seconds (clock_jump)."""


@dataclass(frozen=True, slots=True)
class Event:
    """A fault of the truth, from ``start`` to ``end``, s; ``physical`` if it is no sensor's."""

    kind: str
    equipment: str
    start: float
    end: float
    physical: bool


@dataclass(frozen=True, slots=True)
class Schedule:
    """All that is to happen in a run."""

    effects: Effects
    sensor_faults: tuple[SensorFault, ...]
    events: tuple[Event, ...]


def schedule(
    scenario: Scenario, site: Layout, points: tuple[str, ...], seconds: float, rng: Generator
) -> Schedule:
    """Everything that is to happen before ``seconds``, drawn by ``rng``. Times in seconds from the start.

    ``points``: ids that sensor faults may name besides equipment.
    """
    rows: list[tuple[int, float, float, float, float]] = []
    sensor_faults: list[SensorFault] = []
    events: list[Event] = []
    shared: dict[str, list[str]] = {}
    onset = draw(rng, scenario.onset_h)
    for number, fault in enumerate(scenario.faults):
        at = (onset + draw(rng, fault.at_h)) * 3600.0
        for _ in range(draw_count(rng, fault.count)):
            for target in _targets(scenario, number, fault, site, points, shared, rng):
                start = at + draw(rng, fault.delay_s)
                end = start + draw(rng, fault.lasts_s) if fault.lasts_s else np.inf
                ramp = draw(rng, fault.ramp_s)
                if fault.kind in SENSOR:
                    value = draw(rng, fault.value) if fault.value else 1.0
                    if start < seconds:
                        sensor_faults.append(SensorFault(fault.kind, target, start, end, value))
                        events.append(Event(fault.kind, target, start, end, physical=False))
                    continue
                table, default, changes = PHYSICAL[fault.kind]
                strength = draw(rng, fault.value) if fault.value else default
                if start >= seconds:
                    continue
                row = site.ids[table].index(target)
                for column, fixed in changes:
                    to = strength if fixed is None else fixed
                    rows.append((cell(site.sizes, table, row, column), start, ramp, end, to))
                events.append(Event(fault.kind, target, start, end, physical=True))
            at += draw(rng, fault.every_h) * 3600.0
    columns = np.array(rows, np.float64).reshape(-1, 5)
    effects = Effects(
        columns[:, 0].astype(np.int64), *(np.ascontiguousarray(columns[:, i]) for i in range(1, 5))
    )
    events.sort(key=lambda event: event.start)
    return Schedule(effects, tuple(sensor_faults), tuple(events))


def _targets(
    scenario: Scenario,
    number: int,
    fault: Fault,
    site: Layout,
    points: tuple[str, ...],
    shared: dict[str, list[str]],
    rng: Generator,
) -> list[str]:
    """What one entry befalls, in order of id."""
    where = f"scenario {scenario.name}"
    key = f"faults.{number}"
    if fault.kind in PHYSICAL:
        candidates = list(site.ids[PHYSICAL[fault.kind][0]])
    elif fault.kind in SENSOR:
        candidates = [i for ids in site.ids.values() for i in ids] + list(points)
    else:
        known = ", ".join([*PHYSICAL, *SENSOR])
        raise ConfigError(where, f"{key}.kind", f"no such kind: {fault.kind}", f"one of {known}")
    found = [i for i in candidates if fnmatchcase(i, fault.target)]
    if not found:
        raise ConfigError(where, f"{key}.target", f"{fault.target} is no equipment of a {fault.kind}")
    if fault.pick is None:
        return found
    if fault.together and "picked" in shared and all(i in found for i in shared["picked"]):
        return shared["picked"]
    wanted = min(draw_count(rng, fault.pick), len(found))
    picked = [found[int(i)] for i in np.sort(rng.choice(len(found), size=wanted, replace=False))]
    if fault.together:
        shared.setdefault("picked", picked)
    return picked
