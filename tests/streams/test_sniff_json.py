"""JSON objects of no known shape: `init` tells where their readings sit, or says that it cannot."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.json_path import steps_of
from config.sections.messages import MessagesSettings
from streams.formats.collector import Collector
from streams.formats.readers import reader_for
from streams.sources.sniff_json import shapes_told

START = 1_718_400_000


def values(at: int, machine: int = 0) -> tuple[float, float]:
    return 18.25 + at % 7 / 8, 24.5 + machine


def clock(at: int) -> str:
    return f"2025-06-15T10:{at:02d}:00Z"


def names_read(objects: list[dict[str, Any]]) -> set[str]:
    """The names that are read by what was told of the objects, each at every time."""
    told = shapes_told(objects)
    assert not told.doubts
    read = reader_for(MessagesSettings(shape=told.shapes, time_zone="UTC"))
    found = Collector(unwanted=lambda name: True)
    for at, each in enumerate(objects):
        found.begin(at)
        read(json.dumps(each).encode(), -1, found)
    assert not found.refusals
    rows = [row for row in found.rows() if row.value == row.value]
    assert len({(row.name, row.time) for row in rows}) == len(rows)
    return {row.name for row in rows}


KINDS: dict[str, tuple[list[dict[str, Any]], set[str]]] = {
    "a topic and its payload": (
        [
            {"topic": f"hall1/crac-{unit}/{key}", "payload": value, "qos": 1, "ts": clock(at)}
            for at in range(20)
            for unit in (1, 2)
            for key, value in zip(("sat", "rat"), values(at), strict=True)
        ],
        {"hall1/crac-1/sat", "hall1/crac-1/rat", "hall1/crac-2/sat", "hall1/crac-2/rat"},
    ),
    "values of a machine in an object": (
        [
            {
                "asset": {"label": f"CRAC-{unit}"},
                "sampledAt": START + 60 * at,
                "state": {"sat": values(at)[0], "rat": values(at)[1]},
                "room": "h1",
            }
            for at in range(20)
            for unit in (1, 2)
        ],
        {"h1/CRAC-1/sat", "h1/CRAC-1/rat", "h1/CRAC-2/sat", "h1/CRAC-2/rat"},
    ),
    "an array in an envelope": (
        [
            {
                "gateway": "g1",
                "seq": at,
                "when": clock(at),
                "samples": [
                    {"path": f"CRAC {unit}/SAT", "v": {"num": values(at)[0], "q": "Good"}} for unit in (1, 2)
                ],
            }
            for at in range(20)
        ],
        {"CRAC 1/SAT", "CRAC 2/SAT"},
    ),
    "an object of points": (
        [
            {
                "recorded": f"2025-06-15 10:{at:02d}:00",
                "sensors": {f"crac{unit}-sat": {"value": values(at)[0], "unit": "C"} for unit in (1, 2)},
            }
            for at in range(20)
        ],
        {"crac1-sat", "crac2-sat"},
    ),
    "a row a moment": (
        [{"Zeit": clock(at), "CRAC1_SAT": values(at)[0], "CRAC1_RAT": values(at)[1]} for at in range(20)],
        {"CRAC1_SAT", "CRAC1_RAT"},
    ),
    "a value among flags and codes": (
        [
            {
                "device": "AHU 1",
                "object-name": key,
                "instance": 3,
                "present-value": value,
                "status-flags": {"in-alarm": False, "fault": False},
                "quality": {"code": 192, "name": "Good"},
                "when": clock(at),
            }
            for at in range(20)
            for key, value in zip(("sat", "rat"), values(at), strict=True)
        ],
        {"sat", "rat"},
    ),
    "a payload that is text": (
        [
            {
                "topic": f"hall1/crac-{unit}",
                "payload": json.dumps({"sat": values(at)[0], "rat": values(at)[1]}),
                "ts": clock(at),
            }
            for at in range(20)
            for unit in (1, 2)
        ],
        {"hall1/crac-1/sat", "hall1/crac-1/rat", "hall1/crac-2/sat", "hall1/crac-2/rat"},
    ),
    "arrays by machine": (
        [
            {
                f"CRAC {unit}": [
                    {"ts": START + 120 * at + 60 * n, "values": {"sat": 18.0 + n}} for n in (0, 1)
                ]
                for unit in (1, 2)
            }
            for at in range(20)
        ],
        {"CRAC 1/sat", "CRAC 2/sat"},
    ),
    "a key with a dot, and a time of the way beside that of the reading": (
        [
            {
                "ingest_time": clock(at + 1),
                "@timestamp": clock(at),
                "host.name": f"crac-{unit}",
                "metric": {"parameter": "sat", "value": values(at)[0]},
            }
            for at in range(20)
            for unit in (1, 2)
        ],
        {"crac-1/sat", "crac-2/sat"},
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_objects_of_own_keys_are_read_by_what_is_told_of_them(kind: str) -> None:
    objects, names = KINDS[kind]

    assert names_read(objects) == names


def test_objects_of_two_kinds_are_told_one_by_one() -> None:
    units, racks = KINDS["values of a machine in an object"][0], KINDS["a topic and its payload"][0]

    told = shapes_told([each for pair in zip(units, racks, strict=False) for each in pair])

    assert [shape.name for shape in told.shapes] == ["own", "own_2"]


@pytest.mark.parametrize(
    ("objects", "doubt"),
    [
        ([{"sensor": "a", "reading": {"t": 1.5}} for _ in range(20)], "the time"),
        ([{"when": clock(0), "crac": {"sat": 18.0 + n, "rat": 24.0}} for n in range(20)], "tells them apart"),
    ],
)
def test_what_cannot_be_told_is_said(objects: list[dict[str, Any]], doubt: str) -> None:
    told = shapes_told(objects)

    assert not told.shapes
    assert doubt in " ".join(told.doubts)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8) | st.just(clock(3)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(st.dictionaries(st.text(max_size=6), JSON, max_size=5), max_size=8))
def test_any_objects_are_told_or_doubted_and_each_path_can_be_written(objects: list[dict[str, Any]]) -> None:
    for shape in shapes_told(objects).shapes:
        for path in (*shape.time, *shape.value, *shape.records):
            assert steps_of(path)


def test_a_shape_has_no_name_that_another_has_already() -> None:
    objects, _ = KINDS["a row a moment"]

    assert [shape.name for shape in shapes_told(objects, ["own", "own_2"]).shapes] == ["own_3"]
