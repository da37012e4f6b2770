"""The benchmarks on public corpora: the scorer against published figures, and rows against ticks."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import nab, skab
from benchmarks.nab_scoring import Labelled
from streams.messages import SECOND
from tests.streams.test_real_logs import shared

START = 1_700_000_000 * SECOND


def log_of(seconds: list[int], values: list[float]) -> nab.Log:
    time = START + np.array(seconds) * SECOND
    return nab.Log("made/up.csv", time, np.array(values), Labelled(len(values), ()))


def test_the_scorer_agrees_with_a_published_detector() -> None:
    folder = shared("nab")
    logs = nab.corpus(folder)
    assert len(logs) == 58
    assert sum(len(log.labels.windows) for log in logs) == 116
    kept = nab.reference(folder, "numenta")
    found = nab.results(logs, [kept[log.name] for log in logs])
    assert nab.figures(found) == pytest.approx(
        {"standard": 70.10, "low_fp": 63.12, "low_fn": 74.32}, abs=nab.AGREES_WITHIN
    )


def test_a_row_is_scored_by_what_was_before_it() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(20.0, 1.0, 700).tolist()
    changed = [*values[:650], *[90.0] * 50]
    seconds = [300 * n for n in range(700)]
    one, other = nab.played([log_of(seconds, values), log_of(seconds, changed)])
    np.testing.assert_array_equal(one[:650], other[:650])
    assert other[650] > 0.9
    assert one.max() < other[650]


def test_a_time_that_has_been_keeps_the_score_before_it() -> None:
    rng = np.random.default_rng(0)
    seconds = [300 * n for n in range(600)]
    seconds[400:404] = seconds[395:399]
    values = rng.normal(20.0, 1.0, 600)
    values[[399, 402]] = 60.0
    given = nab.played([log_of(seconds, values.tolist())])[0]
    assert given[399] > 0.9
    np.testing.assert_array_equal(given[400:404], given[399])


def test_the_windowed_gaussian_by_hand() -> None:
    given = nab.windowed_gaussian(np.array([1.0, 3.0, 2.0, 2.0]))
    # before the first row nothing is known; of one row the deviation is the least that is reckoned with
    assert given[0] == 0.0
    assert given[1] == 1.0
    assert given[2] == given[3] == 0.5


def test_skab_counts_rows_by_hand() -> None:
    marked = np.array([True, True, False, False, True])
    anomalous = np.array([True, False, False, True, True])
    assert skab.figures([skab.Judged(marked, anomalous)]) == {"f1": 0.667, "far": 50.0, "mar": 33.3}


def test_a_run_of_skab_is_judged_after_its_learned_rows() -> None:
    run = skab.runs(shared("skab/valve1"))[1]
    distance = skab.distances(run)
    assert np.isnan(distance[: skab.LEARNED_ROWS]).all()
    assert np.isfinite(distance[skab.LEARNED_ROWS :]).all()
    late = slice(skab.LEARNED_ROWS, None)
    assert np.median(distance[late][run.anomalous[late]]) > np.median(distance[late][~run.anomalous[late]])
