"""The decoder: routes, units, rejects and books that balance."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.kinds import load_kinds
from config.sections.messages import MessagesSettings
from config.site import Site
from streams.errors import RejectReason
from streams.formats.decoded import PAYLOAD_LENGTH, Decoded
from streams.formats.decoder import Decoder
from streams.formats.readers import READERS
from streams.formats.rows import Rows
from streams.messages import Counts
from streams.records import Records
from tests.streams.messages import messages, nearly_messages, records_of

SITE = """
[[point]]
match = "AHU_SA_TEMP"
id = "hall-2/crah-01/supply_air_temperature"
unit = "degF"
[[point]]
match = "label"
ignore = true
"""
TIME = 1_700_000_000_000


def decoder(site: str = SITE, max_points: int = 1000, format: str = "auto") -> Decoder:
    return Decoder(Site.loads(site), load_kinds(), MessagesSettings(format=format), max_points)


def message(point: object = "h/r/inlet_air_temperature", value: object = 20, **more: object) -> bytes:
    return json.dumps({"point": point, "time": TIME, "value": value} | more).encode()


def readings(made: Decoder, decoded: Decoded) -> list[tuple[str, int, float]]:
    rows = zip(*(column.tolist() for column in (*_columns(decoded),)), strict=True)
    return [(made.directory.ids[point], time, value) for point, time, value in rows]


def _columns(decoded: Decoded) -> tuple[np.ndarray, ...]:
    return decoded.readings.point, decoded.readings.time, decoded.readings.value


def check_books(decoded: Decoded, records: Records) -> None:
    counts = decoded.counts
    assert counts.balanced()
    assert counts.records == len(records)
    assert counts.rejected <= len(decoded.rejects)
    assert counts.rejected_records <= len(decoded.rejects)
    assert len({reject.offset for reject in decoded.rejects}) >= counts.rejected_records
    assert len(decoded.record) == len(decoded.readings)
    assert np.isfinite(decoded.readings.value).all()
    assert (decoded.readings.point >= 0).all()
    for reject in decoded.rejects:
        assert reject.reason in list(RejectReason)
        assert len(reject.payload) <= PAYLOAD_LENGTH


RECORDS = st.lists(
    st.one_of(
        messages(),
        nearly_messages(),
        st.binary(max_size=50),
        st.none(),
        st.sampled_from(
            [
                b"",
                b"  ",
                b"weather,hall=h,equipment=e power=3i,x=2 1700000000000000000\nbroken",
                b'{"name":"cpu","tags":{"hall":"h"},"fields":{"a":1},"timestamp":1700000000}',
                b'{"metrics":[{"name":"m","tags":{"point":"h/r/power"},"fields":{"value":1},"timestamp":17e8}]}',
                message(),
                message("AHU_SA_TEMP"),
                message("label"),
            ]
        ),
    ),
    max_size=12,
)


@settings(max_examples=200)
@given(RECORDS, st.sampled_from(sorted(READERS)))
def test_hostile_input_never_raises_and_the_books_balance(values: list[bytes | None], format: str) -> None:
    records = records_of(values)
    check_books(decoder(format=format).decode(records), records)


@settings(max_examples=50)
@given(st.lists(st.binary(max_size=200), max_size=5), st.sampled_from([b"", b"{", b"[{", b"a,b=c "]))
def test_binary_rubbish_never_raises(values: list[bytes], head: bytes) -> None:
    records = records_of([head + value for value in values])
    check_books(decoder().decode(records), records)


@settings(max_examples=60)
@given(RECORDS, st.lists(st.integers(0, 12), max_size=3))
def test_cutting_the_records_into_batches_changes_nothing(
    values: list[bytes | None], cuts: list[int]
) -> None:
    whole, parts = decoder(max_points=3), decoder(max_points=3)
    expected = whole.decode(records_of(values))
    edges = [0, *sorted(min(cut, len(values)) for cut in cuts), len(values)]
    found = [parts.decode(records_of(values[a:b], first=a)) for a, b in pairwise(edges)]
    assert parts.directory.ids == whole.directory.ids
    assert [row for one in found for row in readings(parts, one)] == readings(whole, expected)
    assert [reject for one in found for reject in one.rejects] == expected.rejects
    counts = Counts()
    for one in found:
        counts.add(one.counts)
    assert counts == expected.counts


def test_units_names_and_kinds() -> None:
    made = decoder()
    decoded = made.decode(
        records_of(
            [
                message(value=20),
                message(value=68, unit="degF"),
                message("AHU_SA_TEMP", 50),
                message("AHU_SA_TEMP", 10, unit="degC"),
                message("plant-a/chiller-1/power", 1500, unit="W"),
                message("h/r/on_off_status", True),
            ]
        )
    )
    assert [(name, pytest.approx(value)) for name, _, value in readings(made, decoded)] == [
        ("h/r/inlet_air_temperature", 20),
        ("h/r/inlet_air_temperature", 20),
        ("hall-2/crah-01/supply_air_temperature", 10),
        ("hall-2/crah-01/supply_air_temperature", 10),
        ("plant-a/chiller-1/power", 1.5),
        ("h/r/on_off_status", 1),
    ]
    assert decoded.counts == Counts(records=6, decoded=6)


def test_an_id_with_its_measure_further_in_is_a_foreign_name_and_one_of_no_kind_is_none() -> None:
    deep = "site-a/building-2/hall-1/crac-01/supply_air_temperature"
    decoded = decoder().decode(records_of([message(deep), message("h/r/colour/supply"), message("foreign")]))
    assert dict(decoded.unclaimed) == {deep: 1, "foreign": 1}


def test_what_nothing_wants_is_counted_and_not_rejected() -> None:
    decoded = decoder().decode(
        records_of([message("label", "normal"), message("foreign name"), message("h/r/colour", 1)])
    )
    assert not decoded.rejects
    assert decoded.counts == Counts(records=3, decoded=3, readings=3, ignored=3)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (b"", RejectReason.EMPTY),
        (b"[]", RejectReason.EMPTY),
        (b'{"metrics": []}', RejectReason.EMPTY),
        (b"# only a comment", RejectReason.EMPTY),
        (b"{broken", RejectReason.BROKEN_JSON),
        (b"\x00\xff\xfe\x80", RejectReason.NOT_TEXT),
        (b"hello", RejectReason.BROKEN_LINE),
        (message(value=float("-inf")), RejectReason.NOT_FINITE),
        (message(value=1.7e308, unit="MW", point="h/r/power"), RejectReason.NOT_FINITE),
        (message(value="hot"), RejectReason.WRONG_TYPE),
        (message(unit="furlong"), RejectReason.UNKNOWN_UNIT),
        (message(unit="kW"), RejectReason.UNKNOWN_UNIT),
        (message(time=0), RejectReason.ABSURD_TIME),
        (message(time=-5), RejectReason.ABSURD_TIME),
        (message(time=10**30), RejectReason.ABSURD_TIME),
        (message(time="2099-12-31T23:59:60.5Z"), RejectReason.ABSURD_TIME),
        (message(time="3000-01-01T00:00:00Z"), RejectReason.ABSURD_TIME),
        (message("h/r/" + "x" * 197), RejectReason.POINT_TOO_LONG),
        (message(""), RejectReason.BAD_POINT),
        (message("h//inlet_air_temperature"), RejectReason.BAD_POINT),
        (message("h/r\u0007/inlet_air_temperature"), RejectReason.BAD_POINT),
    ],
)
def test_each_kind_of_bad_record_has_its_reason_and_its_neighbours_stand(
    record: bytes | None, reason: RejectReason
) -> None:
    made = decoder()
    records = records_of([message(), record, message()], first=40)
    decoded = made.decode(records)
    assert [(reject.offset, reject.reason) for reject in decoded.rejects] == [(41, reason)]
    assert decoded.rejects[0].payload == (record or b"")
    assert (decoded.rejects[0].topic, decoded.rejects[0].partition) == ("telemetry", 3)
    assert len(decoded.readings) == 2
    assert decoded.record.tolist() == [0, 2]
    assert (decoded.counts.decoded, decoded.counts.rejected_records) == (2, 1)
    assert decoded.counts.balanced()


def test_a_tombstone_is_counted_and_not_rejected() -> None:
    decoded = decoder().decode(records_of([message(), None]))
    assert not decoded.rejects
    assert decoded.counts == Counts(records=2, decoded=2, readings=1, ignored=1)


def test_bad_readings_in_a_good_record_are_rejects_of_their_own() -> None:
    items = [message(), message(value="hot"), message(unit="furlong"), message("label"), message(time=1)]
    decoded = decoder().decode(records_of([b"[" + b",".join(items) + b"]"]))
    assert sorted(reject.reason for reject in decoded.rejects) == [
        "absurd_time",
        "unknown_unit",
        "wrong_type",
    ]
    assert [bool(reject.payload) for reject in decoded.rejects] == [True, False, False]
    assert len(decoded.readings) == 1
    assert decoded.counts == Counts(records=1, decoded=1, readings=4, rejected=3, ignored=1)


def test_names_are_bounded_and_what_is_forgotten_is_learned_again() -> None:
    made = decoder(max_points=2)
    for i in range(40):
        rack = f"h/rack-{i}/power"
        decoded = made.decode(records_of([message("h/rack-0/power"), message(rack)]))
        assert [row[0] for row in readings(made, decoded)] == ["h/rack-0/power", rack]
        made.directory.keep_room()
        assert len(made.directory.ids) <= 7
    assert made.directory.generation > 5


def test_a_table_is_decoded_as_the_same_messages_are() -> None:
    ids = ["AHU_SA_TEMP", "label", "h/r/power", "h/r/power", "h/x/inlet_air_temperature", "unused/r/power"]
    units = ["", "", "W", "furlong", "", ""]
    point = np.array([4, 0, 1, 2, 3, 4, 4, 4], np.int32)
    value = np.array([21.5, 50, 1, 1500, 1, np.nan, 20, np.inf])
    time = np.full(8, TIME * 1_000_000)
    time[6] = 5
    by_table, by_messages = decoder(), decoder()
    rows = Rows(ids, point, time, value, units, {5: "warm"}, topic="log", offset=np.arange(10, 18))
    table = by_table.decode_table(rows)
    values = [
        json.dumps({"point": ids[p], "unit": units[p], "time": int(t) // 1_000_000, "value": v}).encode()
        for p, t, v in zip(point, time, [21.5, 50, 1, 1500, 1, "warm", 20, float("inf")], strict=True)
    ]
    parsed = by_messages.decode(records_of(values))
    assert by_table.directory.ids == by_messages.directory.ids
    assert readings(by_table, table) == readings(by_messages, parsed)
    assert [reject.reason for reject in table.rejects] == [reject.reason for reject in parsed.rejects]
    assert [(reject.topic, reject.offset) for reject in table.rejects] == [
        ("log", 14),
        ("log", 15),
        ("log", 16),
        ("log", 17),
    ]
    assert table.record.tolist() == parsed.record.tolist()
    assert table.counts == parsed.counts


def test_a_buffer_that_cannot_be_written_to_is_fine() -> None:
    records = records_of([message()])
    records.buffer.flags.writeable = False
    assert len(decoder().decode(records).readings) == 1
