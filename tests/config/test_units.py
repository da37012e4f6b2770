from __future__ import annotations

import tomllib
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import units
from config.units import UnknownUnit, conversion


def convert(value: float, from_unit: str, to_unit: str) -> float:
    scale, offset = conversion(from_unit, to_unit)
    return value * scale + offset


@pytest.mark.parametrize(
    ("value", "from_unit", "to_unit", "expected"),
    [
        (212.0, "degF", "degC", 100.0),
        (-40.0, "degF", "degC", -40.0),
        (273.15, "K", "degC", 0.0),
        (18.0, "degF", "delta_degC", 10.0),
        (10.0, "K", "delta_degC", 10.0),
        (1500.0, "W", "kW", 1.5),
        (2.0, "MW", "kW", 2000.0),
        (1.0, "ton", "kW", 3.51685),
        (12_000.0, "BTU/h", "kW", 3.51685),
        (1.0, "psi", "Pa", 6894.757),
        (1.0, "inWC", "Pa", 249.089),
        (2.5, "bar", "Pa", 250_000.0),
        (3.6, "m3/h", "l/s", 1.0),
        (60.0, "l/min", "l/s", 1.0),
        (2.0, "m3/s", "l/s", 2000.0),
        (1.0, "gpm", "l/s", 0.0630902),
        (1000.0, "cfm", "l/s", 471.947),
        (0.42, "fraction", "%", 42.0),
        (12.0, "in", "m", 0.3048),
        (250.0, "ms", "s", 0.25),
        (500.0, "mA", "A", 0.5),
    ],
)
def test_converts(value: float, from_unit: str, to_unit: str, expected: float) -> None:
    assert convert(value, from_unit, to_unit) == pytest.approx(expected, rel=1e-5, abs=1e-9)


@pytest.mark.parametrize(
    ("spelling", "unit"),
    [
        *((s, "degC") for s in ("°C", "℃", "C", "Celsius", "deg_c", "deg C", "degrees Celsius", " degC ")),
        *((s, "degF") for s in ("°F", "F", "fahrenheit", "deg_f", "DEGF")),
        *((s, "K") for s in ("kelvin", "Kelvin")),
        *((s, "kW") for s in ("kw", "KW", "kilowatts")),
        *((s, "ton") for s in ("tons", "RT", "TR", "ton_refrigeration")),
        *((s, "BTU/h") for s in ("BTU/hr", "btuh", "Btu/h")),
        *((s, "inWC") for s in ("in.w.c.", "inH2O", "in_wg", "inches of water")),
        *((s, "m3/h") for s in ("m³/h", "m^3/h", "CMH")),
        *((s, "gpm") for s in ("GPM", "gal/min", "US gpm")),
        *((s, "cfm") for s in ("CFM", "ft3/min", "ft³/min")),
        *((s, "l/s") for s in ("L/s", "lps", "litres/s")),
        *((s, "%") for s in ("percent", "pct", "%RH")),
        *((s, "rpm") for s in ("RPM", "r/min")),
        *((s, "MW") for s in ("MW", "megawatt")),
        ("mW", "mW"),
    ],
)
def test_common_spellings_are_known(spelling: str, unit: str) -> None:
    assert units.spelled(spelling) == unit


def test_where_case_decides_nothing_is_guessed() -> None:
    with pytest.raises(UnknownUnit) as caught:
        units.spelled("mw")
    assert "MW" in caught.value.remedy


def test_unknown_unit_says_what_is_near() -> None:
    with pytest.raises(UnknownUnit, match="'degG'") as caught:
        conversion("degG", "degC")
    assert "deg" in caught.value.remedy


def test_a_unit_of_another_quantity_is_refused_with_those_that_fit() -> None:
    with pytest.raises(UnknownUnit, match="'rpm' cannot become %") as caught:
        conversion("rpm", "%")
    assert "fraction" in caught.value.remedy


def test_only_canonical_units_are_targets() -> None:
    with pytest.raises(UnknownUnit, match="no canonical unit"):
        conversion("degC", "degF")


@pytest.mark.parametrize("unit", units.canonical_units())
def test_canonical_units_and_no_unit_change_nothing(unit: str) -> None:
    assert conversion(unit, unit) == (1.0, 0.0)
    assert conversion("", unit) == (1.0, 0.0)


@given(st.text(max_size=12))
def test_any_text_is_a_known_unit_or_an_unknown_one(text: str) -> None:
    try:
        assert units.spelled(text) == units.spelled(units.spelled(text))
    except UnknownUnit as error:
        assert repr(text) in str(error)


@pytest.mark.parametrize(
    ("spelling", "unit"),
    [
        *((s, "degC") for s in ("degrees-celsius", "degreesCelsius", "unit:DEG_C", "Cel", "ºC", "˚C", "C°")),
        *((s, "degC") for s in ("Grad C", "grados C")),
        *((s, "degF") for s in ("degrees-fahrenheit", "[degF]", "unit:DEG_F", "ºF", "F°")),
        *((s, "delta_degF") for s in ("delta-degrees-fahrenheit", "fahrenheit_degrees", "Δ°F")),
        *((s, "%") for s in ("percent-relative-humidity", "% r.H.", "%rF", "percentOpen", "unit:PERCENT_RH")),
        *((s, "cfm") for s in ("cubic-feet-per-minute", "cubicFeetPerMinute", "cubic_feet_per_minute")),
        *((s, "gpm") for s in ("us-gallons-per-minute", "US gal/min", "[gal_us]/min")),
        *((s, "inWC") for s in ("inches-of-water", '"WC', "in. w.c.", "inH₂O", "[in_i'H2O]", "in/wc")),
        *((s, "BTU/h") for s in ("btus-per-hour", "btusPerHour", "[Btu_IT]/h")),
        *((s, "ton") for s in ("tons-refrigeration", "tonsRefrigeration", "tonref")),
        *((s, "psi") for s in ("pounds-force-per-square-inch", "[psi]")),
        *((s, "kW") for s in ("kilowatts", "unit:KiloW", "kVA")),
        *((s, "l/s") for s in ("liters-per-second", "litersPerSecond", "L/S")),
        ("W", "W"),
        ("VA", "W"),
        ("revolutions-per-minute", "rpm"),
        ("mmWS", "mmH2O"),
        ("0.1 C", "0.1 degC"),
        ("1/10 °C", "0.1 degC"),
        ("x10 W", "10 W"),
    ],
)
def test_spellings_of_bacnet_haystack_ucum_and_practice(spelling: str, unit: str) -> None:
    assert units.spelled(spelling) == unit
    assert units.spelled(unit) == unit


def test_parts_of_a_unit() -> None:
    assert convert(212.0, "0.1 °C", "degC") == pytest.approx(21.2)
    assert convert(700.0, "1/10 degF", "degC") == pytest.approx(21.11, abs=0.01)
    assert convert(55.0, "0.1%", "%") == pytest.approx(5.5)


@pytest.mark.parametrize("unit", ["no-units", "noUnits", "no_units", ""])
def test_no_units_say_nothing(unit: str) -> None:
    assert conversion(unit, "degC") == (1.0, 0.0)


@pytest.mark.parametrize("unit", ["dC", "kWh", "degrees", "mw"])
def test_what_may_be_something_else_is_not_guessed(unit: str) -> None:
    with pytest.raises(UnknownUnit):
        units.spelled(unit)


def test_no_spelling_stands_for_two_units() -> None:
    found: dict[str, str] = {}
    for quantity in tomllib.loads(files("config").joinpath("units.toml").read_text("utf-8")).values():
        for name, entry in quantity.items():
            for spelling in (name, *entry.get("spelled", ())):
                if spelling not in ("mW", "MW"):
                    folded = units._folded(spelling)
                    assert found.setdefault(folded, name) == name, spelling
