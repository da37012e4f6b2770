"""Points whose readings come from two sources in turn, as far as stamps and values tell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detector.points import ROOM, Points
from detector.threshold import TUNED, threshold
from kernels.tracks import follow_tracks, grow_tracks, make_tracks
from streams.messages import Readings


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of readings that alternate between two levels."""

    newest_part: float = threshold(
        0.1, "", "the newest reading's part in what is kept of the last few", TUNED
    )
    readings_at_least: int = threshold(
        20, "readings", "before so many two levels may be a machine that was just switched", TUNED
    )
    within_of_apart: float = threshold(
        0.25, "", "readings keep as near to their level beside how far the levels are apart", TUNED
    )
    switched_at_least: float = threshold(
        0.15,
        "",
        "of the readings are of another level than the one before: a source ten times as quick",
        TUNED,
    )
    uneven_at_most: float = threshold(
        0.3,
        "",
        "of its mean gap, by which each source keeps its own pace; a machine that switches does not",
        TUNED,
    )
    jerky_at_least: float = threshold(
        0.1, "", "of the mean gap: two polls at once are no even pace, and one machine is read at one", TUNED
    )
    in_turn_at_least: float = threshold(
        0.95, "", "of the readings switch where two polls of one pace happen to stand evenly...", TUNED
    )
    in_turn_readings: int = threshold(
        60, "readings", "...for so many: a machine that switches does not keep step with its poll", TUNED
    )


T = Thresholds()


class TwoTracks:
    """By slot, two levels that the readings of a point may alternate between."""

    state_fields = ("tracks",)

    def __init__(self) -> None:
        self.tracks = make_tracks(ROOM)

    def watch(self, points: Points, readings: Readings) -> None:
        """Take in the readings of one tick."""
        if points.capacity > len(self.tracks.counted):
            self.tracks = grow_tracks(self.tracks, points.capacity)
        follow_tracks(self.tracks, readings.point, readings.time, readings.value, T.newest_part)

    def alternating(self, points: int) -> np.ndarray:
        """i8[k]: slots, of so many, whose readings come from two sources in turn."""
        kept = self.tracks
        turns = kept.switched[:points]
        polled_twice = (kept.jerky[:points] >= T.jerky_at_least) & (turns >= T.switched_at_least)
        in_turn = (turns >= T.in_turn_at_least) & (kept.counted[:points] >= T.in_turn_readings)
        two = (polled_twice | in_turn) & (kept.counted[:points] >= T.readings_at_least)
        two &= kept.uneven[:points] <= T.uneven_at_most
        two &= (kept.apart[:points] > 0.0) & (kept.within[:points] <= T.within_of_apart * kept.apart[:points])
        return np.flatnonzero(two)
