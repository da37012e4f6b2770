from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels.tracks import Tracks, follow_tracks, make_tracks
from tests.kernels import naive_tracks
from tests.kernels.readings import SECOND, SERIES, START


def followed(times: list[int], values: list[float], slots: int = 1) -> Tracks:
    state = make_tracks(slots)
    slot = np.zeros(len(times), np.int32)
    follow_tracks(state, slot, np.array(times, np.int64), np.array(values, np.float64), 0.1)
    return state


def check(times: list[int], values: list[float]) -> None:
    state, want = followed(times, values), naive_tracks.follow_tracks(times, values, 0.1)
    for name, known in want.items():
        if name == "level":
            np.testing.assert_array_equal(state.level[0][: len(known)], known)
        else:
            assert getattr(state, name)[0] == pytest.approx(known, rel=1e-5, abs=1e-5), name


@pytest.mark.parametrize("name", sorted(SERIES))
def test_tracks_equal_their_twin(name: str) -> None:
    check(SERIES[name].time[:200].tolist(), SERIES[name].value[:200].tolist())


@given(st.lists(st.tuples(st.integers(0, 90), st.sampled_from([0.0, 1.0, 1.5, 20.0, np.nan])), max_size=80))
@settings(max_examples=100, deadline=None)
def test_tracks_equal_their_twin_on_anything(rows: list[tuple[int, float]]) -> None:
    times = (START + np.cumsum([gap * SECOND for gap, _ in rows])).astype(np.int64).tolist()
    check(times, [value for _, value in rows])


def test_two_sources_are_two_tracks_and_cutting_the_readings_changes_nothing() -> None:
    rng = np.random.default_rng(3)
    times, values = [], []
    for minute in range(60):
        times += [START + minute * 60 * SECOND, START + (minute * 60 + 3) * SECOND]
        values += [18.0 + rng.normal(0, 0.1), 24.0 + rng.normal(0, 0.1)]
    state = followed(times, values)
    assert sorted(round(level) for level in state.level[0]) == [18, 24]
    assert state.within[0] < 0.3 < 5.0 < state.apart[0]
    assert state.switched[0] > 0.95
    assert state.uneven[0] < 0.1 < state.jerky[0]
