"""A plant and its hall fed by hand, and what is told of them when something changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from streams.messages import Incident
from tests.detector.feeding import Row, make_engine, push, second_of

SITE = """
[[zone]]
name = "plant-a"
halls = ["hall-1"]
[[limit]]
match = "*/rack-*/inlet_air_temperature/**"
warning = 27.0
critical = 32.0
shutdown = 40.0
"""
FAULT_AT = 1800.0
PERIOD_S = 5
NOISE_K = 0.03
Values = dict[str, float]
Change = Callable[[Values, float], None]
"""What is wrong, laid over the values of all points; seconds since the fault began."""


def healthy() -> Values:
    values: Values = {"plant-a/loop/chilled_water_flow": 20.0}
    values["plant-a/loop/chilled_water_differential_pressure"] = 100_000.0
    values["plant-a/loop/chilled_water_supply_temperature"] = 11.0
    for n in (1, 2):
        for machine in (f"plant-a/chiller-{n}", f"plant-a/pump-{n}"):
            values |= {f"{machine}/on_off_status": 1.0, f"{machine}/on_off_command": 1.0}
            values[f"{machine}/fault_status"] = 0.0
        values[f"plant-a/pump-{n}/pump_speed"] = 80.0
        values |= {f"plant-a/tower-{n}/on_off_status": 1.0, f"plant-a/tower-{n}/fan_speed": 60.0}
    values["plant-a/condenser-loop/condenser_water_supply_temperature"] = 25.0
    values["plant-a/weather/outdoor_air_temperature"] = 18.0
    for n in (1, 2, 3, 4):
        unit = f"hall-1/crah-{n:02d}"
        values |= {f"{unit}/on_off_status": 1.0, f"{unit}/on_off_command": 1.0, f"{unit}/fault_status": 0.0}
        values |= {f"{unit}/supply_air_temperature": 20.0, f"{unit}/return_air_temperature": 31.0}
        values |= {f"{unit}/fan_speed": 70.0, f"{unit}/fan_speed_command": 70.0}
        values |= {f"{unit}/valve_position": 50.0, f"{unit}/valve_command": 50.0}
    for n in range(1, 7):
        rack = f"hall-1/rack-{n:02d}"
        values |= {f"{rack}/inlet_air_temperature/top": 22.0, f"{rack}/inlet_air_temperature/bottom": 21.5}
        values[f"{rack}/power"] = 5.0
    return values


def without_commands() -> Values:
    return {name: value for name, value in healthy().items() if not name.endswith("command")}


def fed(at: Callable[[float], Values], lasts_s: float, period_s: float = PERIOD_S) -> list[Row]:
    """What sensors with a little noise read of the values ``at`` each second."""
    rng = np.random.default_rng(0)
    rows: list[Row] = []
    for second in np.arange(0.0, lasts_s, period_s):
        values = at(float(second))
        for name in values:
            if "temperature" in name and "setpoint" not in name:
                values[name] += rng.normal(0.0, NOISE_K)
        rows += [(name, second + 0.1, value) for name, value in values.items()]
    return rows


def fired(incidents: list[Incident]) -> list[Incident]:
    """Each incident as it first fired."""
    first: dict[str, Incident] = {}
    for incident in incidents:
        if incident.warned is not None:
            first.setdefault(incident.id, incident)
    return list(first.values())


def told(change: Change, **how: Any) -> list[Incident]:
    """Incidents as they first fired, of a plant that half an hour later has the change laid over it.

    ``how``: as of `versions`.
    """
    first = fired(versions(change, **how))
    assert all(second_of(i.warned or 0) >= FAULT_AT for i in first)
    return first


def versions(
    change: Change,
    lasts_s: float = 600.0,
    metered: bool = True,
    site: str = SITE,
    well: Callable[[], Values] = healthy,
) -> list[Incident]:
    """The same in every version that was fired."""

    def at(second: float) -> Values:
        values = {n: v for n, v in well().items() if metered or not n.endswith("/power")}
        if second >= FAULT_AT:
            change(values, second - FAULT_AT)
        return values

    heard = push(make_engine(site, zone="plant-a"), fed(at, FAULT_AT + lasts_s))
    return [incident for incident in heard.incidents if incident.warned is not None]


def switched(values: Values, machines: str, what: str, value: float) -> None:
    for name in values:
        if machines in name and name.endswith(what):
            values[name] = value


def switched_by(values: Values, machines: str, what: str, by: float) -> None:
    for name in values:
        if machines in name and name.endswith(what):
            values[name] += by


def stop(values: Values, machines: str, alarm: bool = False) -> None:
    switched(values, machines, "on_off_status", 0.0)
    switched(values, machines, "pump_speed", 0.0)
    switched(values, machines, "fan_speed", 0.0)
    switched(values, machines, "fault_status", float(alarm))


def one_sensor_off(values: Values, since: float) -> None:
    values["hall-1/rack-04/inlet_air_temperature/top"] += 6.5


def all_power_lost(values: Values, _: float) -> None:
    stop(values, "")
    values["plant-a/loop/chilled_water_flow"] = 0.0
