"""What a feed was understood to be: what counts as not understood, and what never does."""

from __future__ import annotations

import json

import pytest

from config.kinds import load_kinds
from config.settings import MessagesSettings
from config.site import Site
from streams.formats.decoder import Decoder
from streams.formats.not_understood import Belated, not_understood
from streams.formats.understood import Understood
from streams.messages import Counts
from tests.streams.messages import records_of

JUDGED = Counts(scored=1)
START = 1_750_000_000_000


def message(point: str, value: object = 20.0, **more: object) -> bytes:
    return json.dumps({"point": point, "time": START, "value": value, **more}).encode()


def understood_of(messages: list[bytes], site: str = "") -> Understood:
    model = Site.loads(site)
    decoder = Decoder(model, load_kinds(), MessagesSettings())
    understood = Understood(model)
    for part in (messages[: len(messages) // 2], messages[len(messages) // 2 :]):
        understood.take(decoder.decode(records_of(part)), decoder.directory)
    return understood


def said(messages: list[bytes], site: str = "", judged: Counts | None = JUDGED) -> str:
    return "\n".join(not_understood(understood_of(messages, site), "telemetry", judged))


GOOD = [message(f"hall-1/rack-{n:02d}/inlet_air_temperature") for n in range(1, 100)]


def test_what_is_read_needs_no_word() -> None:
    assert said(GOOD) == ""


def test_a_damaged_record_in_a_hundred_is_no_misunderstanding_and_two_are() -> None:
    assert said([*GOOD, b"{"]) == ""
    told = said([*GOOD[:-1], b"{", b'{"sensorId": 1}'])
    assert "2 of 100 records of telemetry could not be read" in told
    assert "broken_json" in told
    assert '{"sensorId": 1}' in told


def test_bad_readings_among_many_in_few_records_count_by_themselves() -> None:
    array = b"[" + b",".join([*GOOD, message("hall-1/rack-01/power", "a lot"), b"1"]) + b"]"
    assert "2 of 101 readings" in said([array, array][:1])


def test_each_reason_has_one_sample_and_there_are_few() -> None:
    told = said([b"{", b"{", message("hall-1/rack-01/power", 1, unit="furlong"), b"", b"[]", b"?", b"\xff"])
    assert told.count("broken_json") == 1
    assert "2 times, first in" in told
    assert len(told) < 2000


@pytest.mark.parametrize("name", ["hall-1/rack-01/door_count", "LABEL"])
def test_what_no_kind_wants_and_what_the_site_ignores_never_count(name: str) -> None:
    site = '[[point]]\nmatch = "LABEL"\nignore = true\n'
    understood = understood_of([*GOOD, *[message(name, "text")] * 500, *[message(name)] * 500], site)
    assert understood.unclaimed == {}
    assert not_understood(understood, "telemetry", JUDGED) == []


def test_foreign_names_are_counted_one_by_one() -> None:
    understood = understood_of([*GOOD, message("AHU-1 SAT"), message("AHU-1 SAT"), message("AHU-2 SAT")])
    assert understood.unclaimed == {"AHU-1 SAT": 2, "AHU-2 SAT": 1}
    assert not_understood(understood, "telemetry", JUDGED) == []


UNITS = [message(f"hall-1/crac-{n:02d}/fan_speed") for n in range(1, 100)]
INLETS = [message(f"DCIM/R0{n}/Inlet Temp") for n in range(1, 5)] * 10
IDS = ["hall-1/crac-01/fan_speed"]


def test_inlets_that_nobody_mapped_are_told_where_no_other_is_watched() -> None:
    (told,) = not_understood(understood_of([*UNITS, *INLETS]), "telemetry", JUDGED, ids=IDS)
    assert "No inlet air temperature is watched" in told
    assert "40 readings of telemetry are ignored" in told
    assert "[[point]]" in told


def test_what_a_site_leaves_out_beside_others_of_its_kind_never_counts() -> None:
    ids = ["hall-1/rack-01/inlet_air_temperature"]
    assert not_understood(understood_of([*GOOD, *INLETS]), "telemetry", JUDGED, ids=ids) == []


def test_names_that_say_of_no_limit_never_count() -> None:
    others = [message(f"server-{n}/disk/io_time") for n in range(4)] * 30
    assert not_understood(understood_of([*UNITS, *others]), "telemetry", JUDGED, ids=IDS) == []


NAMED = """
[[point]]
match = "AHU-1 SAT"
id = "hall-1/ahu-1/supply_air_temperature"
[[point]]
match = "AHU-2 *"
unit = "degF"
[[limit]]
match = "hall-1/rack-77/inlet_air_temperature"
warning = 25.0
[[limit]]
match = "*/rack-*/inlet_air_temperature"
critical = 35.0
"""


def test_a_point_that_the_site_names_and_nothing_was_read_of_is_told() -> None:
    assert "rack-77/inlet" not in said([*GOOD, message("AHU-1 SAT")], NAMED)
    told = said(GOOD, NAMED)
    assert "hall-1/ahu-1/supply_air_temperature" in told
    assert "rack-77" not in told  # it was read
    assert "hall-1/ahu-1" in said([*GOOD, message("AHU-1 SAT", "high")], NAMED)  # and this was not
    assert "rack-77" in said([*GOOD[:70], message("AHU-1 SAT")], NAMED)


@pytest.mark.parametrize(
    ("messages", "judged", "word"),
    [
        ([], Counts(), "empty"),
        ([b"{"], Counts(), "Nothing was judged"),
        ([message("AHU-1 SAT")], Counts(ignored=1), "AHU-1 SAT"),
        ([GOOD[0]], Counts(waiting=1), "too short"),
        ([GOOD[0]], Counts(late=1), "times"),
    ],
)
def test_nothing_judged_says_why_and_what_to_do(messages: list[bytes], judged: Counts, word: str) -> None:
    told = said(messages, judged=judged)
    assert "Nothing was judged" in told
    assert word in told


def test_points_whose_readings_come_twice_are_asked_for_two_sources() -> None:
    belated = [Belated("hall-1/crac-01/fan_speed", 100, 50)]
    (told,) = not_understood(understood_of(GOOD), "telemetry", JUDGED, belated)
    assert "Two sources under one id, or a wrong clock? 50 of 100" in told
    assert "hall-1/crac-01/fan_speed" in told
