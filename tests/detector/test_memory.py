"""What a zone of many points takes in memory: by itself, as bytes, and while one becomes the other."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from config.kinds import load_kinds
from config.settings import EngineSettings
from config.site import Site
from detector.bulkhead import ContainedEngine
from detector.engine import Engine
from detector.points import ROOM, room_for
from detector.snapshot import decode
from streams.messages import SECOND, Readings
from tests.detector.feeding import START, push

POINTS = 5000
KB = 1000


def zone(points: int = POINTS) -> ContainedEngine:
    """Points of which each has spoken a few times."""
    engine = ContainedEngine("hall-1", Site.empty(), load_kinds(), EngineSettings())
    slots = np.array([engine.slot(f"hall-1/rack-{n // 4}/power/{n % 4}") for n in range(points)], np.int32)
    for tick in range(4):
        at = np.full(points, START + 10 * tick * SECOND)
        engine.push(Readings(slots, at, 5.0 + np.arange(points) / points))
    return engine


@pytest.fixture(scope="module")
def crowded() -> ContainedEngine:
    return zone()


def bytes_in(state: Any) -> int:
    """Of all arrays."""
    if isinstance(state, dict):
        return sum(bytes_in(part) for part in state.values())
    return state.nbytes if isinstance(state, np.ndarray) else 0


def peak_of(what: Callable[[], object]) -> int:
    """The most memory that was taken while something was done, bytes."""
    tracemalloc.start(1)
    try:
        what()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_point_that_has_shown_little_takes_less_than_four_kilobytes() -> None:
    zone(20)  # what is made once is no point's
    kept = []
    taken = peak_of(lambda: kept.append(zone()))
    assert taken < 3.5 * KB * POINTS


def test_bytes_are_made_of_a_zone_with_a_part_of_its_memory(crowded: ContainedEngine) -> None:
    size = bytes_in(decode(crowded.engine.snapshot()))
    assert peak_of(crowded.engine.snapshot) < 0.7 * size


def test_a_zone_is_made_of_bytes_with_little_more_than_its_memory(crowded: ContainedEngine) -> None:
    saved = crowded.engine.snapshot()
    size = bytes_in(decode(saved))
    assert peak_of(lambda: decode(saved)) < 1.3 * size


def test_bytes_of_points_that_have_shown_little_are_few(crowded: ContainedEngine) -> None:
    saved = crowded.engine.snapshot()
    assert len(saved) < bytes_in(decode(saved)) / 10


def test_a_zone_of_many_points_goes_on_from_its_bytes(crowded: ContainedEngine) -> None:
    saved = crowded.engine.snapshot()
    again, dropped = Engine.restore(saved, Site.empty(), load_kinds(), EngineSettings())
    assert not dropped
    assert again.snapshot() == saved
    more = [(f"hall-1/rack-{n}/power/0", 40.0, 5.0) for n in range(2 * POINTS)]
    assert push(again, more).counts.rejected == 0


def test_room_for_many_points_is_not_twice_what_they_need() -> None:
    assert [room_for(n) for n in (1, ROOM, ROOM + 1, 4096)] == [ROOM, ROOM, 2 * ROOM, 4096]
    assert all(n <= room_for(n) <= 1.25 * n for n in range(4097, 200_000, 997))
