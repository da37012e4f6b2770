"""Points whose readings come from two sources in turn, as far as stamps and values tell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detector.points import ROOM, Points
from detector.threshold import TUNED, threshold
from kernels.tracks import Tracks, follow_tracks, grow_tracks, make_tracks
from streams.messages import F64, I32, I64, Readings


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
    steps_apart: float = threshold(
        2.0,
        "steps",
        "of the least that a reading ever moved by: levels no further apart are a coarse sensor's flicker",
        TUNED,
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
        self._alternating = None
        self.tracks = follow(self.tracks, readings.point, readings.time, readings.value, points.capacity)

    def alternating(self, points: Points) -> np.ndarray:
        """i8[k]: slots whose readings come from two sources in turn, of machines of which unlike ones do."""
        if self._alternating is None:
            n = len(points)
            slots = two_levels(self.tracks, min(n, len(self.tracks.counted)))
            self._alternating = of_two_sources(slots, points.arrival.equipment[:n], points.role[:n])
        return self._alternating

    def disbelieved(self, points: Points) -> np.ndarray:
        """By slot, whether a point stands at a machine under whose id two send: nobody knows whose it is."""
        found = np.zeros(points.capacity, np.bool_)
        slots = self.alternating(points)
        if len(slots):
            equipment = points.arrival.equipment[: len(points)]
            found[: len(points)] = np.isin(equipment, equipment[slots])
        return found


def follow(tracks: Tracks, slot: I32, time: I64, value: F64, slots: int) -> Tracks:
    """The tracks, with room for ``slots``, once they have taken in readings (time in ns)."""
    if slots > len(tracks.counted):
        tracks = grow_tracks(tracks, slots)
    follow_tracks(tracks, slot, time, value, T.newest_part)
    return tracks


def two_levels(tracks: Tracks, slots: int) -> np.ndarray:
    """i8[k]: of so many slots those whose readings come from two levels in turn, each at its own pace."""
    turns = tracks.switched[:slots]
    polled_twice = (tracks.jerky[:slots] >= T.jerky_at_least) & (turns >= T.switched_at_least)
    in_turn = (turns >= T.in_turn_at_least) & (tracks.counted[:slots] >= T.in_turn_readings)
    two = (polled_twice | in_turn) & (tracks.counted[:slots] >= T.readings_at_least)
    two &= tracks.uneven[:slots] <= T.uneven_at_most
    two &= (tracks.apart[:slots] > 0.0) & (tracks.within[:slots] <= T.within_of_apart * tracks.apart[:slots])
    step = tracks.step[:slots]
    two &= np.isinf(step) | (tracks.apart[:slots] > T.steps_apart * step)
    return np.flatnonzero(two)


def of_two_sources(slots: np.ndarray, equipment: np.ndarray, role: np.ndarray) -> np.ndarray:
    """Of slots with two levels those of machines of which unlike measures, and not a few, have two.

    ``equipment`` i[n] and ``role`` i[n] are those of all slots.
    """
    if not len(slots):
        return slots
    count = int(equipment.max(initial=-1)) + 1
    pairs = np.unique(np.stack([equipment[slots], role[slots]]), axis=1)
    unlike = np.bincount(pairs[0], minlength=count)
    of_all = np.bincount(equipment[slots], minlength=count) / np.fmax(
        1, np.bincount(equipment, minlength=count)
    )
    two = (unlike >= T.unlike_measures) & (of_all >= T.of_its_points)
    kept: np.ndarray = slots[two[equipment[slots]]]
    return kept
