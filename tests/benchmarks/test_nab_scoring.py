"""The corpus protocol of NAB, on logs small enough to reckon by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from benchmarks.nab_scoring import PROFILES, Labelled, probation, score, sigmoid, windows_of
from streams.messages import F64

ROWS = 100
LOG = Labelled(ROWS, ((40, 49),))
STANDARD = PROFILES["standard"]
LEFT_EDGE = 2.0 / (1.0 + math.exp(-5.0)) - 1.0


def detections(*rows: int) -> F64:
    given = np.zeros(ROWS)
    given[list(rows)] = 1.0
    return given


def test_silence_scores_nothing_and_the_first_row_of_each_window_everything() -> None:
    assert score([LOG], [np.full(ROWS, 0.0)], STANDARD).score == 0.0
    for profile in PROFILES.values():
        best = score([LOG], [detections(40)], profile)
        assert (best.score, best.found, best.false_positives) == (pytest.approx(100.0), 1, 0)


def test_the_earliest_detection_of_a_window_counts_once() -> None:
    late = 2.0 / (1.0 + math.exp(-5.0 * 0.5)) - 1.0
    alone = score([LOG], [detections(45)], STANDARD)
    assert alone.score == pytest.approx(100.0 * (late / LEFT_EDGE + 1.0) / 2.0)
    assert score([LOG], [detections(45, 46, 49)], STANDARD).score == pytest.approx(alone.score)


def test_a_false_positive_costs_less_just_behind_a_window() -> None:
    def cost(row: int, profile: str = "standard") -> float:
        return 2.0 - 0.02 * score([LOG], [detections(40, row)], PROFILES[profile]).score

    assert cost(30) == pytest.approx(0.11)
    assert cost(30, "low_fp") == pytest.approx(0.22)
    assert cost(50) == pytest.approx(0.11 * -(2.0 / (1.0 + math.exp(5.0 / 9.0)) - 1.0))
    assert cost(49 + 27) == pytest.approx(0.11, rel=1e-5)
    assert cost(99) == pytest.approx(0.11)


def test_a_missed_window_costs_twice_where_misses_matter() -> None:
    logs = [LOG, LOG]
    found_one = [detections(40), detections()]
    assert score(logs, found_one, STANDARD).score == pytest.approx(50.0)
    # one of two: (1 - 2 + 4) / (2 + 4)
    assert score(logs, found_one, PROFILES["low_fn"]).score == pytest.approx(50.0)
    many = [detections(40, *range(20, 40)), detections()]
    assert score(logs, many, PROFILES["low_fn"]).score < score(logs, found_one, PROFILES["low_fn"]).score


def test_the_head_of_a_log_does_not_count() -> None:
    assert (probation(100), probation(5000), probation(22_695)) == (15, 750, 750)
    assert score([LOG], [detections(*range(15), 40)], STANDARD).score == pytest.approx(100.0)
    assert score([LOG], [detections(*range(16), 40)], STANDARD).score < 100.0


def test_one_threshold_serves_all_logs() -> None:
    """What is loud in one log may be the noise of another."""
    loud, faint = detections(40), 0.3 * detections(40) + 0.4 * detections(20, 21, 22)
    both = score([LOG, LOG], [loud, faint], STANDARD)
    assert both.threshold == pytest.approx(0.3)
    assert both.score == pytest.approx(100.0 * (2.0 - 3 * 0.11 + 2.0) / 4.0)


def test_rows_that_score_alike_are_detected_alike() -> None:
    assert score([LOG], [np.full(ROWS, 0.7)], STANDARD).score == 0.0


def test_only_the_order_of_scores_matters() -> None:
    given = np.random.default_rng(3).random(ROWS)
    first, second = score([LOG], [given], STANDARD), score([LOG], [given**3], STANDARD)
    assert first.score == pytest.approx(second.score)
    assert first.threshold**3 == pytest.approx(second.threshold)


def test_the_best_threshold_is_the_best_of_all_tried_one_by_one() -> None:
    rng = np.random.default_rng(5)
    logs = [LOG, Labelled(60, ((20, 24), (40, 49)))]
    given = [rng.integers(0, 9, log.rows) / 9.0 for log in logs]
    for profile in PROFILES.values():
        each = [
            score(logs, [(g >= level) * 1.0 for g in given], profile).score for level in np.arange(1, 10) / 9
        ]
        assert score(logs, given, profile).score == pytest.approx(max(each))


def test_windows_by_their_times_also_where_a_time_comes_twice() -> None:
    stamps = ["1", "2", "3", "2", "3", "4"]
    assert windows_of(stamps, [("2", "3"), ("3", "4")]) == ((1, 2), (2, 5))
    with pytest.raises(ValueError, match="list"):
        windows_of(stamps, [("7", "8")])


def test_the_sigmoid_has_the_marks_of_the_paper() -> None:
    marks = sigmoid(np.array([-1.0, -0.5, 0.0, 1.0, 3.0, 3.1, 9.0]))
    np.testing.assert_allclose(marks, [0.98661, 0.84828, 0.0, -0.98661, -1.0, -1.0, -1.0], atol=1e-5)
