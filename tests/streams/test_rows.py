"""What the engine says, read back from its line protocol."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.messages import SECOND, Forecasts, HallState, Incident, Scores, TickVerdict
from streams.sinks.rows import INCIDENT_SPREAD_NS, ScoreLines, daemon_line, incident_lines, score_head

END = 1_700_000_000 * SECOND
IDS = ["hall-1/crah-03/supply_air_temperature", "hall-1/rack-07/inlet_air_temperature/top/left"]


def f64(*numbers):
    return np.array(numbers, np.float64)


def scores(*slots):
    n = len(slots)
    return Scores(np.array(slots, np.int32), *(np.full(n, k + 0.5) for k in range(4)))


def tick(**changes):
    values = {
        "zone": "plant-a",
        "end": END,
        "scores": scores(),
        "racks": Forecasts.empty(),
        "services": Forecasts.empty(),
        "halls": (),
        "spoke": (),
    }
    return TickVerdict(**{**values, **changes})


def text(tick, ids=(), **options):
    return ScoreLines(**options).lines(tick, ids).decode().splitlines()


def incident(**changes):
    whole = Incident(
        id="0123456789abcdef",
        zone="plant-a",
        hall="hall-1",
        category="cooling",
        fault="unit_failed",
        root="hall-1/crah-03",
        first_root="hall-1/crah-03/fan_speed",
        severity="critical",
        state="firing",
        started=END,
        updated=END,
        summary='Fan "3" stands\nstill, C:\\ drive',
    )
    return msgspec.structs.replace(whole, **changes)


def test_scores():
    assert text(tick(scores=scores(1, 0)), IDS) == [
        "cooling_score,hall=hall-1,equipment=rack-07,measure=inlet_air_temperature,place=top/left "
        f"score=2.5,value=0.5,expected=1.5,quality=3.5 {END}",
        "cooling_score,hall=hall-1,equipment=crah-03,measure=supply_air_temperature "
        f"score=2.5,value=0.5,expected=1.5,quality=3.5 {END}",
    ]


def test_new_points_may_appear_and_another_list_is_another_list():
    lines, ids = ScoreLines(), ["hall-1/a/x"]
    lines.lines(tick(scores=scores(0)), ids)
    ids.append("hall-1/b/x")
    assert b"equipment=b," in lines.lines(tick(scores=scores(1)), ids)
    assert b"equipment=c," in lines.lines(tick(scores=scores(0)), ["hall-1/c/x"])


def test_zones_have_slots_of_their_own():
    lines = ScoreLines()
    a, b = ["hall-1/a/x"], ["hall-2/b/x"]
    for _ in range(2):
        assert b"equipment=a" in lines.lines(tick(zone="one", scores=scores(0)), a)
        assert b"equipment=b" in lines.lines(tick(zone="two", scores=scores(0)), b)


def test_scores_may_be_thinned_or_left_out():
    written = [bool(text(tick(end=END + k * 10 * SECOND, scores=scores(0)), IDS, every=3)) for k in range(9)]
    assert sum(written) == 3
    assert written[:3] * 3 == written
    hall = HallState("hall-1", 1.0, None, None, "not calibrated", 2, 0.0)
    rows = text(tick(scores=scores(0), halls=(hall,)), IDS, scores=False)
    assert [row.split(",")[0] for row in rows] == ["cooling_hall"]


def test_forecasts_and_services_leave_out_what_is_not_in_sight():
    racks = Forecasts(
        ("hall-1/rack-07", "hall-1/rack-08"),
        ("hall-1", "hall-1"),
        f64(8.25, math.nan),
        f64(math.nan, math.nan),
        f64(math.nan, math.nan),
        f64(math.nan, math.nan),
    )
    services = Forecasts(("pay, and go",), ("hall-1",), f64(3.0), f64(600.0), f64(480.0), f64(math.inf))
    assert text(tick(racks=racks, services=services)) == [
        f"cooling_forecast,hall=hall-1,equipment=rack-07 margin=8.25 {END}",
        "cooling_service,hall=hall-1,service=pay\\,\\ and\\ go "
        f"margin=3,time_to_limit=600,time_to_limit_low=480 {END}",
    ]


def test_halls():
    hall = HallState("hall-1", 300.0, 290.5, None, "not calibrated", 1, 0.25)
    assert text(tick(halls=(hall,))) == [
        f"cooling_hall,hall=hall-1 heat_load=300,heat_removed=290.5,redundancy=1,score=0.25 {END}"
    ]


def test_incidents():
    (line,) = incident_lines([incident()]).decode().splitlines()
    head, rest = line.split(" ", 1)
    assert head == "cooling_incident,hall=hall-1,equipment=crah-03,category=cooling"
    fields, time = rest.rsplit(" ", 1)
    assert fields == (
        'id="0123456789abcdef",fault="unit_failed",root="hall-1/crah-03",severity="critical",'
        'state="firing",severity_code=2.0,state_code=1.0,summary="Fan \\"3\\" stands still, C:\\\\ drive"'
    )
    assert 0 <= int(time) - END < INCIDENT_SPREAD_NS


def test_two_incidents_of_one_unit_stay_two_rows():
    def keys(incidents):
        return {
            (line.split(" ")[0], line.rsplit(" ", 1)[1])
            for line in incident_lines(incidents).decode().splitlines()
        }

    both = [incident(id="a"), incident(id="b")]
    assert len(keys(both)) == 2
    assert keys(both + both) == keys(both), "the same version once more is the same row"


@pytest.mark.parametrize(("root", "tag"), [("hall-1", ""), ("plant-a/pump-1", ",equipment=pump-1")])
def test_an_incident_of_a_whole_hall_has_no_equipment(root, tag):
    line = incident_lines([incident(first_root=root)]).decode()
    assert line.startswith(f"cooling_incident,hall=hall-1{tag},category=cooling ")


def test_daemon():
    assert daemon_line(12, 0.5, "0.1.0", END) == (
        b'cooling_daemon lag=12.0,delay=0.5,version="0.1.0" %d\n' % END
    )
    assert b"delay" not in daemon_line(12, math.nan, "0.1.0", END)
    assert daemon_line(0, 0, "0.1.0", END, "b").startswith(b"cooling_daemon,instance=b ")


def parse_tags(head):
    """Measurement and tags as InfluxDB reads them: a backslash escapes a comma, blank or equals sign."""
    parts, part, i = [], "", 0
    while i < len(head):
        if head[i] == "\\" and head[i + 1 : i + 2] in (",", "=", " "):
            part += head[i + 1]
            i += 2
        elif head[i] in ",=":
            parts.append(part)
            part = ""
            i += 1
        else:
            assert head[i] not in " \n"
            part += head[i]
            i += 1
    return [*parts, part]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.text(st.characters(exclude_characters="/"), min_size=1), min_size=3, max_size=5))
def test_any_id_gives_tags_that_read_back(parts):
    head = score_head("/".join(parts)).decode()
    values = [value for value in (*parts[:3], "/".join(parts[3:])) if value]
    names = ["hall", "equipment", "measure", "place"][: len(values)]
    read = parse_tags(head)
    assert read[0] == "cooling_score"
    assert read[1::2] == names
    for value, told in zip(values, read[2::2], strict=True):
        if value.isprintable() and "\\" not in value:
            assert told == value
