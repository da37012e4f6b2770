"""JSON of other shapes: any document is read or refused, never fatal, and the books add up."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from config.kinds import load_kinds
from config.sections.messages import MessagesSettings
from config.settings import Settings
from config.shape import Shape
from config.site import Site
from streams.formats.collector import Collector
from streams.formats.decoder import Decoder
from streams.formats.mapping import mapping_of
from streams.formats.readers import reader_for
from streams.messages import Counts
from tests.streams.messages import records_of
from tests.streams.test_decoder import check_books, readings

GOLDEN = Path(__file__).parent / "golden"
OWN = Settings.load(GOLDEN / "shapes" / "coolwatch.toml").messages
KEYS = st.sampled_from(
    [
        "gw", "samples", "tag", "val", "ts", "uom", "device", "data", "rows", "at", "machines", "specversion",
        "name", "labels", "timestamp", "value", "resourceMetrics", "scopeMetrics", "metrics", "gauge", "sum",
        "dataPoints", "attributes", "resource", "asDouble", "timeUnixNano", "flags", "key", "stringValue",
        "sensorId", "time", "point", "fields", "tags", "readings", "event", "origin", "payload", "schema",
        "host", "clock", "ns", "topic", "unit", "0", "1", "2", "",
    ]
)  # fmt: skip
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=5),
    st.sampled_from([1_700_000_000, "1700000000000", "2023-11-14T22:13:20Z", "h/crah-01/fan_speed", 18.4]),
)  # fmt: skip
DOCUMENTS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=5)),
    max_leaves=25,
)


@st.composite
def damaged_goldens(draw: st.DrawFn) -> object:
    """A document that is nearly right: a golden one with one thing in it put in place of another."""
    lines = [line for folder in GOLDEN.iterdir() for line in (folder / "input").read_bytes().split(b"\n")]
    whole = draw(st.sampled_from(sorted(line for line in lines if line.startswith((b"{", b"[")))))
    try:
        document = json.loads(whole)
    except ValueError:
        return None
    at = document
    for _ in range(draw(st.integers(0, 8))):
        if not isinstance(at, dict | list) or not at:
            break
        key = draw(st.sampled_from(sorted(at) if isinstance(at, dict) else range(len(at))))
        if draw(st.integers(0, 3)) == 0 or not isinstance(at[key], dict | list):
            at[key] = draw(DOCUMENTS)
            break
        at = at[key]
    return document


RECORDS = st.lists(st.one_of(DOCUMENTS, damaged_goldens()), max_size=6).map(
    lambda documents: [json.dumps(document).encode() for document in documents]
)


@settings(max_examples=100)
@given(RECORDS, st.lists(st.integers(0, 6), max_size=2))
def test_any_json_is_read_or_refused_however_it_is_cut_into_batches(
    values: list[bytes], cuts: list[int]
) -> None:
    whole, parts = (Decoder(Site.empty(), load_kinds(), OWN) for _ in range(2))
    records = records_of(values)
    expected = whole.decode(records)
    check_books(expected, records)
    assert not [reject for reject in expected.rejects if reject.reason == "unforeseen"]
    edges = [0, *sorted(min(cut, len(values)) for cut in cuts), len(values)]
    found = [parts.decode(records_of(values[a:b], first=a)) for a, b in pairwise(edges)]
    assert [row for one in found for row in readings(parts, one)] == readings(whole, expected)
    assert [reject for one in found for reject in one.rejects] == expected.rejects
    counts = Counts()
    for one in found:
        counts.add(one.counts)
    assert counts == expected.counts


TIMES = [1_700_000_000, 1_700_000_000_000, "1700000000", "2023-11-14T22:13:20.5Z", "soon", None, 1.7e9, []]
VALUES = [18.4, 5, True, "18.4", "18,4", "On", None, float("nan"), 2**60, "", {}]
NAMES = ["h/crah-1/fan_speed", "AHU", "h/crah-1/power", 7, None, "\ud800"]
LABELS = [{"point": "h/c/power"}, {"a": "b"}, {"a": [1]}, 5]
FLAT = st.builds(
    lambda name, more: {**name, **more},
    st.one_of(
        st.fixed_dictionaries({"tag": st.sampled_from(NAMES)}),
        st.fixed_dictionaries({"name": st.just("m"), "labels": st.sampled_from(LABELS)}),
    ),
    st.fixed_dictionaries(
        {"timestamp": st.sampled_from(TIMES), "value": st.sampled_from(VALUES)},
        optional={
            "quality": st.sampled_from(["GOOD", "BAD", 0, 192, None, []]),
            "unit": st.sampled_from(["W", "kW", "x", 5]),
        },
    ),
)


def at_once_and_one_by_one(values: list[bytes], messages: MessagesSettings) -> None:
    records = records_of(values)
    at_once, one_by_one = (Decoder(Site.empty(), load_kinds(), messages) for _ in range(2))
    one_by_one._bulk = None
    found, expected = at_once.decode(records), one_by_one.decode(records)
    assert readings(at_once, found) == readings(one_by_one, expected)
    assert found.record.tolist() == expected.record.tolist()
    assert (found.rejects, found.counts, found.unclaimed, found.shapes) == (
        expected.rejects,
        expected.counts,
        expected.unclaimed,
        expected.shapes,
    )
    assert at_once.directory.ids == one_by_one.directory.ids


@settings(max_examples=100)
@given(st.lists(st.one_of(FLAT, FLAT.map(lambda inner: {"schema": None, "payload": inner})), max_size=12))
def test_many_records_at_once_come_to_what_they_do_one_by_one(documents: list[object]) -> None:
    at_once_and_one_by_one([json.dumps(document).encode() for document in documents], MessagesSettings())


@settings(max_examples=100)
@given(st.lists(st.one_of(DOCUMENTS, damaged_goldens()), max_size=4), st.integers(1, 20))
def test_nested_records_at_once_come_to_what_they_do_one_by_one(documents: list[object], often: int) -> None:
    at_once_and_one_by_one([json.dumps(document).encode() for document in documents * often], OWN)


def test_records_with_unlike_keys_in_one_document_keep_their_order() -> None:
    metrics = [
        {"name": f"hall-1/crah-01/{measure}", "timestamp": 1_700_000_000_000, key: value}
        for measure, key, value in [
            ("power", "floatValue", 5.0),
            ("fan_speed", "value", 40.0),
            ("power", "value", 6.0),
            ("fan_speed", "floatValue", 50.0),
        ]
    ]
    values = [json.dumps({"timestamp": 1, "metrics": metrics, "seq": i}).encode() for i in range(100)]
    at_once_and_one_by_one(values, MessagesSettings())
    decoder = Decoder(Site.empty(), load_kinds(), MessagesSettings())
    found = decoder.decode(records_of(values))
    assert found.readings.value[:4].tolist() == [5.0, 40.0, 6.0, 50.0]
    assert found.shapes == {"sparkplug": 100}


def taken_for(value: bytes, messages: MessagesSettings | None = None) -> str:
    found = Collector(unwanted=lambda name: False)
    reader_for(messages or MessagesSettings())(value, -1, found)
    return found.shape


def test_what_a_record_is_taken_for_is_told() -> None:
    assert taken_for(b'{"point": "a/b/power", "time": 1, "value": 1}') == "json"
    assert taken_for(b'{"name": "a", "fields": {"b": 1}, "timestamp": 1}') == "telegraf"
    assert taken_for(b"a,b=c d=1 5") == "line"
    assert taken_for(b'{"sensorId": "a", "ts": 1, "val": 1}') == "own_keys"
    assert taken_for(b'{"gw": "a", "ts": 1, "samples": [{"tag": "b", "val": 1}]}', OWN) == "gateway"


def test_the_settings_shapes_come_before_all_others() -> None:
    own = Shape(name="mine", time="time", value="value", unit="=W", point="hall-1/{point}/power")
    decoder = Decoder(Site.empty(), load_kinds(), MessagesSettings(shape=(own,)))
    found = decoder.decode(records_of([b'{"point": "pdu-1", "time": 1700000000000, "value": 5000, "x": 1}']))
    assert readings(decoder, found) == [("hall-1/pdu-1/power", 1_700_000_000 * 10**9, 5.0)]


def test_an_object_of_no_shape_is_refused_with_its_keys_and_how_to_have_it_read() -> None:
    decoder = Decoder(Site.empty(), load_kinds(), MessagesSettings())
    record = b'{"asset": "crac-1", "when": 1700000000, "supply": 18.4}'
    reject = decoder.decode(records_of([record])).rejects[0]
    assert reject.reason == "unknown_format"
    assert "asset, when, supply" in reject.detail
    assert "coolwatch init tells where its readings are" in reject.detail


@pytest.mark.parametrize("number", ["1700000000", "1700000000000", "1700000000000000", "1700000000000000000"])
def test_the_size_of_a_time_tells_what_it_counts(number: str) -> None:
    decoder = Decoder(Site.empty(), load_kinds(), MessagesSettings())
    for time in (number, f'"{number}"'):
        record = f'{{"tag": "hall-1/crah-01/fan_speed", "ts": {time}, "val": 5}}'.encode()
        found = decoder.decode(records_of([record]))
        assert found.readings.time.tolist() == [1_700_000_000 * 10**9]


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"value": "a", "fields": "b"},
        {"value": "a..b"},
        {"records": "a[", "value": "b"},
        {"wraps": True},
        {"refuse": "no"},
        {"value": "a", "time_unit": "min"},
    ],
)
def test_a_wrong_shape_is_named(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Shape.model_validate({"name": "x"} | wrong)


def test_the_shipped_shapes_have_names_of_their_own() -> None:
    names = [shape.name for shape in mapping_of(MessagesSettings()).shipped]
    assert len(set(names)) == len(names) > 2


def test_names_of_a_shape_are_remembered_within_bounds() -> None:
    decoder = Decoder(Site.empty(), load_kinds(), MessagesSettings(), max_points=10)
    for start in range(0, 30_000, 5_000):
        records = [
            msgspec.json.encode({"sensorId": f"name-{i}", "ts": 1_700_000_000, "val": 1, f"k{i}": 2})
            for i in range(start, start + 5_000)
        ]
        found = decoder.decode(records_of(records))
        assert found.counts.ignored == 5_000
        decoder.directory.keep_room()


DOCS = Path(__file__).parents[2] / "docs" / "messages.md"


def test_the_shapes_of_the_page_read_the_messages_beside_them(tmp_path: Path) -> None:
    text = DOCS.read_text(encoding="utf-8")
    pairs = re.findall(r"```toml\n(\[\[messages\.shape\]\].*?)```.*?```text\n(\{.*?)```", text, re.DOTALL)
    assert len(pairs) >= 3
    for shape, message in pairs:
        file = tmp_path / "coolwatch.toml"
        file.write_text(shape, encoding="utf-8")
        decoder = Decoder(Site.empty(), load_kinds(), Settings.load(file).messages)
        found = decoder.decode(records_of([message.strip().encode()]))
        assert len(found.readings)
        assert found.counts.readings == 0


def test_a_shape_of_the_settings_wins_over_messages_that_are_canonical_by_their_keys() -> None:
    shape = Shape(name="own", has=(("device",),), time="time", value="value", point="hall-1/{device}/{point}")
    decoder = Decoder(Site.empty(), load_kinds(), MessagesSettings(shape=(shape,)))
    record = b'{"device": "crac-1", "point": "fan_speed", "time": 1700000000000, "value": 18.4}'

    decoded = decoder.decode(
        records_of([record, b'{"point":"hall-1/crac-2/fan_speed","time":1700000000000,"value":1}'])
    )

    assert decoded.counts.decoded == 2
    assert decoder.directory.ids == ["hall-1/crac-1/fan_speed", "hall-1/crac-2/fan_speed"]
