"""What the soak makes of what it saw."""

from __future__ import annotations

from benchmarks.soak import movement


def _hour(hour: int, rss: float) -> dict[str, float]:
    return {"hour": hour, "rss_mb": rss, "descriptors": 14, "threads": 6, "snapshot_kb": 1000.0}


def test_what_grows_after_the_warm_up_is_seen_and_what_grew_in_it_is_not() -> None:
    held = [_hour(1, 100.0), _hour(2, 300.0), _hour(3, 303.0), _hour(4, 315.0), _hour(5, 318.0)]
    figures = movement(held, warm_up_hours=2)
    assert figures["rss_mb"] == {"warm": 300.0, "last": 315.0, "moved": 0.05}
    assert figures["descriptors"]["moved"] == 0.0


def test_memory_that_is_given_back_now_and_then_has_not_grown() -> None:
    held = [_hour(hour, rss) for hour, rss in enumerate((366.0, 394.0, 391.0, 364.0, 384.0, 387.0), 2)]
    assert movement(held, warm_up_hours=2)["rss_mb"]["moved"] <= 0.0


def test_memory_that_grows_under_what_is_given_back_is_seen() -> None:
    held = [_hour(hour, rss) for hour, rss in enumerate((366.0, 394.0, 391.0, 376.0, 404.0, 407.0), 2)]
    assert movement(held, warm_up_hours=2)["rss_mb"]["moved"] > 0.02


def test_what_shrinks_has_moved_too() -> None:
    held = [_hour(2, 300.0), _hour(3, 300.0) | {"snapshot_kb": 500.0}]
    assert movement(held, warm_up_hours=2)["snapshot_kb"]["moved"] == 0.5


def test_a_short_soak_has_figures_too() -> None:
    assert movement([_hour(1, 300.0)])["rss_mb"] == {"warm": 300.0, "last": 300.0, "moved": 0.0}
