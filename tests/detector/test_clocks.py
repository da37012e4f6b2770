"""Event time is the zone's: one clock that is wrong moves nothing, one machine that dies stops nothing."""

from __future__ import annotations

import pytest

from tests.detector.feeding import (
    Heard,
    Row,
    at,
    bits,
    clock_ahead,
    make_engine,
    of_equipment,
    push,
    quiet_hall,
    second_of,
    without,
)

pytestmark = pytest.mark.numbers

WRONG = "hall-1/rack-02"


def every(seconds: int, *equipment: str, period: int = 5) -> list[Row]:
    return [(f"{e}/power", float(s), 5.0) for s in range(0, seconds, period) for e in equipment]


def ends(heard: Heard) -> list[float]:
    return [second_of(t.end) for t in heard.ticks]


@pytest.fixture(scope="module")
def hour_ahead() -> Heard:
    return push(make_engine(), clock_ahead(quiet_hall(300), WRONG, 3600.0))


def test_a_clock_an_hour_ahead_moves_nothing(hour_ahead: Heard) -> None:
    assert ends(hour_ahead) == ends(push(make_engine(), quiet_hall(300)))


def test_its_readings_are_rejected_for_their_clock(hour_ahead: Heard) -> None:
    assert {r.reason for r in hour_ahead.rejected} == {"bad_clock"}
    assert {r.point.rsplit("/", 1)[0] for r in hour_ahead.rejected} == {WRONG}
    sent = len(of_equipment(quiet_hall(300), WRONG))
    waiting = hour_ahead.counts.waiting
    assert sent - waiting <= len(hour_ahead.rejected) <= sent


def test_it_is_a_telemetry_incident_and_no_cooling_incident(hour_ahead: Heard) -> None:
    assert {(i.fault, i.root, i.category) for i in hour_ahead.incidents} == {
        ("bad_clock", WRONG, "telemetry")
    }
    assert len({i.id for i in hour_ahead.incidents}) == 1


def test_its_times_are_not_taken_for_those_of_the_zone(hour_ahead: Heard) -> None:
    for incident in hour_ahead.incidents:
        assert incident.started <= incident.updated < at(300)
        assert incident.warned is not None and incident.warned < at(300)


def test_the_others_are_judged_as_though_it_were_not_there(hour_ahead: Heard) -> None:
    rest = push(make_engine(), without(quiet_hall(300), WRONG))
    for with_it, alone in zip(hour_ahead.ticks[1:], rest.ticks[1:], strict=True):
        assert with_it.end == alone.end
        assert bits(with_it.scores.score) == bits(alone.scores.score)
        assert bits(with_it.scores.value) == bits(alone.scores.value)


@pytest.mark.parametrize("first", ["hall-1/rack-01", WRONG])
def test_with_two_pieces_of_equipment_the_one_that_is_ahead_moves_nothing(first: str) -> None:
    second = WRONG if first != WRONG else "hall-1/rack-01"
    heard = push(make_engine(), clock_ahead(every(300, first, second), WRONG, 3600.0))
    assert ends(heard) == [float(s) for s in range(10, 290, 10)]
    assert {r.point for r in heard.rejected} == {f"{WRONG}/power"}
    assert {i.fault for i in heard.incidents} == {"bad_clock"}


def test_a_clock_ahead_is_told_of_slow_equipment_too() -> None:
    rows = every(900, "hall-1/rack-01", "hall-1/rack-03", "hall-1/rack-04") + every(900, WRONG, period=60)
    heard = push(make_engine(), clock_ahead(sorted(rows, key=lambda r: r[1]), WRONG, 3600.0))
    assert {(i.fault, i.root) for i in heard.incidents} == {("bad_clock", WRONG)}
    assert {i.state for i in heard.incidents} == {"firing"}


def test_one_stray_reading_from_the_future_is_refused_and_no_incident() -> None:
    rows = quiet_hall(300)
    stray = [(f"{WRONG}/power", 3700.0, 5.0)]
    heard = push(make_engine(), [*rows[:700], *stray, *rows[700:]])
    assert heard.counts.rejected == 1
    assert not heard.incidents


def test_a_clock_that_is_put_right_is_believed_again() -> None:
    rows = [r if r[1] > 150.0 else clock_ahead([r], WRONG, 3600.0)[0] for r in quiet_hall(900)]
    heard = push(make_engine(), rows)
    assert [i.state for i in heard.of("bad_clock")] == ["firing", "resolved"]
    assert not heard.of("telemetry_lost")
    slots = {f"{WRONG}/power", f"{WRONG}/inlet_air_temperature"}
    engine = make_engine()
    push(engine, rows)
    seen = {engine.ids[p] for p in heard.ticks[-1].scores.point.tolist()}
    assert slots <= seen


def test_a_clock_that_comes_to_be_ahead_is_not_taken_for_silence() -> None:
    rows = [r if r[1] < 150.0 else clock_ahead([r], WRONG, 3600.0)[0] for r in quiet_hall(900)]
    heard = push(make_engine(), rows)
    assert {i.fault for i in heard.incidents} == {"bad_clock"}


def test_the_limits_hold_for_equipment_whose_clock_is_ahead() -> None:
    rows = [
        (p, t, 35.0 if p == f"{WRONG}/inlet_air_temperature" and t > 150 else x)
        for p, t, x in quiet_hall(300)
    ]
    heard = push(make_engine(), clock_ahead(rows, WRONG, 3600.0))
    limit = heard.of("limit")
    assert [(i.root, i.severity) for i in limit[:1]] == [(WRONG, "critical")] or heard.of("limit_unconfirmed")
    assert all(i.updated < at(300) for i in heard.incidents)


@pytest.mark.parametrize("racks", [2, 3, 5])
def test_equipment_that_dies_does_not_stop_event_time(racks: int) -> None:
    names = [f"hall-1/rack-{n:02d}" for n in range(racks)]
    rows = without(every(3600, *names), names[0], since=600.0)
    heard = push(make_engine(), rows)
    assert ends(heard)[-1] >= 3550.0
    assert not heard.counts.late and not heard.counts.rejected


def test_a_gap_in_all_telemetry_is_stepped_over() -> None:
    rows = [r for r in quiet_hall(4200) if r[1] < 300.0 or r[1] >= 3900.0]
    heard = push(make_engine(), rows)
    assert [e for e in ends(heard) if 300.0 < e < 3900.0] == []
    assert not heard.counts.rejected and not heard.counts.late
    assert not heard.of_category("cooling")


def test_equipment_whose_clock_is_behind_is_late_and_holds_nobody_up() -> None:
    rows = clock_ahead(quiet_hall(300), WRONG, -600.0)
    heard = push(make_engine(), rows)
    assert ends(heard)[-1] >= 270.0
    assert heard.counts.late > 0
    assert not heard.of_category("cooling")


@pytest.mark.parametrize("period", [90, 300, 600])
def test_machines_that_report_slowly_and_out_of_step_are_not_ahead(period: int) -> None:
    machines = ["hall-1/crah-01", "hall-1/rack-01", "hall-1/rack-02", "hall-1/rack-03"]
    rows = [
        (f"{machine}/power", float(start + n * period // len(machines)), 5.0)
        for start in range(0, 40 * period, period)
        for n, machine in enumerate(machines)
    ]
    heard = push(make_engine(), rows)
    assert not heard.rejected
    assert not heard.incidents
    assert heard.counts.scored > 0.9 * len(rows)


def test_a_clock_ahead_is_refused_among_slow_reports_too() -> None:
    machines = ["hall-1/crah-01", "hall-1/rack-01", WRONG, "hall-1/rack-03"]
    rows = clock_ahead(every(6000, *machines, period=150), WRONG, 3600.0)
    heard = push(make_engine(), rows)
    assert {i.fault for i in heard.incidents} == {"bad_clock"}


def test_ids_that_speak_once_hold_no_tick_back() -> None:
    hall = quiet_hall(300)
    junk = [(f"hall-1/junk-{n}/power", 150.0, 5.0) for n in range(1000)]
    before, after = [r for r in hall if r[1] < 150.0], [r for r in hall if r[1] >= 150.0]
    assert ends(push(make_engine(), [*before, *junk, *after])) == ends(push(make_engine(), hall))


def test_clocks_that_are_off_by_as_much_are_one_incident() -> None:
    """A gateway of which the clock is wrong, and one machine with a wrong clock of its own."""

    def ahead(row: Row) -> float:
        point, time, _ = row
        if time < 300.0:
            return 0.0
        return 3600.0 if "crah-0" in point else 7200.0 if "rack-03" in point else 0.0

    rows = [(row[0], row[1] + ahead(row), row[2]) for row in quiet_hall(600, racks=9, units=4)]
    told = {i.root: i.summary for i in push(make_engine(), rows).of("bad_clock")}
    assert set(told) == {"hall-1/crah-*", "hall-1/rack-03"}
    assert told["hall-1/crah-*"].startswith("the clocks of 4 machines (crah-01 to crah-04) run 1 h ahead")


@pytest.mark.parametrize("behind", [600.0, 1500.0])
def test_a_gateway_whose_stamps_lag_is_one_wrong_clock_and_not_silent(behind: float) -> None:
    def stamp(row: Row) -> float:
        return row[1] - behind if "crah-0" in row[0] and 2400.0 <= row[1] < 6000.0 else row[1]

    rows = [(row[0], stamp(row), row[2]) for row in quiet_hall(9000, racks=9, units=4, every=60)]
    heard = push(make_engine(), rows)
    assert {(i.category, i.fault, i.root) for i in heard.incidents} == {
        ("telemetry", "bad_clock", "hall-1/crah-*")
    }
    assert [i.state for i in heard.incidents] == ["firing", "resolved"]
    said = f"run {behind / 60.0:.0f} min behind"
    assert said in heard.incidents[0].summary


@pytest.mark.parametrize("every", [10, 60])
def test_a_clock_that_stands_is_told_while_its_machines_go_on_sending(every: int) -> None:
    """By its stamps it is further and further behind; each reading of it comes under the same one."""

    def stamp(row: Row) -> float:
        return min(row[1], 2400.0) if "crah-0" in row[0] and row[1] < 3600.0 else row[1]

    rows = [(row[0], stamp(row), row[2]) for row in quiet_hall(4800, racks=9, units=4, every=every)]
    heard = push(make_engine(), rows)
    told = {(i.category, i.fault, i.root) for i in heard.incidents}
    assert told == {("telemetry", "bad_clock", "hall-1/crah-*")}
    assert heard.incidents[0].warned is not None
    assert heard.incidents[0].warned - heard.incidents[0].started <= 600 * 10**9
    assert [i.state for i in heard.incidents] == ["firing", "resolved"]


def test_what_comes_later_since_a_link_was_broken_is_no_wrong_clock() -> None:
    """What a gateway kept for half an hour comes within a minute."""
    rows = quiet_hall(9000, racks=9, units=4, every=60)
    kept = [r for r in rows if "crah-0" in r[0] and 3600.0 <= r[1] < 5400.0]
    others = [r for r in rows if r not in set(kept)]
    at = next(n for n, r in enumerate(others) if r[1] >= 5400.0)
    heard = push(make_engine(), [*others[:at], *kept, *others[at:]])
    assert not heard.of("bad_clock")
