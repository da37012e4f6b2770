"""Machines whose values all stand still that used to move with each poll: a gateway repeats the last.

How surprising that is adds up over its points and polls: a value that moves nine times of ten
does not stand still for three polls by chance, and not together with all others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detector.points import ROOM, Points
from detector.seen.newest_values import NewestValues
from detector.seen.raw_values import RawValues
from detector.seen.roles import STATES
from detector.seen.rows import grow
from detector.threshold import TUNED, threshold
from streams.messages import F64, I64


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of values that stand still together."""

    memory: float = threshold(0.97, "", "of how often a value moves, what is left a poll later", TUNED)
    known_after: int = threshold(64, "polls", "it is known how often a value moves", TUNED)
    moves: float = threshold(0.8, "", "a value that moves with fewer of its polls proves nothing", TUNED)
    moves_at_most: float = threshold(0.97, "", "no value is sure to move", TUNED)
    polls: int = threshold(
        4, "polls", "so often must each have been read again as it was, at least...", TUNED
    )
    times_longest: float = threshold(
        2.0, "times", "...and by so many times as often as it ever was of late...", TUNED
    )
    longest_memory: float = threshold(
        0.995, "", "of how often it ever was, what is left when it was again", TUNED
    )
    surprise: float = threshold(30.0, "nats", "...and by chance no oftener than once in e^30 times", TUNED)
    points: int = threshold(2, "points", "of so many points at least", TUNED)
    even: float = threshold(
        0.5, "", "what is read sooner than this part of its longest pause is sent as it changes", TUNED
    )


T = Thresholds()


class Standstill:
    """By slot, how often its value moves from poll to poll, learned as it does, and how many it has not."""

    state_fields = ("moves", "polls", "still", "longest")

    def __init__(self) -> None:
        self.moves: F64 = np.zeros(ROOM)
        self.polls: I64 = np.zeros(ROOM, np.int64)
        self.still: I64 = np.zeros(ROOM, np.int64)
        self.longest: F64 = np.zeros(ROOM)
        """The most polls that it stood still for, slowly forgotten."""

    def watch(self, read: np.ndarray, turned: np.ndarray, withheld: np.ndarray) -> None:
        """Take in a tick: the points that were ``read``, and those of them that ``turned``."""
        learn = turned[~withheld[turned]]
        run = self.still[learn] + 1
        kept = np.where(self.polls[learn] < T.known_after, self.polls[learn] / (self.polls[learn] + run), 1.0)
        kept = np.fmin(kept, T.memory**run)
        self.moves[learn] = kept * self.moves[learn] + (1.0 - kept) / run
        self.longest[learn] = np.fmax(run - 1, T.longest_memory * self.longest[learn])
        self.polls[learn] += run
        self.still[read] += 1
        self.still[turned] = 0

    def machines(self, points: Points, raw: RawValues, values: NewestValues) -> np.ndarray:
        """By equipment, whether all that used to move stands still."""
        n = min(len(points), len(values.pace.period))
        count = len(points.equipment_ids)
        moves = np.fmin(self.moves[:n], T.moves_at_most)
        known = (self.polls[:n] >= T.known_after) & (moves >= T.moves) & ~STATES[points.role[:n]]
        # What has stopped reads 0, and goes on to: that is no gateway's.
        known &= (raw.value[:n] != 0.0) & values.fresh[:n]
        known &= values.pace.quickest[:n] >= T.even * values.pace.period[:n]
        equipment = points.arrival.equipment[:n]
        still = known & (self.still[:n] >= T.polls + T.times_longest * self.longest[:n])
        nats = np.where(still, -self.still[:n] * np.log(1.0 - moves), 0.0)
        surprise = np.bincount(equipment, weights=nats, minlength=count)
        proofs = np.bincount(equipment[still], minlength=count)
        others = np.bincount(equipment[known & ~still], minlength=count)
        found: np.ndarray = (surprise >= T.surprise) & (proofs >= T.points) & (others == 0)
        return found

    def proofs(self, points: Points, machines: np.ndarray) -> np.ndarray:
        """The slots of ``machines`` (b1[equipment]) that used to move."""
        n = len(points)
        moved = (self.polls[:n] >= T.known_after) & (self.moves[:n] >= T.moves)
        return np.flatnonzero(moved & machines[points.arrival.equipment[:n]])

    def fit(self, capacity: int) -> None:
        """Make room for points that have appeared."""
        grow(self, ("moves", "longest"), capacity, 0.0)
        grow(self, ("polls", "still"), capacity, 0)
