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
    unlike_measures: int = threshold(
        2, "measures", "of different roles alternate together: one alone may be read so, or hunt", TUNED
    )
    of_its_points: float = threshold(
        0.25, "", "of a machine's points alternate; two like machines may agree in the others", TUNED
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
        self._alternating: np.ndarray | None = None
        """What `alternating` has found since the last reading."""

    def watch(self, points: Points, readings: Readings) -> None:
        """Take in the readings of one tick."""
        if points.capacity > len(self.tracks.counted):
            self.tracks = grow_tracks(self.tracks, points.capacity)
        self._alternating = None
        follow_tracks(self.tracks, readings.point, readings.time, readings.value, T.newest_part)

    def alternating(self, points: Points) -> np.ndarray:
        """i8[k]: slots whose readings come from two sources in turn, of machines of which unlike ones do."""
        if self._alternating is None:
            slots = self._two_levels(min(len(points), len(self.tracks.counted)))
            equipment, count = points.arrival.equipment, len(points.equipment_ids)
            pairs = np.unique(np.stack([equipment[slots], points.role[slots]]), axis=1)
            unlike = np.bincount(pairs[0], minlength=count)
            of_all = np.bincount(equipment[slots], minlength=count) / np.fmax(
                1, np.bincount(equipment[: len(points)], minlength=count)
            )
            two = (unlike >= T.unlike_measures) & (of_all >= T.of_its_points)
            self._alternating = slots[two[equipment[slots]]]
        return self._alternating

    def disbelieved(self, points: Points) -> np.ndarray:
        """By slot, whether a point stands at a machine under whose id two send: nobody knows whose it is."""
        found = np.zeros(points.capacity, np.bool_)
        slots = self.alternating(points)
        if len(slots):
            equipment = points.arrival.equipment[: len(points)]
            found[: len(points)] = np.isin(equipment, equipment[slots])
        return found

    def _two_levels(self, points: int) -> np.ndarray:
        kept = self.tracks
        turns = kept.switched[:points]
        polled_twice = (kept.jerky[:points] >= T.jerky_at_least) & (turns >= T.switched_at_least)
        in_turn = (turns >= T.in_turn_at_least) & (kept.counted[:points] >= T.in_turn_readings)
        two = (polled_twice | in_turn) & (kept.counted[:points] >= T.readings_at_least)
        two &= kept.uneven[:points] <= T.uneven_at_most
        two &= (kept.apart[:points] > 0.0) & (kept.within[:points] <= T.within_of_apart * kept.apart[:points])
        return np.flatnonzero(two)
