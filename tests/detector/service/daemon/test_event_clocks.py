"""An event time that stands, or lies in the future, while readings come in is seen from the edge."""

from __future__ import annotations

from detector.engine import Engine
from detector.service.daemon.event_clocks import AT_LEAST_S, EventClocks
from streams.messages import SECOND
from tests.detector.feeding import START, Row, make_engine, push, quiet_hall

LOOK_S = 5
ZONE = "hall-1"


def looked_at(rows: list[Row], until: int, wall: float = 0.0) -> list[tuple[int, str]]:
    """Second, and what is wrong then, of a zone that is fed in time and looked at every few seconds."""
    engine, clocks, found = make_engine(), EventClocks(), []
    for second in range(0, until, LOOK_S):
        push(engine, [row for row in rows if second - LOOK_S <= row[1] < second])
        now = START + round((second + wall) * SECOND)
        found += [(second, wrong) for wrong in clocks.wrong({ZONE: engine}, now, float(second)).values()]
    return found


def test_nothing_is_wrong_with_a_zone_that_is_judged() -> None:
    assert not looked_at(quiet_hall(300), 300)


def test_silence_is_not_a_clock_that_stands() -> None:
    assert not looked_at(quiet_hall(100), 900)


def put_back(engine: Engine, clocks: EventClocks, since: int, until: int, by: float) -> list[int]:
    rows, found = quiet_hall(until), []
    for second in range(0, until, LOOK_S):
        here = [row for row in rows if second - LOOK_S <= row[1] < second]
        push(engine, [(p, t - by if t >= since else t, x) for p, t, x in here])
        found += [second for _ in clocks.wrong({ZONE: engine}, START + second * SECOND, float(second))]
    return found


def test_an_event_time_that_stands_while_readings_come_in_is_wrong_until_it_goes_on() -> None:
    """Put back by less than what is still heard, so that no step is taken on: it stands until caught up."""
    found = put_back(make_engine(), EventClocks(), since=200, until=700, by=200.0)
    assert 200 + AT_LEAST_S <= found[0] <= 200 + AT_LEAST_S + 30
    assert 380 <= found[-1] <= 440


def test_an_event_time_in_the_future_is_wrong() -> None:
    found = looked_at(quiet_hall(200), 200, wall=-3600.0)
    assert {wrong for _, wrong in found} == {"lies in the future"}
    assert found[0][0] < 60
