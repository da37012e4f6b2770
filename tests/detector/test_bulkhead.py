"""What raises while a tick is judged costs that tick, never the zone: limits go on, the same in every run."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.kinds import load_kinds
from config.settings import EngineSettings
from config.site import Site
from detector import bulkhead, engine, state
from detector.bulkhead import ContainedEngine
from detector.engine import Engine
from detector.intake.intake import Intake
from detector.service.daemon.contained import sentence
from detector.trouble import T as TROUBLE
from streams.messages import SECOND, Failure
from tests.detector.feeding import Heard, Row, at, bits, changed, push, quiet_hall, readings_of, second_of
from tests.detector.test_order import LIVELY

INLET = "hall-1/rack-01/inlet_air_temperature"
Breaks = Callable[[Any], None]


def contained(saved: bytes | None = None) -> ContainedEngine:
    return ContainedEngine("hall-1", Site.empty(), load_kinds(), EngineSettings(), saved)


@pytest.fixture
def breaking(monkeypatch: pytest.MonkeyPatch) -> Callable[[Breaks], None]:
    """Lets a part of the engine that is no rule do something else first: raise, when it likes."""

    def lay(breaks: Breaks) -> None:
        whole = state.figures_of

        def figures(tick: Any) -> Any:
            breaks(tick)
            return whole(tick)

        monkeypatch.setattr(state, "figures_of", figures)

    return lay


def raises_at(*seconds: float) -> Breaks:
    """At the ticks that end so long after the start, however often they are judged."""

    def breaks(tick: Any) -> None:
        if second_of(tick.end) in seconds:
            raise KeyError("what nobody should have asked for")

    return breaks


def always(_: Any) -> None:
    raise ZeroDivisionError("division by zero")


def once_at(second: float) -> Breaks:
    """The first time that a tick is judged, as where memory is short for a moment."""
    raised: set[int] = set()

    def breaks(tick: Any) -> None:
        if second_of(tick.end) == second and tick.end not in raised:
            raised.add(tick.end)
            raise MemoryError

    return breaks


def ends(heard: Heard) -> list[float]:
    return [second_of(tick.end) for tick in heard.ticks]


def test_what_fails_by_chance_alone_changes_nothing(breaking: Callable[[Breaks], None]) -> None:
    whole = contained()
    expected = push(whole, LIVELY)
    breaking(once_at(150))
    engine = contained()
    assert bits(push(engine, LIVELY, range(100, len(LIVELY), 100))) == bits(expected)
    assert engine.snapshot() == whole.snapshot()


def test_it_is_told_all_the_same(breaking: Callable[[Breaks], None]) -> None:
    breaking(once_at(150))
    engine = contained()
    told: list[Failure] = []
    for first, last in pairwise(range(0, len(LIVELY), 50)):
        told += engine.push(readings_of(engine, LIVELY[first:last])).failures
    assert [failure.what for failure in told] == ["MemoryError: "]
    assert told[0].place.startswith("detector/state.py:observe:")


def test_a_tick_that_fails_twice_is_set_aside_and_the_next_is_judged(
    breaking: Callable[[Breaks], None],
) -> None:
    expected = ends(push(contained(), LIVELY))
    breaking(raises_at(150))
    engine = contained()
    heard = push(engine, LIVELY)
    assert ends(heard) == [end for end in expected if end != 150]
    assert heard.counts.set_aside > 0
    assert heard.counts.balanced() and engine.counts.balanced()
    assert engine.counts == heard.counts
    assert engine.trouble.ticks == 1 and not engine.trouble.limits_only


@settings(max_examples=8)
@given(
    st.sets(st.integers(1, len(LIVELY) - 1), max_size=8),
    st.sets(st.integers(1, len(LIVELY) - 1), max_size=4),
    st.sets(st.sampled_from(range(10, 300, 10)), max_size=6),
)
def test_neither_batches_nor_restarts_move_what_is_set_aside(
    cuts: set[int], restarts: set[int], fails: set[int]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        breaks, whole = raises_at(*fails), state.figures_of

        def figures(tick: Any) -> Any:
            breaks(tick)
            return whole(tick)

        patch.setattr(state, "figures_of", figures)
        unbroken = contained()
        for point, _, _ in LIVELY:
            unbroken.slot(point)
        expected = push(unbroken, LIVELY)
        engine, heard = contained(), Heard()
        for point, _, _ in LIVELY:
            engine.slot(point)
        for first, last in pairwise(sorted({0, len(LIVELY), *cuts, *restarts})):
            heard.push(engine, readings_of(engine, LIVELY[first:last]))
            if last in restarts:
                engine = contained(engine.snapshot())
        assert bits(heard) == bits(expected)
        assert engine.snapshot() == unbroken.snapshot()


def overheating(seconds: int = 1500) -> list[Row]:
    """Two racks beyond their critical limit from 600 s to 900 s."""
    rows = quiet_hall(seconds)
    for rack in ("01", "02"):
        rows = changed(rows, f"hall-1/rack-{rack}/inlet_air_temperature", 600, 43.0, 900)
    return rows


def test_limits_page_within_seconds_while_nothing_else_works(breaking: Callable[[Breaks], None]) -> None:
    breaking(always)
    engine = contained()
    heard = push(engine, overheating())
    assert engine.trouble.limits_only
    assert engine.trouble.failure is not None
    assert engine.trouble.failure.what == "ZeroDivisionError: division by zero"
    assert not heard.ticks
    fired = [i for i in heard.incidents if i.fault == "limit" and i.state == "firing"]
    assert fired and second_of(fired[0].warned or 0) < 612
    assert {i.severity for i in fired} == {"critical"}
    assert [i.state for i in heard.incidents if i.id == fired[0].id][-1] == "resolved"
    assert heard.counts.balanced() and heard.counts.scored == 0


def test_on_limits_only_judging_is_tried_again_by_event_time_and_goes_on_once_it_works(
    breaking: Callable[[Breaks], None],
) -> None:
    tried = []

    def until_1000(tick: Any) -> None:
        tried.append(second_of(tick.end))
        if second_of(tick.end) < 1000:
            raise ValueError("not yet")

    breaking(until_1000)
    engine = contained()
    rows = quiet_hall(2400)
    heard = push(engine, rows)
    assert sorted(set(tried))[:5] == [10, 20, 30, 330, 930]
    assert ends(heard)[0] == 30 + 300 + 600 + 1200  # the rest doubles: 330, 930, then 2130
    assert not engine.trouble.limits_only
    assert not [i for i in heard.incidents if i.category == "telemetry"]


def test_the_rest_doubles_up_to_an_hour() -> None:
    trouble, end, rests = contained().trouble, 0, []
    for _ in range(10):
        trouble.tick_failed(end)
        end = trouble.until if trouble.until is not None else end + 10 * SECOND
        rests.append(trouble.rest)
    assert rests[2] == TROUBLE.first_rest_s * SECOND
    assert rests[3] == 2 * TROUBLE.first_rest_s * SECOND
    assert rests[-1] == TROUBLE.longest_rest_s * SECOND


def test_an_open_incident_does_not_end_because_nobody_looks(breaking: Callable[[Breaks], None]) -> None:
    rows = changed(quiet_hall(1200), "hall-1/crah-01/run_status", 200, 0.0)
    rows = changed(rows, "hall-1/crah-01/fan_speed", 200, 0.0)
    breaking(lambda tick: always(tick) if second_of(tick.end) > 400 else None)
    heard = push(contained(), rows)
    assert "unit_failed" in {i.fault for i in heard.incidents}
    assert not [i for i in heard.incidents if i.state == "resolved"]


def test_where_limits_themselves_fail_the_bare_limit_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise IndexError("out of bounds")

    monkeypatch.setattr(engine, "limit_signs", broken)
    heard = push(contained(), overheating())
    fired = [i for i in heard.incidents if i.fault == "limit" and i.state == "firing"]
    assert fired and second_of(fired[0].warned or 0) < 612
    assert heard.counts.balanced()


def test_a_reading_that_cannot_be_taken_in_goes_by_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = quiet_hall(300)
    (bad,) = (at(t) for p, t, _ in rows if p == "hall-1/crah-01/fan_speed" and 200 <= t < 205)
    whole = Intake.take

    def take(self: Intake, readings: Any, *rest: Any) -> Any:
        if ((readings.time == bad) & (readings.point == 2)).any():
            raise RuntimeError("a reading that nobody thought of")
        return whole(self, readings, *rest)

    monkeypatch.setattr(Intake, "take", take)
    heard = push(contained(), rows, range(200, len(rows), 200))
    assert heard.counts.set_aside == 1
    assert heard.counts.balanced() and heard.counts.readings == len(rows)
    assert ends(heard)[:28] == list(range(10, 290, 10))


def test_fresh_bytes_are_taken_when_many_readings_have_come_since(
    monkeypatch: pytest.MonkeyPatch, breaking: Callable[[Breaks], None]
) -> None:
    expected = push(contained(), LIVELY)
    monkeypatch.setattr(bulkhead, "MOST_ROWS", 50)
    breaking(once_at(150))
    assert bits(push(contained(), LIVELY, range(20, len(LIVELY), 20))) == bits(expected)


def test_a_zone_that_cannot_even_be_rebuilt_begins_anew(
    monkeypatch: pytest.MonkeyPatch, breaking: Callable[[Breaks], None]
) -> None:
    monkeypatch.setattr(bulkhead, "MOST_TRIES", 5)
    engine = contained()
    push(engine, quiet_hall(100))
    engine._bytes = b"not what was written"
    breaking(once_at(150))
    heard = push(engine, [row for row in quiet_hall(300) if row[1] >= 100], [100])
    assert ends(heard)[-1] >= 270
    assert engine.counts.balanced()
    assert engine.trouble.failure is not None and "SnapshotError" in engine.trouble.failure.what


def unable(monkeypatch: pytest.MonkeyPatch, times: int = 10**9) -> None:
    """So many times from now on no engine can be put into bytes."""
    whole, left = Engine.snapshot, [times]

    def snapshot(self: Engine) -> bytes:
        left[0] -= 1
        if left[0] >= 0:
            raise MemoryError("no room for the bytes")
        return whole(self)

    monkeypatch.setattr(Engine, "snapshot", snapshot)


def test_where_no_bytes_can_be_taken_judging_goes_on_and_the_failure_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected = bits(push(contained(), LIVELY))
    monkeypatch.setattr(bulkhead, "MOST_ROWS", 50)
    unable(monkeypatch)
    engine, heard, told = contained(), Heard(), []
    for first, last in pairwise([*range(0, len(LIVELY), 20), len(LIVELY)]):
        told += heard.push(engine, readings_of(engine, LIVELY[first:last])).failures
        assert engine.rows <= 50
    assert bits(heard) == expected
    assert [failure.what for failure in told] == ["MemoryError: no room for the bytes"]
    assert "no room for the bytes" in sentence("hall-1", engine.trouble)


def test_bytes_that_could_not_be_taken_are_tried_again(
    monkeypatch: pytest.MonkeyPatch, breaking: Callable[[Breaks], None]
) -> None:
    expected = bits(push(contained(), LIVELY))
    monkeypatch.setattr(bulkhead, "MOST_ROWS", 50)
    monkeypatch.setattr(bulkhead, "TRIED_AGAIN_AFTER", 30)
    unable(monkeypatch, times=2)
    breaking(once_at(250))
    assert bits(push(contained(), LIVELY, range(20, len(LIVELY), 20))) == expected


def test_without_a_way_back_a_step_that_fails_begins_the_zone_anew(
    monkeypatch: pytest.MonkeyPatch, breaking: Callable[[Breaks], None]
) -> None:
    monkeypatch.setattr(bulkhead, "MOST_ROWS", 50)
    unable(monkeypatch)
    breaking(raises_at(150))
    engine, rows = contained(), quiet_hall(300)
    heard = push(engine, rows, range(20, len(rows), 20))
    assert 150 not in ends(heard)
    assert {*range(10, 140, 10), *range(170, 290, 10)} <= set(ends(heard))
    assert engine.counts.balanced() and engine.counts.readings == len(rows)
    assert engine.rows <= 50


def test_what_is_spared_is_spared_without_fresh_bytes_too(
    monkeypatch: pytest.MonkeyPatch, breaking: Callable[[Breaks], None]
) -> None:
    breaking(raises_at(150))
    expected = ends(push(contained(), LIVELY))
    unable(monkeypatch)
    engine = contained()
    assert ends(push(engine, LIVELY, range(20, len(LIVELY), 20))) == expected
    assert engine.counts.balanced()
