"""JSON objects with keys of their own, as far as nobody can doubt what they mean."""

from __future__ import annotations

import json
from typing import Any

import pytest

from config.sections.messages import MessagesSettings
from config.shape import Shape
from streams.formats.collector import Collector
from streams.formats.readers import reader_for

TIME = "2025-06-15T10:00:00Z"


def names_of(item: dict[str, Any], messages: MessagesSettings | None = None) -> list[str]:
    found = Collector(unwanted=lambda name: True)
    reader_for(messages or MessagesSettings())(json.dumps(item).encode(), -1, found)
    assert not found.refusals
    return [row.name for row in found.rows()]


@pytest.mark.parametrize(
    ("keys", "name"),
    [
        ({"sensor": "crac-1/sat"}, "crac-1/sat"),
        ({"device": "crac-1", "tag": "sat"}, "crac-1/sat"),
        ({"deviceId": "crac-1", "metric": "sat"}, "crac-1/sat"),
        ({"equipment": "crac-1", "measurement": "sat"}, "crac-1/sat"),
        ({"host": "crac-1", "parameter": "sat"}, "crac-1/sat"),
        ({"sensor_id": "17", "type": "humidity"}, "17/humidity"),
        ({"device": "crac-1", "sensor": "top", "metric": "temperature"}, "crac-1/top/temperature"),
        ({"rack": "r1"}, "r1"),
        ({"name": "crac-1 SAT"}, "crac-1 SAT"),
        ({"device": "CRAC-1", "object-name": "SAT", "status-flags": "{ok}"}, "CRAC-1/SAT"),
    ],
)
def test_a_reading_is_named_by_all_that_tells_it_from_others(keys: dict[str, Any], name: str) -> None:
    assert names_of({**keys, "ts": TIME, "value": 18.5}) == [name]


def test_a_key_that_holds_a_whole_id_is_that_point_whatever_stands_beside_it() -> None:
    id = "hall-1/crac-01/supply_air_temperature"

    assert names_of(
        {"gateway": "g", "device": "plc-3", "tag": id, "type": "float", "ts": TIME, "value": 18}
    ) == [id]


def test_a_part_that_may_be_missing_is_left_out_with_its_slash() -> None:
    shape = Shape(name="own", time="at", value="n", point="{room|}/{unit}/{key|}")
    messages = MessagesSettings(shape=(shape,))

    assert names_of({"at": TIME, "n": 1, "room": "h1", "unit": "crac-1", "key": "sat"}, messages) == [
        "h1/crac-1/sat"
    ]
    assert names_of({"at": TIME, "n": 1, "unit": "crac-1"}, messages) == ["crac-1"]


def test_the_first_fields_that_are_there_count() -> None:
    shape = Shape(name="own", time="at", fields="http.crah|http.rack", point="{field}")
    messages = MessagesSettings(shape=(shape,))

    assert names_of({"at": TIME, "http": {"rack": {"inlet": 22.0}}}, messages) == ["inlet"]
    assert names_of({"at": TIME, "http": {"crah": {"sat": 18.0}}}, messages) == ["sat"]


def test_text_that_holds_json_is_gone_into_on_the_way_to_records() -> None:
    shape = Shape(name="own", records="payload", time="ts", fields="", point="{topic}/{field}")
    item = {"topic": "crac-1", "ts": TIME, "payload": '{"sat": 18.5, "rat": 24.0}'}

    assert names_of(item, MessagesSettings(shape=(shape,))) == ["crac-1/sat", "crac-1/rat"]
