"""What comes together fails together: which points are withheld since what they come through has failed.

A gateway that restarts gives 0 for everything, one that has lost its bus all ones. What is
withheld is neither shown to rules nor learned from, until its own values have come back.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from detector.points import ROOM, Points
from detector.seen.newest_values import NewestValues
from detector.seen.one_constant import Found, at_one_constant
from detector.seen.raw_values import RawValues
from detector.seen.rows import grow
from detector.seen.source_failures import (
    CONSTANT,
    Failure,
    SourceFailure,
    failure_in_words,
    named_together,
    root_of_all,
)
from detector.threshold import FOR_READERS, TUNED, threshold
from kernels.arrival import UNSET
from streams.messages import F64, I64, SECOND, Readings


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of sources that cannot be believed."""

    together_s: float = threshold(
        15.0, "s", "points of one source turn within this time, or one period of theirs...", TUNED
    )
    together_at_most_s: float = threshold(60.0, "s", "...though never more than this", TUNED)
    back_for_at_most_s: float = threshold(
        60.0, "s", "values that are back for a period of theirs, or this time, are believed again", TUNED
    )
    told_after_s: float = threshold(
        10.0, "s", "a failure is told once it has grown: after a period of its points, or this", FOR_READERS
    )


T = Thresholds()


class Proof(IntEnum):
    """What a member of a failure is to it."""

    SHARES = 0
    TURNED = 1
    PROVES = 2


class Sources:
    """The failures that are under way, and the points that are withheld for them."""

    state_fields = ("member", "proof")

    def __init__(self) -> None:
        self.raw = RawValues()
        self.member: I64 = np.full(ROOM, UNSET, np.int64)
        """By slot, the number of the failure that a point is withheld for."""
        self.proof: I64 = np.zeros(ROOM, np.int64)
        """Of these: whether each proves it, turned with those that do, or shares their fate."""
        self.failures: dict[int, Failure] = {}

    @property
    def withheld(self) -> np.ndarray:
        """By slot, whether a point is not believed since its source is not."""
        held: np.ndarray = self.member != UNSET
        return held

    def judge(
        self, points: Points, values: NewestValues, readings: Readings, end: int, shift: int
    ) -> np.ndarray:
        """Take in one tick; for each of its readings, whether what it came through is believed.

        ``values`` are as they were before it. ``shift``: the engine's time less stamps, ns.
        """
        self.fit(points)
        read, turned = self.raw.take_in(readings)
        if self.failures:
            self._let_go(points, values, read, end)
        turned = turned[self.member[turned] == UNSET]
        if len(turned):
            dt = 0 if values.end == UNSET else min(end - values.end, round(T.together_at_most_s * SECOND))
            patience = self._patience_s(values) * SECOND + dt
            for found in at_one_constant(points, self.raw, turned, patience, end):
                self._withhold(found)
        for failure in self.failures.values():
            self._share(failure, points, values)
            self._name(failure, points, values, end, shift)
        trusted: np.ndarray = self.member[readings.point] == UNSET
        return trusted

    def now(self) -> tuple[SourceFailure, ...]:
        """The failures that are told."""
        return tuple(SourceFailure(f.how, f.root, f.words) for f in self.failures.values() if f.root)

    def failure_of(self, slot: int) -> Failure | None:
        """The failure that a point is withheld for."""
        return self.failures.get(int(self.member[slot]))

    def _patience_s(self, values: NewestValues) -> F64:
        """By slot, within what time the points of one source turn."""
        patience = np.full(len(self.member), T.together_s)
        known = min(len(values.period), len(patience))
        patience[:known] = np.fmax(patience[:known], np.nan_to_num(values.period[:known]))
        return np.minimum(patience, T.together_at_most_s)

    def _withhold(self, found: Found) -> None:
        """Withhold what was found, as part of a failure that began with it, or as one of its own."""
        since = int(self.raw.turned[found.proof].min())
        for failure in self.failures.values():
            if failure.value == found.constant and since - failure.since <= T.together_at_most_s * SECOND:
                break
        else:
            number = max(self.failures, default=0) + 1
            failure = self.failures[number] = Failure(number, CONSTANT, found.constant, since)
        failure.since = min(failure.since, since)
        self.member[found.all] = failure.number
        self.proof[found.all] = Proof.SHARES
        self.proof[found.turned] = Proof.TURNED
        self.proof[found.proof] = Proof.PROVES

    def _share(self, failure: Failure, points: Points, values: NewestValues) -> None:
        """Machines of its places of which all that they send turned to its constant with it fail with it."""
        n = len(points)
        equipment, raw = points.arrival.equipment[:n], self.raw
        count = len(points.equipment_ids)
        of = self.member[:n] == failure.number
        live = of.copy()
        known = min(n, len(values.fresh))
        live[:known] |= values.fresh[:known]
        live &= np.isin(points.hall[:n], np.unique(points.hall[:n][of]))
        alike = live & (raw.constant[:n] == failure.value)
        close = np.abs(raw.turned[:n] - failure.since) <= T.together_at_most_s * SECOND
        lately = alike & close & np.isfinite(raw.before[:n])
        shares = np.bincount(equipment[alike], minlength=count) == np.bincount(
            equipment[live], minlength=count
        )
        shares &= np.bincount(equipment[lately], minlength=count) > 0
        inside = np.bincount(equipment[of], minlength=count) > 0
        # What a machine that fails goes on to turn into its constant is of the failure too.
        joins = alike & (self.member[:n] == UNSET) & (shares | inside)[equipment]
        self.member[:n][joins] = failure.number
        self.proof[:n][joins] = np.where(lately & ~inside[equipment], Proof.TURNED, Proof.SHARES)[joins]

    def _let_go(self, points: Points, values: NewestValues, read: np.ndarray, end: int) -> None:
        """Believe again what has come back."""
        n = len(points)
        equipment = points.arrival.equipment[:n]
        count = len(points.equipment_ids)
        told = np.zeros(n, np.bool_)
        told[read] = True
        period = np.full(n, 0.0)
        known = min(n, len(values.period))
        period[:known] = np.nan_to_num(values.period[:known])
        lasts = end - self.raw.turned[:n] >= np.minimum(period, T.back_for_at_most_s) * SECOND
        old = np.zeros(n, np.bool_)
        old[:known] = end - values.seen[:known] > T.together_at_most_s * SECOND
        for number, failure in list(self.failures.items()):
            of = self.member[:n] == number
            off = of & (self.raw.constant[:n] != failure.value)
            back = off & lasts
            ended = not (of & (self.proof[:n] == Proof.PROVES) & ~back).any()
            proofs = of & (self.proof[:n] >= Proof.TURNED)
            proved = np.bincount(equipment[proofs], minlength=count)
            again = np.bincount(equipment[proofs & back], minlength=count)
            up = ended | ((proved > 0) & (2 * again >= proved))
            free = of & up[equipment] & (off | told | old)
            self.member[:n][free] = UNSET
            if not (self.member[:n] == number).any():
                del self.failures[number]

    def _name(self, failure: Failure, points: Points, values: NewestValues, end: int, shift: int) -> None:
        """Say what a failure is about, and, once it has grown, where it is."""
        of = np.flatnonzero(self.member[: len(points)] == failure.number)
        machines = [points.equipment_ids[e] for e in np.unique(points.arrival.equipment[of]).tolist()]
        places = {id.split("/", 1)[0] for id in machines}
        everywhere = sum(id.split("/", 1)[0] in places for id in points.equipment_ids)
        named = named_together(machines, everywhere)
        failure.words = failure_in_words(failure, named, len(of), failure.since - shift)
        grows_s = max(T.told_after_s, float(self._patience_s(values)[of].max(initial=0.0)))
        if not failure.root and end - failure.since >= grows_s * SECOND:
            failure.root = root_of_all(machines, points.zone)

    def fit(self, points: Points) -> None:
        """Make room for points that have appeared: limits ask of them before their first tick has closed."""
        grow(self, ("member",), points.capacity, UNSET)
        grow(self, ("proof",), points.capacity, Proof.SHARES)
        self.raw.fit(points)
