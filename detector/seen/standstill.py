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
    moves: float = threshold(0.4, "", "a value that moves with fewer of its polls proves nothing", TUNED)
    moves_at_most: float = threshold(0.97, "", "no value is sure to move", TUNED)
    polls: int = threshold(4, "polls", "so often must a machine have been read again as it was...", TUNED)
    times_longest: float = threshold(
        2.0, "times", "...and by so many times as often as all of it ever stood still...", TUNED
    )
    longest_memory: float = threshold(
        0.9995, "", "of how often it ever did, what is left when it has moved again", TUNED
    )
    surprise: float = threshold(30.0, "nats", "...and by chance no oftener than once in e^30 times...", TUNED)
    surprise_a_poll: float = threshold(
        2.0, "nats", "...though not where a single poll without a move is nothing rare", TUNED
    )
    points: int = threshold(2, "points", "so many points at least prove it", TUNED)
    even: float = threshold(
        0.5, "", "what is read sooner than this part of its longest pause is sent as it changes", TUNED
    )


T = Thresholds()


class Machines:
    """By equipment, for how many polls all that moves has stood still, and the most that it ever did."""

    state_fields = ("still", "longest")

    def __init__(self) -> None:
        self.still: I64 = np.zeros(ROOM, np.int64)
        self.longest: F64 = np.zeros(ROOM)


class Standstill:
    """By slot, how often its value moves from poll to poll, learned as it does, and how many it has not."""

    state_fields = ("moves", "polls", "still")

    def __init__(self) -> None:
        self.moves: F64 = np.zeros(ROOM)
        self.polls = np.zeros(ROOM, np.int32)
        self.still = np.zeros(ROOM, np.int32)
        self.of = Machines()

    def watch(self, points: Points, read: np.ndarray, turned: np.ndarray, withheld: np.ndarray) -> None:
        """Take in a tick: the points that were ``read``, and those of them that ``turned``."""
        learn = turned[~withheld[turned]]
        run = self.still[learn] + 1
        kept = np.where(self.polls[learn] < T.known_after, self.polls[learn] / (self.polls[learn] + run), 1.0)
        kept = np.fmin(kept, T.memory**run)
        self.moves[learn] = kept * self.moves[learn] + (1.0 - kept) / run
        self.polls[learn] += run
        self.still[read] += 1
        self.still[turned] = 0
        # Of a machine of which some points are read at this tick, and others at the next, each counts.
        count = len(points.equipment_ids)
        grow(self.of, ("still", "longest"), count, 0)
        machines, equipment = self.of, points.arrival.equipment
        known = self._known(slice(None))

        def at(slots: np.ndarray) -> np.ndarray:
            return np.flatnonzero(np.bincount(equipment[slots[known[slots]]], minlength=count))

        machines.still[at(read)] += 1
        moved = at(learn)
        again = T.longest_memory * machines.longest[moved]
        machines.longest[moved] = np.fmax(machines.still[moved] - 1, again)
        machines.still[at(turned)] = 0

    def _known(self, slots: np.ndarray | slice) -> np.ndarray:
        """Which of them are known to move."""
        known: np.ndarray = (self.polls[slots] >= T.known_after) & (self.moves[slots] >= T.moves)
        return known

    def machines(self, points: Points, raw: RawValues, values: NewestValues) -> np.ndarray:
        """By equipment, whether all that used to move stands still."""
        n = min(len(points), len(values.pace.period))
        count, of = len(points.equipment_ids), self.of
        found: np.ndarray = of.still[:count] >= T.polls + T.times_longest * of.longest[:count]
        if not found.any():
            return found
        known = self._known(slice(n)) & ~STATES[points.role[:n]]
        # What has stopped reads 0, and goes on to: that is no gateway's.
        known &= (raw.value[:n] != 0.0) & values.fresh[:n]
        known &= values.pace.quickest[:n] >= T.even * values.pace.period[:n]
        equipment = points.arrival.equipment[:n]
        a_poll = np.where(known, -np.log(1.0 - np.fmin(self.moves[:n], T.moves_at_most)), 0.0)
        found &= np.bincount(equipment, weights=a_poll * self.still[:n], minlength=count) >= T.surprise
        found &= np.bincount(equipment, weights=a_poll, minlength=count) >= T.surprise_a_poll
        found &= np.bincount(equipment[known], minlength=count) >= T.points
        found &= np.bincount(equipment[known & (self.still[:n] < T.polls)], minlength=count) == 0
        return found

    def proofs(self, points: Points, machines: np.ndarray) -> np.ndarray:
        """The slots of ``machines`` (b1[equipment]) that used to move."""
        n = len(points)
        return np.flatnonzero(self._known(slice(n)) & machines[points.arrival.equipment[:n]])

    def fit(self, capacity: int) -> None:
        """Make room for points that have appeared."""
        grow(self, ("moves",), capacity, 0.0)
        grow(self, ("polls", "still"), capacity, 0)
