"""Times as they come: counts of any unit, and texts that begin with the year."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.kinds import load_kinds
from config.sections.messages import MessagesSettings
from config.site import Site
from streams.errors import RejectError, RejectReason
from streams.formats.decoder import Decoder
from streams.formats.times import EARLIEST, LATEST, NANOSECONDS, time_of
from tests.streams.messages import records_of

NS = 1_700_000_000_000_000_000


def decoded(*times: str, **settings: str):
    decoder = Decoder(Site.empty(), load_kinds(), MessagesSettings(**settings))
    records = [f'{{"point": "h/r/power", "time": {time}, "value": 1}}'.encode() for time in times]
    return decoder.decode(records_of(records))


@pytest.mark.parametrize("unit", NANOSECONDS)
def test_the_size_of_a_count_tells_its_unit(unit: str) -> None:
    count = NS // NANOSECONDS[unit]
    assert time_of(count) == time_of(str(count)) == NS
    assert decoded(str(count), f'"{count}"').readings.time.tolist() == [NS, NS]


@given(st.integers(EARLIEST, LATEST - 1), st.sampled_from(sorted(NANOSECONDS)))
def test_no_sane_count_is_taken_for_another_unit(ns: int, unit: str) -> None:
    count = ns // NANOSECONDS[unit]
    if count * NANOSECONDS[unit] >= EARLIEST:
        assert time_of(count) == count * NANOSECONDS[unit]


def test_seconds_beside_milliseconds_keep_their_order() -> None:
    found = decoded("1700000000", "1700000000000", "1700000000.25", '"1700000000.25"')
    assert found.readings.time.tolist() == [NS, NS, NS + 250_000_000, NS + 250_000_000]
    assert found.record.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "text",
    [
        "2023-11-14T22:13:20Z",
        "2023-11-14 22:13:20Z",
        "2023-11-14 22:13:20 Z",
        "2023-11-14T22:13:20.000000000123Z",
        "2023-11-14T22:13:20,000Z",
        "2023-11-14T23:13:20+0100",
        "2023-11-14T23:13:20+01",
        "2023-11-14 23:13:20 +01:00",
        "2023-11-14T23:13:20+01:00[Europe/Paris]",
        "2023-11-14 22:13:20 UTC",
        "2023/11/14 22:13:20Z",
        "20231114T221320Z",
        "  2023-11-14T22:13:20Z ",
    ],
)
def test_spellings_of_one_moment(text: str) -> None:
    assert time_of(text) == NS


def test_a_text_without_a_zone_is_in_the_zone_that_is_set() -> None:
    text = "2023-11-14T23:13:20.5"
    assert time_of(text, zone=ZoneInfo("Europe/Berlin")) == NS + 500_000_000
    assert decoded(f'"{text}"', time_zone="Europe/Berlin").readings.time.tolist() == [NS + 500_000_000]
    (reject,) = decoded(f'"{text}"').rejects
    assert reject.reason == RejectReason.WRONG_TYPE
    assert repr(text) in reject.detail
    assert "set [messages] time_zone" in reject.detail


def test_a_unit_that_is_set_and_does_not_fit_is_named_with_the_one_that_does() -> None:
    with pytest.raises(RejectError) as error:
        time_of(1_700_000_000_000, "s")
    assert "1700000000000 looks like milliseconds" in error.value.detail
    assert error.value.remedy == 'set [messages] time_unit = "ms"'


@pytest.mark.parametrize("time", ["0", "-5", "5", "99999999999999999999999", '"1"'])
def test_an_absurd_count_is_refused(time: str) -> None:
    assert [reject.reason for reject in decoded(time).rejects] == [RejectReason.ABSURD_TIME]


@pytest.mark.parametrize("text", ["noon", "14/11/2023 22:13", "2023-13-01T00:00:00Z", "2023-11-14T25:00:00Z"])
def test_what_is_no_time_is_refused_and_named(text: str) -> None:
    with pytest.raises(RejectError) as error:
        time_of(text)
    assert (error.value.reason, text[:10] in error.value.detail) == (RejectReason.WRONG_TYPE, True)


@given(st.one_of(st.text(max_size=30), st.floats(), st.integers(), st.booleans(), st.none()))
def test_anything_is_a_time_or_refused(time: object) -> None:
    try:
        assert -(2**63) < time_of(time) < 2**63
    except RejectError as error:
        assert error.detail


def test_other_spellings_of_the_keys_the_measure_and_a_byte_order_mark() -> None:
    decoder = Decoder(Site.empty(), load_kinds(), MessagesSettings())
    found = decoder.decode(
        records_of(
            [
                b'\xef\xbb\xbf{"point": "hall-1/crac-01/power", "time": 1700000000000, "value": 1}',
                b'{"Point": "hall-1/crac-01/power", "Time": 1700000000000, "Value": 1}',
                b'{"point": "Hall-1/CRAC-01/Supply_Air_Temperature", "time": 1700000000000, "value": 1}',
                b'{"point": "Hall 1/CRAC 01/Supply Air Temperature", "time": 1700000000000, "value": 1}',
                b'{"point": "hall-1/crac-01/SupplyAirTemperature", "time": 1700000000000, "value": 1}',
            ]
        )
    )
    assert not found.rejects
    assert [decoder.directory.ids[point] for point in found.readings.point] == [
        "hall-1/crac-01/power",
        "hall-1/crac-01/power",
        "Hall-1/CRAC-01/supply_air_temperature",
        "Hall 1/CRAC 01/supply_air_temperature",
        "hall-1/crac-01/supply_air_temperature",
    ]
