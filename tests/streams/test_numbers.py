"""Values as they come: numbers, texts that spell them, words for states, and words for no value."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.kinds import load_kinds
from config.sections.messages import MessagesSettings
from config.site import Site
from streams.errors import RejectError, RejectReason
from streams.formats.decoder import Decoder
from streams.formats.numbers import NumberReader
from streams.formats.rows import Rows
from tests.streams.messages import records_of

RACK = "hall-1/rack-01/inlet_air_temperature"


def decode(value: str, point: str = RACK, site: str = "", unit: str = "", **settings: str):
    decoder = Decoder(Site.loads(site), load_kinds(), MessagesSettings(**settings))
    said = f', "unit": "{unit}"' if unit else ""
    record = f'{{"point": "{point}", "time": 1700000000000, "value": {value}{said}}}'
    return decoder.decode(records_of([record.encode()]))


def value_of(value: str, point: str = RACK, site: str = "", unit: str = "", **settings: str) -> float:
    decoded = decode(value, point, site, unit, **settings)
    assert not decoded.rejects
    assert len(decoded.readings) == 1
    return float(decoded.readings.value[0])


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("18.4", 18.4),
        (" 18.4 ", 18.4),
        ("+18.4", 18.4),
        ("\u22125", -5),
        ("1.84e1", 18.4),
        (".5", 0.5),
        ("5.", 5),
        ("1,234.5", 1234.5),
        ("1,234,567.25", 1234567.25),
        ("1'234.5", 1234.5),
    ],
)
def test_text_that_spells_a_number(text: str, number: float) -> None:
    assert NumberReader().read("p", "", text) == (number, "")


@pytest.mark.parametrize(
    ("text", "number"),
    [("18,4", 18.4), ("-0,5", -0.5), ("1.234,5", 1234.5), ("1.234", 1234), ("18.4", 18.4), ("7", 7)],
)
def test_a_decimal_comma_where_it_is_set(text: str, number: float) -> None:
    assert NumberReader(decimal=",").read("p", "", text) == (number, "")


def test_a_comma_in_doubt_is_refused_with_the_setting_that_decides_it() -> None:
    for text in ("18,4", "1,234"):
        with pytest.raises(RejectError) as error:
            NumberReader().read("p", "", text)
        assert repr(text) in error.value.detail
        assert error.value.remedy == 'set [messages] decimal = ","'


@pytest.mark.parametrize("text", ["0x10", "1_000", "\u0663", "1.2.3", "12 o'clock", "1 2"])
def test_what_spells_no_number_for_certain_is_refused(text: str) -> None:
    with pytest.raises(RejectError) as error:
        NumberReader().read("p", "", text)
    assert error.value.reason == RejectReason.WRONG_TYPE
    assert repr(text) in error.value.detail


def test_a_unit_behind_the_number_counts() -> None:
    assert value_of('"68 °F"') == pytest.approx(20)
    assert value_of('"20.5°C"', unit="degF") == 20.5
    assert value_of('"1500 W"', "hall-1/rack-01/power") == 1.5
    assert value_of('"55%"', "hall-1/crac-01/fan_speed") == 55


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "---",
        "NaN",
        "nan",
        "null",
        "No Data",
        "no_data",
        "NO-DATA",
        "#N/A",
        "Comm Fail",
        "N/A",
        "Bad",
    ],
)
def test_a_word_for_no_value_is_a_reading_without_one_and_no_fault(text: str) -> None:
    decoded = decode(f'"{text}"')
    assert not decoded.rejects
    assert (decoded.counts.decoded, decoded.counts.readings, decoded.counts.absent) == (1, 1, 1)
    assert decoded.counts.balanced()


@pytest.mark.parametrize("value", ["null", "NaN"])
def test_nothing_and_no_number_are_readings_without_a_value(value: str) -> None:
    assert decode(value).counts.absent == 1


@pytest.mark.parametrize(
    ("measure", "word", "number"),
    [
        ("run_status", "ON", 1),
        ("run_status", "Off", 0),
        ("run_status", "Läuft", 1),
        ("run_status", "STEHT", 0),
        ("run_status", "Not Running", 0),
        ("run_status", "Marche", 1),
        ("run_status", "à l'arrêt", 0),
        ("run_status", "运行", 1),
        ("run_command", "Start", 1),
        ("alarm", "Normal", 0),
        ("alarm", "Alarm", 1),
        ("alarm", "Störung", 1),
        ("leak", "dry", 0),
        ("change_filter_alarm", "dirty", 1),
        ("valve_position", "Open", 100),
        ("valve_command", "zu", 0),
        ("occupancy", "Occupied", 1),
    ],
)
def test_words_for_states(measure: str, word: str, number: float) -> None:
    assert value_of(f'"{word}"', f"hall-1/crac-01/{measure}") == number


def test_a_word_where_a_number_belongs_is_refused_and_named() -> None:
    for text in ("On", "Normal", "Auto"):
        (reject,) = decode(f'"{text}"').rejects
        assert reject.reason == RejectReason.WRONG_TYPE
        assert repr(text) in reject.detail
        assert "states" in reject.detail


def test_the_site_file_says_what_words_and_numbers_mean() -> None:
    site = """
[[point]]
match = "mode/*"
id = "hall-1/crac-01/run_status"
states = { "2" = 1, "Kühlen" = 1, "*" = 0 }
[[point]]
match = "strict"
id = "hall-1/crac-02/run_status"
states = { "2" = 1, "1" = 0 }
"""
    assert value_of("2", "mode/a", site) == 1
    assert value_of("2.0", "mode/a", site) == 1
    assert value_of('"2"', "mode/a", site) == 1
    assert value_of("7", "mode/a", site) == 0
    assert value_of('"KÜHLEN"', "mode/a", site) == 1
    assert value_of('"Defrost"', "mode/a", site) == 0
    assert value_of('"On"', "strict", site) == 1
    (reject,) = decode("7", "strict", site).rejects
    assert reject.reason == RejectReason.UNKNOWN_STATE
    assert 'states = { "7" = ... }' in reject.detail


def test_scale_offset_and_the_turn_of_the_site_file() -> None:
    site = """
[[point]]
match = "t"
id = "hall-1/rack-01/inlet_air_temperature"
scale = 0.1
offset = -5
unit = "degF"
[[point]]
match = "nc"
id = "hall-1/crac-01/alarm"
invert = true
[[point]]
match = "closing"
id = "hall-1/crac-01/valve_position"
invert = true
[[point]]
match = "rpm"
id = "hall-1/crac-01/fan_speed"
scale = 0.05
unit = "%"
"""
    assert value_of("730", "t", site) == pytest.approx(20)
    assert value_of("730", "t", site, unit="degC") == pytest.approx(20), "the site knows the scaled unit"
    assert value_of("1", "nc", site) == 0
    assert value_of("false", "nc", site) == 1
    assert value_of('"Normal"', "nc", site) == 1
    assert value_of("30", "closing", site) == 70
    assert value_of("0.3", "closing", site, unit="fraction") == pytest.approx(70)
    assert value_of("1000", "rpm", site, unit="RPM") == 50


@given(st.one_of(st.text(max_size=20), st.floats(), st.integers(), st.booleans(), st.none()))
def test_any_value_is_a_number_or_none_or_refused(value: object) -> None:
    try:
        number, unit = NumberReader().read(RACK, "degC", value)
    except RejectError as error:
        assert error.detail
    else:
        assert isinstance(number, float)
        assert unit


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_text_of_a_number_is_that_number(value: float) -> None:
    assert NumberReader().read("p", "", repr(value)).value == value
    assert math.isnan(NumberReader().read("p", "", "nan").value)


def test_cells_of_a_table_are_read_alike_and_name_the_settings_of_tables() -> None:
    decoder = Decoder(Site.empty(), load_kinds(), MessagesSettings())
    cells = {0: "18.4 °C", 1: "No Data", 2: "18,4", 3: "On"}
    ids = [RACK, "hall-1/crac-01/run_status"]
    point = np.array([0, 0, 0, 1], np.int32)
    time = np.full(4, 1_700_000_000_000_000_000)
    found = decoder.decode_table(Rows(ids, point, time, np.full(4, np.nan), text=cells))
    assert found.readings.value.tolist() == [18.4, 1]
    assert (found.counts.absent, found.counts.balanced()) == (1, True)
    (reject,) = found.rejects
    assert "'18,4'" in reject.detail
    assert 'set [log] decimal = ","' in reject.detail
