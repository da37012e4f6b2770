"""Scores: what is usual scores nothing, what is further off never scores less."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.kinds import load_kinds
from config.settings import EngineSettings
from config.site import Site
from detector.engine import Engine
from streams.messages import SECOND
from tests.detector.feeding import Heard, Row, changed, make_engine, push, quiet_hall, second_of

pytestmark = pytest.mark.numbers

POINT = "hall-1/rack-01/inlet_air_temperature"
TRAINED_S = 1200


def scores_of(heard: Heard, engine: Engine, point: str, since: float = 0.0) -> list[float]:
    """Of the ticks that end after ``since``, s."""
    slot = engine.slot(point)
    ticks = [t for t in heard.ticks if slot in t.scores.point and second_of(t.end) > since]
    return [float(t.scores.score[t.scores.point == slot][0]) for t in ticks]


@pytest.fixture(scope="module")
def trained() -> bytes:
    """A hall that has been quiet for twenty minutes, one place measured every ten seconds."""
    engine = make_engine()
    push(engine, course([22.0 + x for x in noise(TRAINED_S // 10)]))
    return engine.snapshot()


def noise(count: int) -> list[float]:
    return np.random.default_rng(0).normal(0.0, 0.05, count).tolist()


def course(values: list[float], first: float = 0.0) -> list[Row]:
    return [(POINT, first + 10.0 * n, value) for n, value in enumerate(values)]


def scored(trained: bytes, excursion: list[float]) -> list[float]:
    engine, _ = Engine.restore(trained, Site.empty(), load_kinds(), EngineSettings())
    heard = push(engine, course([*excursion, *[22.0] * 2], first=TRAINED_S))
    return scores_of(heard, engine, POINT, TRAINED_S)[: len(excursion)]


def test_what_is_usual_scores_little(trained: bytes) -> None:
    assert max(scored(trained, [22.0, 22.05, 21.95])) < 0.2


def test_what_was_never_seen_scores_near_one(trained: bytes) -> None:
    assert scored(trained, [26.0])[0] > 0.9


excess = st.floats(0.0, 400.0) | st.sampled_from([0.1, 0.5, 1.0, 5.0, 15.0, 19.9, 20.1, 67.9, 68.1, 100.0])


@settings(max_examples=40)
@given(excess, excess, st.sampled_from([1.0, -1.0]))
def test_a_bigger_excursion_never_scores_lower(trained: bytes, one: float, other: float, side: float) -> None:
    """Also where it is too fast or too far to be true: 20 K in ten seconds, 90 C at an inlet."""
    small, big = sorted([one, other])
    assert scored(trained, [22.0 + side * small]) <= scored(trained, [22.0 + side * big])


@settings(max_examples=20)
@given(st.floats(0.3, 5.0), st.floats(1.2, 3.0), st.integers(2, 12))
def test_a_bigger_lasting_excursion_never_scores_lower(
    trained: bytes, small: float, times: float, ticks: int
) -> None:
    lesser = scored(trained, [22.0 + small] * ticks)
    greater = scored(trained, [22.0 + times * small] * ticks)
    assert all(a <= b for a, b in zip(lesser, greater, strict=True))


def test_a_small_shift_that_lasts_comes_to_score(trained: bytes) -> None:
    shifted = scored(trained, [22.0 + 0.12] * 40)
    assert shifted[0] < 0.3
    assert max(shifted) >= 0.4


@pytest.fixture(scope="module")
def at_home() -> bytes:
    """A point that has run between 18 and 22 for eight days, a reading every ten minutes."""
    engine = make_engine(tick=600 * SECOND)
    push(engine, slow(daily(WEEKS_ROWS)))
    return engine.snapshot()


WEEKS_ROWS = 8 * 144


def daily(count: int, first: int = 0) -> list[float]:
    row = np.arange(first, first + count)
    wave = 20.0 + 2.0 * np.sin(2.0 * np.pi * row / 144.0)
    values: list[float] = (wave + np.random.default_rng(first).normal(0.0, 0.05, count)).tolist()
    return values


def slow(values: list[float], first: int = 0) -> list[Row]:
    return [("hall-1/meter-1/value", 600.0 * (first + n), value) for n, value in enumerate(values)]


def scored_at_home(at_home: bytes, values: list[float]) -> list[float]:
    engine, _ = Engine.restore(at_home, Site.empty(), load_kinds(), EngineSettings(tick=600 * SECOND))
    # as many rows more as it takes to close the last tick
    heard = push(engine, slow([*values, 20.0, 20.0, 20.0], first=WEEKS_ROWS))
    return scores_of(heard, engine, "hall-1/meter-1/value", 600.0 * WEEKS_ROWS)[: len(values)]


def test_days_like_those_before_score_at_most_a_half(at_home: bytes) -> None:
    scores = scored_at_home(at_home, daily(2 * 144, first=WEEKS_ROWS))
    assert np.quantile(scores, 0.98) <= 0.5


def test_what_was_never_shown_scores_more_than_all_that_was(at_home: bytes) -> None:
    usual = daily(144, first=WEEKS_ROWS)
    for value in (24.5, 15.0, 30.0, -40.0):
        scores = scored_at_home(at_home, [*usual, value])
        assert scores[-1] > 0.9
        assert scores[-1] > max(scores[:-1])


@settings(max_examples=10)
@given(st.floats(0.0, 400.0), st.floats(0.0, 400.0), st.sampled_from([1.0, -1.0]))
def test_a_bigger_excursion_never_scores_lower_at_home(
    at_home: bytes, one: float, other: float, side: float
) -> None:
    small, big = sorted([one, other])
    lesser, greater = ([20.0 + side * (2.3 + x)] * 3 for x in (small, big))
    pairs = zip(scored_at_home(at_home, lesser), scored_at_home(at_home, greater), strict=True)
    assert all(a <= b for a, b in pairs)


@pytest.mark.parametrize(("times", "more"), [(1.0, 100.0), (64.0, 0.0), (-1.0, 0.0)])
def test_scale_and_offset_of_a_point_do_not_matter(times: float, more: float) -> None:
    values = np.array([*daily(300), 30.0, 20.0, 20.0])
    found = []
    for series in (values, values * times + more):
        engine = make_engine(tick=600 * SECOND)
        found.append(scores_of(push(engine, slow(series.tolist())), engine, "hall-1/meter-1/value"))
    np.testing.assert_allclose(found[0], found[1], atol=0.01)
    assert max(found[0]) > 0.9


@pytest.mark.parametrize("value", [0.0, 1.0, 22.5, -40.0, 1e9])
def test_a_constant_series_is_never_unusual(value: float) -> None:
    engine = make_engine()
    rows = [("hall-1/rack-01/value", float(s), value) for s in range(0, 3600, 10)]
    heard = push(engine, rows)
    assert not heard.incidents
    assert {float(x) for t in heard.ticks for x in t.scores.score} == {0.0}
    assert {float(x) for t in heard.ticks for x in t.scores.quality} == {1.0}


def test_a_score_is_written_only_where_there_is_something_new() -> None:
    slow = [("hall-1/rack-09/power", float(s), 5.0) for s in range(0, 300, 60)]
    engine = make_engine()
    heard = push(engine, sorted(quiet_hall(300) + slow, key=lambda r: r[1]))
    slot = engine.slot("hall-1/rack-09/power")
    told = [second_of(t.end) for t in heard.ticks if slot in t.scores.point]
    assert told == [10.0, 70.0, 130.0, 190.0, 250.0]


def test_a_value_that_cannot_be_is_scored_but_marked_as_not_to_be_used() -> None:
    engine = make_engine()
    heard = push(engine, changed(quiet_hall(1200, every=10), POINT, 1100.0, 300.0))
    slot = engine.slot(POINT)
    last = [t for t in heard.ticks if slot in t.scores.point][-1]
    row = last.scores.point == slot
    assert last.scores.quality[row].tolist() == [0.0]
    assert np.isnan(last.scores.value[row]).all()
    assert last.scores.score[row][0] > 0.9


def test_one_score_for_each_point_and_tick() -> None:
    heard = push(make_engine(), quiet_hall(300))
    for tick in heard.ticks:
        assert len(set(tick.scores.point.tolist())) == len(tick.scores.point)
        assert ((tick.scores.score >= 0.0) & (tick.scores.score <= 1.0)).all()
