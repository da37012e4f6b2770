from __future__ import annotations

import math

import pytest

from config.errors import ConfigError
from config.kinds import Kind, Role, load_kinds, measure_of, parse_kinds
from config.points import parse_point
from config.units import canonical_units

KINDS = load_kinds()
GOOD = 'unit = "degC", range = [0, 1], max_rate = 1, role = "generic"'


@pytest.mark.parametrize(
    ("measure", "role"),
    [
        ("inlet_air_temperature", Role.RACK_INLET),
        ("outlet_air_temperature", Role.RACK_OUTLET),
        ("supply_air_temperature", Role.SUPPLY_AIR),
        ("return_air_temperature", Role.RETURN_AIR),
        ("supply_air_temperature_setpoint", Role.SUPPLY_AIR_SETPOINT),
        ("return_air_temperature_setpoint", Role.RETURN_AIR_SETPOINT),
        ("entering_water_temperature", Role.WATER_SUPPLY),
        ("leaving_water_temperature", Role.WATER_RETURN),
        ("chilled_water_supply_temperature", Role.WATER_SUPPLY),
        ("leaving_chilled_water_temperature", Role.WATER_SUPPLY),
        ("chilled_water_return_temperature", Role.WATER_RETURN),
        ("chilled_water_supply_temperature_setpoint", Role.WATER_SETPOINT),
        ("condenser_water_supply_temperature", Role.CONDENSER_SUPPLY),
        ("condenser_water_return_temperature", Role.CONDENSER_RETURN),
        ("chilled_water_flow", Role.FLOW),
        ("condenser_water_flow", Role.CONDENSER_FLOW),
        ("water_flow", Role.FLOW),
        ("supply_air_flow", Role.AIR_FLOW),
        ("power", Role.POWER),
        ("electric_power", Role.POWER),
        ("current", Role.CURRENT),
        ("voltage", Role.GENERIC),
        ("fan_speed", Role.FAN_SPEED),
        ("fan_speed_rpm", Role.FAN_SPEED),
        ("fan_speed_command", Role.FAN_COMMAND),
        ("valve_position", Role.VALVE),
        ("valve_command", Role.VALVE_COMMAND),
        ("on_off_status", Role.RUN_STATUS),
        ("run_status", Role.RUN_STATUS),
        ("on_off_command", Role.RUN_COMMAND),
        ("run_enable_command", Role.RUN_COMMAND),
        ("fault_status", Role.ALARM),
        ("trip_alarm", Role.ALARM),
        ("leak_detected", Role.LEAK),
        ("chilled_water_differential_pressure", Role.PRESSURE),
        ("filter_differential_pressure", Role.PRESSURE),
        ("supply_air_static_pressure", Role.STATIC_PRESSURE),
        ("outside_air_temperature", Role.OUTDOOR_AIR),
        ("outside_air_wet_bulb_temperature", Role.TEMPERATURE),
        ("relative_humidity", Role.HUMIDITY),
        ("tank_level", Role.LEVEL),
        ("vibration", Role.VIBRATION),
        ("temperature", Role.TEMPERATURE),
        ("value", Role.GENERIC),
    ],
)
def test_the_kinds_that_the_models_ask_for_are_there(measure: str, role: Role) -> None:
    assert KINDS[measure].role is role


def test_every_role_has_a_kind() -> None:
    assert {kind.role for kind in KINDS.values()} == set(Role)


@pytest.mark.parametrize(
    "kind", sorted(set(KINDS.values()), key=lambda kind: kind.name), ids=lambda k: k.name
)
def test_a_kind_is_sound(kind: Kind) -> None:
    assert kind.name == measure_of(kind.brick)
    assert kind.unit in canonical_units()
    assert kind.low < kind.high
    assert kind.max_rate > 0
    steps = kind.brick.endswith(("_Command", "_Setpoint", "_Status", "_Alarm"))
    assert math.isinf(kind.max_rate) or not steps
    for name in (kind.name, *kind.aliases):
        assert KINDS[name] is kind
        assert parse_point(f"hall/equipment/{name}") is not None


def test_speed_and_its_command_stay_two() -> None:
    assert KINDS["fan_speed"] is not KINDS["fan_speed_command"]


def test_loaded_once() -> None:
    assert load_kinds() is load_kinds()


@pytest.mark.parametrize(
    ("text", "key", "hint"),
    [
        (f"A_Sensor = {{ {GOOD}, alias = ['x'] }}", "A_Sensor.alias", "aliases"),
        ("A_Sensor = { unit = 'degC' }", "A_Sensor", "max_rate"),
        (f"A_Sensor = {{ {GOOD.replace('degC', 'degF')} }}", "A_Sensor.unit", "degC"),
        (f"A_Sensor = {{ {GOOD.replace('generic', 'generik')} }}", "A_Sensor.role", "generic"),
        (f"A_Sensor = {{ {GOOD.replace('[0, 1]', '[1, 0]')} }}", "A_Sensor", "empty range"),
        (f"A_Sensor = {{ {GOOD} }}\nB_Sensor = {{ {GOOD}, aliases = ['a'] }}", "B_Sensor", "A_Sensor"),
        ("A_Sensor = ", "", "TOML"),
    ],
)
def test_a_wrong_table_of_kinds_is_explained(text: str, key: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_kinds(text, "kinds.toml")
    assert caught.value.key == key
    assert hint in str(caught.value)
