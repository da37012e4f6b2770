"""How far a value habitually swings: what came twice and is over, never what is under way."""

from __future__ import annotations

import numpy as np

from detector.usual.swings import Swings
from detector.usual.swings import T as SWINGS


def fed(course: list[float], dt: float = 10.0) -> Swings:
    swings = Swings(1)
    for above in course:
        swings.learn(np.array([above]), dt)
    return swings


def test_a_fault_is_no_habit_while_it_lasts() -> None:
    assert fed([0.0] * 10 + [8.0] * 1000).usual[0] == 0.0


def test_one_excursion_alone_is_no_habit() -> None:
    assert fed([0.0, 8.0, 0.0] + [0.1] * 100).usual[0] < 0.2


def test_what_comes_again_is_a_habit_as_large_as_the_smaller_of_the_two() -> None:
    usual = fed([0.0, 8.0, 0.0, 6.0, 0.0]).usual[0]
    assert 5.9 < usual <= 6.0


def test_a_habit_fades() -> None:
    assert fed([8.0, 0.0, 8.0, 0.0] + [0.0] * 20_000).usual[0] < 0.7


def test_silence_teaches_nothing() -> None:
    swings = fed([np.nan] * 1000)
    assert swings.watched_s[0] == 0.0 and not swings.known[0]
    assert fed([0.0] * (int(SWINGS.swings_known_after_s / 10.0) + 1)).known[0]
