"""Obvious twin of kernels.tracks, of one point, reading by reading."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from kernels.tracks import MOST

SECOND = 1_000_000_000


def follow_tracks(times: list[int], values: list[float], part: float) -> dict[str, Any]:
    """What is known after the last reading."""
    tracks: list[tuple[int, float]] = []
    gaps: list[float | None] = [None, None]
    last, count = 0, 0
    within = apart = switched = jerky = 0.0
    uneven, pace = 1.0, None
    steps = [math.inf]
    for time, value in zip(times, values, strict=True):
        if not abs(value) <= MOST:
            continue
        if not tracks or (len(tracks) == 1 and value == tracks[0][1]):
            tracks[:1] = [(time, value)]
            continue
        if len(tracks) == 1:
            tracks.append((time, value))
            last = 1
            continue
        away = [abs(value - level) for _, level in tracks]
        k = last if away[0] == away[1] else away.index(min(away))
        within += part * (min(away) - within)
        steps += [min(away)] if min(away) > 0.0 else []
        apart += part * (abs(tracks[0][1] - tracks[1][1]) - apart)
        switched += part * (float(k != last) - switched)
        since = (time - max(tracks[0][0], tracks[1][0])) / SECOND
        if pace is None:
            pace = since
        elif pace > 0.0:
            jerky += part * (min(abs(since - pace) / pace, 1.0) - jerky)
            pace += part * (since - pace)
        passed, mean = (time - tracks[k][0]) / SECOND, gaps[k]
        if mean is None or mean <= 0.0:
            gaps[k] = passed
        else:
            uneven += part * (min(abs(passed - mean) / mean, 1.0) - uneven)
            gaps[k] = mean + part * (passed - mean)
        tracks[k] = time, value
        last, count = k, count + 1
    return {
        "level": [level for _, level in tracks],
        "within": within,
        "apart": apart,
        "step": min(steps),
        "switched": switched,
        "uneven": uneven,
        "jerky": jerky,
        "counted": count,
    }


TWINS: dict[str, Callable[..., Any]] = {"kernels.tracks.follow_tracks": follow_tracks}
