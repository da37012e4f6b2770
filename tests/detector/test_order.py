"""What the engine says depends on the readings and their order, not on how they were cut or shuffled."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.messages import TickVerdict
from tests.detector.feeding import (
    Heard,
    Row,
    bits,
    changed,
    clock_ahead,
    make_engine,
    push,
    quiet_hall,
    readings_of,
    second_of,
)


def lively_hall(seconds: int = 300, seed: int = 0) -> list[Row]:
    """Limits crossed, a unit that stops, a clock that is wrong for a while, late and double readings."""
    rng = np.random.default_rng(seed)
    rows = quiet_hall(seconds, seed)
    rows = changed(rows, "hall-1/rack-01/inlet_air_temperature", 100, 33.0, 160)
    rows = changed(rows, "hall-1/rack-02/inlet_air_temperature", 120, 28.0)
    rows = changed(rows, "hall-1/crah-01/run_status", 140, 0.0)
    rows = changed(rows, "hall-1/crah-01/fan_speed", 140, 0.0)
    wrong = set(range(len(rows) // 3, len(rows) // 2))
    rows = [clock_ahead([r], "hall-1/rack-04", 3600.0)[0] if n in wrong else r for n, r in enumerate(rows)]
    for n in rng.integers(0, len(rows), 30).tolist():
        rows.insert(n, rows[n])
    for n in rng.integers(50, len(rows), 30).tolist():
        point, second, value = rows[n]
        rows.insert(n, (point, second - float(rng.uniform(0.0, 60.0)), value))
    return rows


LIVELY = lively_hall()


@pytest.fixture(scope="module")
def whole() -> Heard:
    return push(make_engine(), LIVELY)


def test_the_lively_hall_has_something_of_everything(whole: Heard) -> None:
    assert whole.counts.late and whole.counts.duplicate and whole.counts.rejected and whole.counts.waiting
    assert {"limit", "unit_failed"} <= {i.fault for i in whole.incidents}


@settings(max_examples=8)
@given(st.sets(st.integers(1, len(LIVELY) - 1), max_size=40))
def test_any_cut_into_batches_gives_the_same_verdicts(whole: Heard, cuts: set[int]) -> None:
    assert bits(push(make_engine(), LIVELY, cuts)) == bits(whole)


@pytest.mark.parametrize("size", [1, 7, 64])
def test_equal_batches_give_the_same_verdicts(whole: Heard, size: int) -> None:
    assert bits(push(make_engine(), LIVELY, range(size, len(LIVELY), size))) == bits(whole)


def test_a_point_known_by_name_before_it_speaks_changes_nothing(whole: Heard) -> None:
    known = make_engine()
    for point, _, _ in LIVELY:
        known.slot(point)
    late = make_engine()
    heard = Heard()
    for row in LIVELY:
        heard.push(late, readings_of(late, [row]))
    assert bits(heard) == bits(push(known, LIVELY)) == bits(whole)


def in_order_of_arrival(rows: list[Row], delay: list[float]) -> list[Row]:
    order = sorted(range(len(rows)), key=lambda n: (rows[n][1] + delay[n], n))
    return [rows[n] for n in order]


def ticks_of(rows: list[Row]) -> list[TickVerdict]:
    """With the slots of the quiet hall, whatever comes first."""
    engine = make_engine()
    for point, _, _ in QUIET:
        engine.slot(point)
    heard = push(engine, rows)
    assert not heard.counts.late
    return heard.ticks


QUIET = quiet_hall(300)


@settings(max_examples=8)
@given(st.integers(0, 2**32 - 1), st.floats(0.5, 10.0))
def test_the_order_of_arrival_within_the_lateness_changes_no_tick(seed: int, most: float) -> None:
    delay = np.random.default_rng(seed).uniform(0.0, most, len(QUIET)).tolist()
    shuffled = in_order_of_arrival(QUIET, delay)
    straight, other = ticks_of(QUIET), ticks_of(shuffled)
    closed = min(len(straight), len(other))
    assert closed >= 27
    assert bits(straight[:closed]) == bits(other[:closed])


@settings(max_examples=5)
@given(st.integers(0, 2**32 - 1))
def test_a_fault_is_judged_alike_in_any_order_of_arrival(seed: int) -> None:
    rows = changed(QUIET, "hall-1/crah-01/run_status", 140, 0.0)
    rows = changed(rows, "hall-1/crah-01/fan_speed", 140, 0.0)
    delay = np.random.default_rng(seed).uniform(0.0, 9.0, len(rows)).tolist()

    def causes(arrived: list[Row]) -> list[tuple[str, str, str, int]]:
        return [(i.id, i.fault, i.root, i.started) for i in push(make_engine(), arrived).incidents]

    assert causes(in_order_of_arrival(rows, delay)) == causes(rows) != []


@settings(max_examples=15)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(sorted({r[0] for r in QUIET})),
            st.one_of(st.integers(0, 200), st.sampled_from([3600, 7200, -3600])),
            st.floats(-300.0, 300.0),
        ),
        max_size=150,
    ),
    st.sets(st.integers(1, 150), max_size=5),
)
def test_the_books_balance_whatever_comes(rows: list[Row], cuts: set[int]) -> None:
    engine = make_engine()
    heard = push(engine, rows, cuts)
    assert heard.counts.balanced()
    assert bits(engine.counts) == bits(heard.counts)
    assert heard.counts.readings == len(rows)
    assert heard.counts.rejected == len(heard.rejected)
    assert heard.counts.waiting >= 0


def test_the_first_of_two_readings_of_one_moment_stands() -> None:
    rows = [("hall-1/rack-01/power", float(s), 5.0) for s in range(0, 60, 5)]
    double = [("hall-1/rack-01/power", 5.0, 9.0)]
    heard = push(make_engine(), [*rows[:2], *double, *rows[2:]])
    assert heard.counts.duplicate == 1
    assert [second_of(t.end) for t in heard.ticks[:1]] == [10.0]
    assert heard.ticks[0].scores.value.tolist() == [5.0]


def test_the_newest_of_a_point_counts_in_the_open_tick_though_its_own_is_closed() -> None:
    pulse = [(f"hall-1/rack-0{n}/power", float(s), 5.0) for s in range(0, 120, 5) for n in (1, 2, 3)]
    belated = [("hall-1/rack-04/power", s, value) for s, value in ((12.0, 3.0), (17.0, 7.0))]
    heard = push(make_engine(), [*pulse[:48], *belated, *pulse[48:]])
    assert not heard.counts.late
    (told,) = [tick for tick in heard.ticks if 7.0 in tick.scores.value]
    assert second_of(told.end) == 70.0


@pytest.mark.parametrize("held_s", [60.0, 120.0])
def test_gateways_that_send_what_they_read_every_minute_or_two_are_heard(held_s: float) -> None:
    rows = changed(quiet_hall(3000), "hall-1/crah-01/run_status", 2400, 0.0)
    rows = changed(rows, "hall-1/crah-01/fan_speed", 2400, 0.0)
    turn = {e: n for n, e in enumerate(sorted({p.rsplit("/", 1)[0] for p, _, _ in rows}))}

    def sent(row: Row) -> float:
        phase = turn[row[0].rsplit("/", 1)[0]] * held_s / len(turn)
        return float(np.ceil((row[1] - phase) / held_s) * held_s + phase)

    heard = push(make_engine(), sorted(rows, key=sent))
    assert not heard.counts.late and not heard.counts.rejected
    assert [(i.root, i.category) for i in heard.incidents[:1]] == [("hall-1/crah-01", "cooling")]
    assert {i.category for i in heard.incidents} == {"cooling"}


def test_a_reading_of_a_closed_tick_is_late_and_is_not_scored() -> None:
    rows = [("hall-1/rack-01/power", float(s), 5.0) for s in range(0, 60, 5)]
    straight = push(make_engine(), rows)
    heard = push(make_engine(), [*rows[:8], ("hall-1/rack-01/power", 7.0, 50.0), *rows[8:]])
    assert heard.counts.late == 1
    assert bits(heard.ticks) == bits(straight.ticks)


def test_a_tick_closes_only_when_event_time_has_passed_its_end_by_the_lateness() -> None:
    engine = make_engine()
    before = push(engine, [("hall-1/rack-01/power", s, 5.0) for s in (0.0, 9.0, 19.9)])
    assert not before.ticks
    assert before.counts.waiting == 3
    after = push(engine, [("hall-1/rack-01/power", 20.0, 5.0)])
    assert [second_of(t.end) for t in after.ticks] == [10.0]
    assert after.counts.scored == 2
    assert engine.counts.waiting == 2


@pytest.mark.parametrize("first", [0.0, 1e7])
def test_a_tick_of_points_that_keep_their_order_closes_with_the_last_of_them(first: float) -> None:
    """Also where the very first clock was months ahead."""
    pulse = [(f"hall-1/rack-0{n}/power", float(s), 5.0) for s in range(1, 1200) for n in (1, 2, 3)]
    heard = push(make_engine(), [("hall-1/rack-04/power", first, 5.0), *pulse])
    assert second_of(heard.ticks[-1].end) == 1200.0


def test_readings_wait_as_long_as_nothing_moves_event_time_and_the_oldest_give_way_when_room_is_short() -> (
    None
):
    engine = make_engine(max_points=1)
    push(engine, [("hall-1/rack-01/power", 0.0, 5.0), ("hall-1/rack-02/power", 0.0, 5.0)])
    rows = [("hall-1/rack-01/power", 0.0001 * n, 5.0) for n in range(1, 70_000)]
    heard = push(engine, rows)
    assert engine.counts.balanced()
    assert {r.reason for r in heard.rejected} == {"waiting_full"}
    assert engine.counts.waiting <= 1 << 16


def test_a_point_of_no_known_kind_has_no_slot() -> None:
    with pytest.raises(ValueError, match="known kind"):
        make_engine().slot("hall-1/rack-01/mood")


def test_a_zone_that_says_nothing_gives_no_verdict() -> None:
    engine = make_engine()
    heard = push(engine, [])
    assert not heard.ticks and not heard.incidents
    assert engine.event_time is None
