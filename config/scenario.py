"""Incident scenarios as data: what the simulator is to play.

A range is `[low, high]`, or one number; the seed draws from it.
"""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from config.errors import ConfigError


def _as_range(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return (value, value)
    return value


def _ordered(value: tuple[float, float]) -> tuple[float, float]:
    if value[0] > value[1]:
        raise ValueError("the low end of a range comes first")
    return value


Range = Annotated[tuple[float, float], BeforeValidator(_as_range)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    def model_post_init(self, _context: Any) -> None:
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, tuple) and len(value) == 2 and all(isinstance(v, float) for v in value):
                _ordered(value)


class Layout(_Section):
    """Size and build of the site. Sources of the typical values: docs/simulator.md."""

    halls: Range = (1, 1)
    rows: Range = (3, 6)
    racks_per_row: Range = (8, 14)
    rack_kw: Range = (3.0, 6.0)
    """Mean nominal power of the hall's racks."""
    rack_spread: Range = (0.1, 0.3)
    """Spread of nominal power between racks, as a part of the mean."""
    utilisation: Range = (0.65, 0.85)
    daily_swing: Range = (0.02, 0.08)
    load_noise: Range = (0.005, 0.02)
    unmetered: Range = (0.02, 0.06)
    """Heat that no meter sees, as a part of nominal power."""
    unit_kw: Range = (30.0, 80.0)
    spare_units: Range = (1, 2)
    supply_setpoint: Range = (21.05, 21.4)
    chillers: Range = (2, 3)
    spare_chillers: Range = (1, 1)
    pumps: Range = (1, 2)
    spare_pumps: Range = (1, 1)
    towers: Range = (2, 3)
    water_setpoint: Range = (10.0, 13.0)
    loop_litres_per_kw: Range = (8.0, 20.0)
    chiller_start_s: Range = (150.0, 300.0)
    air_m3_per_rack: Range = (12.0, 22.0)
    surface_m2_per_rack: Range = (12.0, 20.0)
    server_kj_per_k_kw: Range = (20.0, 35.0)
    """Heat capacity of the servers per kW of nominal power."""
    shutdown: Range = (40.0, 42.0)
    """Inlet limit that makes a rack shut down, degC."""
    lockout: Range = (99.0, 99.0)
    services: Range = (3, 6)
    outdoor: Range = (15.0, 22.0)
    outdoor_swing: Range = (2.0, 5.0)
    wet_bulb_depression: Range = (2.0, 5.0)


class Metering(_Section):
    """What is measured: parts of the equipment that carry each kind of sensor."""

    inlet_places: Range = (1, 3)
    outlet: Range = (0.3, 1.0)
    rack_power: Range = (0.4, 1.0)
    pdu_rows: Range = (0.0, 0.5)
    """Part of the rows whose PDU measures the whole row."""
    unit_water: Range = (0.5, 1.0)
    unit_air_flow: Range = (0.0, 0.3)
    unit_power: Range = (0.3, 1.0)
    plant_power: Range = (0.5, 1.0)
    filter_pressure: Range = (0.3, 1.0)
    capacity_told: Range = (0.5, 1.0)
    """Part of the units whose capacity the site file gives."""


class Sampling(_Section):
    """Periods in seconds, clocks and ways of going wrong."""

    rack: Range = (10.0, 60.0)
    rack_power: Range = (10.0, 60.0)
    unit: Range = (5.0, 15.0)
    plant: Range = (1.0, 10.0)
    outside: Range = (30.0, 60.0)
    clock_offset: Range = (0.0, 2.0)
    """Spread of the gateways' clocks round the true time."""
    delay: Range = (0.05, 0.5)
    delay_jitter: Range = (0.05, 0.4)
    lost: Range = (0.0, 0.002)
    """Part of single readings that never arrive."""
    gaps_per_day: Range = (0.0, 0.05)
    """Silences of one sensor, from one to ten minutes."""


class Noise(_Section):
    """Spreads of noise and bias of each sensor, and its quantum."""

    temperature: Range = (0.03, 0.15)
    temperature_bias: Range = (0.1, 0.4)
    temperature_quantum: Range = (0.0, 0.1)
    temperature_lag_s: Range = (5.0, 20.0)
    """Time constant of the sensors in air and water."""
    power: Range = (0.003, 0.01)
    """As a part of the value."""
    power_bias: Range = (0.005, 0.03)
    misplaced: Range = (0.0, 0.08)
    """Part of the inlet sensors that hang in the wrong place."""


class Fault(_Section):
    """One entry of what happens: which kind, to whom, when, how strongly."""

    kind: str
    """A name from `streams.simulator.faults`."""
    target: str = "**"
    """Glob over equipment or point ids; only equipment that the kind can befall is taken."""
    pick: Range | None = None
    """How many of the targets, drawn by the seed; all, unless said."""
    together: bool = False
    """Of several entries with this mark, all befall the same first pick."""
    at_h: Range = (0.0, 0.0)
    """After the scenario's `onset_h`."""
    delay_s: Range = (0.0, 0.0)
    """Added to the time for each target on its own."""
    lasts_s: Range | None = None
    ramp_s: Range = (0.0, 0.0)
    value: Range | None = None
    """Strength, in the kind's own unit; the kind's default unless said."""
    count: Range = (1, 1)
    every_h: Range = (1.0, 1.0)
    """Time between repetitions."""


class Maintenance(_Section):
    """Announced work, as the site file tells of it."""

    match: str
    from_h: float
    """Hours after the scenario's start."""
    to_h: float
    note: str = ""


class Scenario(_Section):
    """An incident scenario: a plant, how it is loaded and read, and what goes wrong when."""

    name: str = ""
    title: str
    kind: Literal["sudden", "contained", "slow", "nuisance"]
    source: str
    hours: float = Field(gt=0)
    start: AwareDatetime
    onset_h: Range = (0.0, 0.0)
    """Hours of healthy running first; drawn once, and every fault's `at_h` counts from there."""
    utc_offset_h: float = 0.0
    fault: str | None = None
    """The detector's word for what is wrong; None when nothing is."""
    root: str | None = None
    """Glob over equipment, or a zone; None takes the first fault's first target."""
    layout: Layout = Layout()
    metering: Metering = Metering()
    sampling: Sampling = Sampling()
    noise: Noise = Noise()
    faults: tuple[Fault, ...] = ()
    maintenance: tuple[Maintenance, ...] = ()


def scenario_names() -> list[str]:
    """The scenarios that are shipped."""
    folder = resources.files("config") / "scenarios"
    return sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml"))


def load_scenario(name: str | Path) -> Scenario:
    """A shipped scenario by its name, or one of your own by the path of its `.toml` file.

    Raises `ConfigError` where there is none such, or a key is wrong.
    """
    if str(name).endswith(".toml"):
        where, path = str(name), Path(name)
        if not path.is_file():
            raise ConfigError(where, "", "no such file")
        text = path.read_text(encoding="utf-8")
        title = path.stem
    else:
        if name not in scenario_names():
            raise ConfigError(str(name), "", "no such scenario", "one of " + ", ".join(scenario_names()))
        where, title = f"scenario {name}", str(name)
        text = (resources.files("config") / "scenarios" / f"{name}.toml").read_text(encoding="utf-8")
    try:
        return Scenario.model_validate({"name": title, **tomllib.loads(text)})
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(where, "", f"not TOML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(where, key, first["msg"]) from error
