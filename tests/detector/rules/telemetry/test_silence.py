"""What falls silent is reported once, where it is silent."""

from __future__ import annotations

from config.times import SECOND
from tests.detector.feeding import Heard, Row, make_engine, push, quiet_hall, without


def silence(rows: list[Row]) -> Heard:
    return push(make_engine(), rows)


def test_a_machine_that_sends_nothing_any_more_is_one_telemetry_incident() -> None:
    heard = silence(without(quiet_hall(900), "hall-1/crah-02", since=300.0))
    (first, *_) = heard.incidents
    assert {i.id for i in heard.incidents} == {first.id}
    assert (first.category, first.fault, first.root) == ("telemetry", "telemetry_lost", "hall-1/crah-02")
    assert first.spoke == ("statistics",)


def test_it_is_told_after_five_minutes_of_event_time() -> None:
    heard = silence(without(quiet_hall(900), "hall-1/crah-02", since=300.0))
    (first, *_) = heard.incidents
    assert 300 <= (first.started - heard.ticks[0].end) / SECOND - 290 <= 320


def test_it_is_over_when_the_machine_speaks_again() -> None:
    rows = [r for r in quiet_hall(1500) if not (r[0].startswith("hall-1/crah-02/") and 300 <= r[1] < 900)]
    assert [i.state for i in silence(rows).incidents] == ["firing", "resolved"]


def test_a_lone_point_is_given_half_an_hour() -> None:
    def rows(seconds: int) -> list[Row]:
        return [r for r in quiet_hall(seconds, every=10) if r[0] != "hall-1/rack-02/power" or r[1] < 300]

    assert not silence(rows(1900)).incidents
    assert {(i.fault, i.root) for i in silence(rows(2400)).incidents} == {
        ("telemetry_lost", "hall-1/rack-02/power")
    }


def test_equipment_of_one_or_two_points_is_given_as_long_as_a_point() -> None:
    def rows(seconds: int) -> list[Row]:
        return without(quiet_hall(seconds, every=10), "hall-1/rack-02", since=300.0)

    assert not silence(rows(1900)).incidents
    assert {(i.fault, i.root) for i in silence(rows(2400)).incidents} == {
        ("telemetry_lost", "hall-1/rack-02")
    }


def test_a_hall_that_falls_silent_is_one_incident_and_no_cooling_incident() -> None:
    other = quiet_hall(900, seed=1, hall="hall-2")
    first = [r for r in quiet_hall(900) if r[1] < 300]
    site = '[[zone]]\nname = "plant-a"\nhalls = ["hall-1", "hall-2"]\n'
    heard = push(make_engine(site, zone="plant-a"), sorted(first + other, key=lambda r: r[1]))
    assert {(i.fault, i.root) for i in heard.incidents} == {("telemetry_lost", "hall-1")}


def test_slow_points_are_given_ten_of_their_own_periods() -> None:
    slow = [("hall-1/rack-09/power", float(s), 5.0) for s in range(0, 1300, 120)]
    heard = silence(sorted(quiet_hall(2300, every=10) + slow, key=lambda r: r[1]))
    assert not heard.incidents


def test_what_has_never_spoken_is_not_silent() -> None:
    engine = make_engine()
    engine.slot("hall-1/rack-99/power")
    assert not push(engine, quiet_hall(900)).incidents


def test_what_is_sent_only_when_it_changes_is_not_silent() -> None:
    def seldom(row: Row) -> bool:
        point, time, _ = row
        return not point.endswith(("run_status", "run_command")) or time < 5.0 or 600.0 <= time < 605.0

    heard = silence([row for row in quiet_hall(7200, every=10) if seldom(row)])
    assert not heard.incidents
