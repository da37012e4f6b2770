"""Kinds: what a point measures, read from ``kinds.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from config.errors import ConfigError
from config.suggest import suggestion
from config.units import canonical_units

WHERE = "config/kinds.toml"
_KEYS = frozenset({"unit", "range", "max_rate", "role", "aliases"})


class Role(StrEnum):
    """What the models use a point for; many kinds may share one."""

    RACK_INLET = "rack_inlet"
    RACK_OUTLET = "rack_outlet"
    SUPPLY_AIR = "supply_air"
    RETURN_AIR = "return_air"
    SUPPLY_AIR_SETPOINT = "supply_air_setpoint"
    RETURN_AIR_SETPOINT = "return_air_setpoint"
    WATER_SUPPLY = "water_supply"
    """Cold water: into a cooling unit's coil, out of a chiller."""
    WATER_RETURN = "water_return"
    """Warmed water: out of a cooling unit's coil, into a chiller."""
    WATER_SETPOINT = "water_setpoint"
    CONDENSER_SUPPLY = "condenser_supply"
    """From the cooling tower to the chiller."""
    CONDENSER_RETURN = "condenser_return"
    FLOW = "flow"
    """Of chilled water."""
    CONDENSER_FLOW = "condenser_flow"
    AIR_FLOW = "air_flow"
    POWER = "power"
    CURRENT = "current"
    FAN_SPEED = "fan_speed"
    """Of a fan or a pump."""
    FAN_COMMAND = "fan_command"
    """Speed that a fan or a pump is told to run at."""
    VALVE = "valve"
    VALVE_COMMAND = "valve_command"
    RUN_STATUS = "run_status"
    RUN_COMMAND = "run_command"
    ALARM = "alarm"
    LEAK = "leak"
    PRESSURE = "pressure"
    """A difference of pressures."""
    STATIC_PRESSURE = "static_pressure"
    OUTDOOR_AIR = "outdoor_air"
    """Dry-bulb temperature."""
    HUMIDITY = "humidity"
    LEVEL = "level"
    VIBRATION = "vibration"
    TEMPERATURE = "temperature"
    """Any other temperature."""
    GENERIC = "generic"
    """Scored like any point, but no model of cooling reads it."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of point. ``low`` and ``high`` bound what is plausible, in ``unit``."""

    name: str
    brick: str
    unit: str
    low: float
    high: float
    max_rate: float
    """The fastest plausible change, in ``unit`` per second; inf for what steps."""
    role: Role
    aliases: tuple[str, ...] = ()


@cache
def load_kinds() -> dict[str, Kind]:
    """All kinds by measure; an alias leads to the same Kind as its own name."""
    text = files("config").joinpath("kinds.toml").read_text(encoding="utf-8")
    return parse_kinds(text, WHERE)


def parse_kinds(text: str, where: str) -> dict[str, Kind]:
    """The kinds of a TOML text. Raises ConfigError."""
    try:
        entries = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(where, "", f"not TOML: {error}") from error
    kinds: dict[str, Kind] = {}
    for brick, entry in entries.items():
        kind = _kind(brick, entry, where)
        for name in (kind.name, *kind.aliases):
            if name in kinds:
                raise ConfigError(
                    where, brick, f"{name} is already {kinds[name].brick}", "drop one of the two"
                )
            kinds[name] = kind
    return kinds


def measure_of(brick: str) -> str:
    """The measure of a Brick class: snake case with only ``_Sensor`` dropped."""
    return brick.removesuffix("_Sensor").lower()


def _kind(brick: str, entry: dict[str, Any], where: str) -> Kind:
    missing = _KEYS - {"aliases"} - entry.keys()
    if missing:
        raise ConfigError(where, brick, f"lacks {', '.join(sorted(missing))}")
    for key in entry.keys() - _KEYS:
        raise ConfigError(where, f"{brick}.{key}", "unknown key", suggestion(key, _KEYS))
    if entry["unit"] not in canonical_units():
        raise ConfigError(
            where, f"{brick}.unit", "not canonical", suggestion(entry["unit"], canonical_units())
        )
    if entry["role"] not in list(Role):
        raise ConfigError(where, f"{brick}.role", "unknown role", suggestion(entry["role"], list(Role)))
    low, high = (float(bound) for bound in entry["range"])
    if not low < high or not entry["max_rate"] > 0:
        raise ConfigError(where, brick, "an empty range, or a rate that allows no change")
    return Kind(
        name=measure_of(brick),
        brick=brick,
        unit=entry["unit"],
        low=low,
        high=high,
        max_rate=float(entry["max_rate"]),
        role=Role(entry["role"]),
        aliases=tuple(entry.get("aliases", ())),
    )
