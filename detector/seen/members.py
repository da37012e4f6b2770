"""The points that are withheld, each for one failure of a source, and when they are believed again."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from detector.points import ROOM, Points
from detector.seen.newest_values import NewestValues
from detector.seen.raw_values import RawValues
from detector.seen.rows import grow
from detector.seen.source_failures import Failure, How
from detector.seen.unit_changes import by_law
from detector.threshold import TUNED, threshold
from kernels.arrival import UNSET
from streams.messages import F64, I64, SECOND


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of what comes back."""

    back_for_at_most_s: float = threshold(
        60.0, "s", "values that are back for a period of theirs, or this time, are believed again...", TUNED
    )
    share_back: float = threshold(
        0.5, "", "...where this part of what proved the failure of a machine is", TUNED
    )
    share_of_jump: float = threshold(
        0.4, "", "what is back within this part of its jump is back: it may have warmed meanwhile", TUNED
    )
    unheard_s: float = threshold(
        60.0, "s", "what has not been read again for so long after the rest is taken as it stands", TUNED
    )


T = Thresholds()


class Proof(IntEnum):
    """What a member of a failure is to it."""

    SHARES = 0
    TURNED = 1
    PROVES = 2


class Members:
    """By slot."""

    state_fields = ("failure", "proof", "was", "off_since")

    def __init__(self) -> None:
        self.failure: I64 = np.full(ROOM, UNSET, np.int64)
        """Number of the failure that a point is withheld for."""
        self.proof = np.zeros(ROOM, np.int8)
        self.was: F64 = np.full(ROOM, np.nan)
        """What it read before it leapt, or stands still at."""
        self.off_since: I64 = np.full(ROOM, UNSET, np.int64)
        """Since when it reads values of its own again, ns."""

    @property
    def withheld(self) -> np.ndarray:
        """By slot, whether it is."""
        held: np.ndarray = self.failure != UNSET
        return held

    def of(self, failure: Failure) -> np.ndarray:
        """The slots that are withheld for a failure."""
        return np.flatnonzero(self.failure == failure.number)

    def add(self, failure: Failure, slots: np.ndarray, proof: Proof | np.ndarray, raw: RawValues) -> None:
        """Withhold some slots for a failure."""
        self.failure[slots] = failure.number
        self.proof[slots] = proof
        self.was[slots] = raw.value[slots] if failure.how is How.STANDSTILL else raw.leapt_from[slots]
        self.off_since[slots] = UNSET

    def share(self, failure: Failure, points: Points, raw: RawValues, within: int) -> bool:
        """Withhold machines of its places of which all that was read since turned to its constant, too.

        ``within`` ns of it. True where there are such.
        """
        n = len(points)
        equipment = points.arrival.equipment[:n]
        count = len(points.equipment_ids)
        of = self.failure[:n] == failure.number
        # What is sent only as it changes has not been sent since, and says nothing of it.
        live = raw.read[:n] >= failure.since
        live &= np.isin(raw.source[:n], np.unique(raw.source[:n][of]))
        live &= (raw.source[:n] > 0) | np.isin(points.hall[:n], np.unique(points.hall[:n][of]))
        alike = live & (raw.constant(np.arange(n)) == failure.value)
        close = np.abs(raw.turned[:n] - failure.since) <= within
        lately = alike & close & np.isfinite(raw.before[:n])
        sends = np.bincount(equipment[live], minlength=count)
        shares = np.bincount(equipment[alike], minlength=count) == sends
        shares &= np.bincount(equipment[lately], minlength=count) > 0
        inside = np.bincount(equipment[of], minlength=count) > 0
        # What a machine that fails goes on to turn into its constant is of the failure too.
        joins = np.flatnonzero(alike & ~self.withheld[:n] & (shares | inside)[equipment])
        proof = np.where(lately & ~inside[equipment], Proof.TURNED, Proof.SHARES)
        self.add(failure, joins, proof[joins], raw)
        return len(joins) > 0

    def let_go(
        self,
        failure: Failure,
        points: Points,
        raw: RawValues,
        values: NewestValues,
        read: np.ndarray,
        end: int,
    ) -> None:
        """Believe again what has come back; of a machine that has, the rest once it was ``read`` again."""
        of = self.of(failure)
        off = self._off(failure, raw, of)
        self.off_since[of[~off]] = UNSET
        begins = off & (self.off_since[of] == UNSET)
        self.off_since[of[begins]] = end
        if failure.how is not How.STANDSTILL:
            # To come back is a leap, too, and may look like one into another unit.
            raw.leapt[of[begins]] = UNSET
        period_s = np.minimum(np.nan_to_num(values.pace.period[of]), T.back_for_at_most_s)
        back = off & (end - self.off_since[of] >= period_s * SECOND)
        proof = self.proof[of]
        ended = not ((proof == Proof.PROVES) & ~back).any()
        equipment = points.arrival.equipment[of]
        count = len(points.equipment_ids)
        proofs = np.bincount(equipment[proof >= Proof.TURNED], minlength=count)
        again = np.bincount(equipment[(proof >= Proof.TURNED) & back], minlength=count)
        up = ended | ((proofs > 0) & (again >= T.share_back * proofs))
        told = np.zeros(len(self.failure), np.bool_)
        told[read] = True
        old = end - values.seen[of] > T.unheard_s * SECOND
        free = up[equipment] & (off | told[of] | old)
        # Whoever comes back may have leapt faster than any does, and by no failure.
        raw.too_fast[of[free]] = False
        self.failure[of[free]] = UNSET

    def _off(self, failure: Failure, raw: RawValues, of: np.ndarray) -> np.ndarray:
        """Whether each reads values of its own."""
        now, was = raw.value[of], self.was[of]
        off: np.ndarray
        if failure.how is How.UNIT:
            off = np.abs(now - was) < np.abs(now - by_law(int(failure.value), was))
        elif failure.how is How.JUMP:
            jumped_to = np.where(raw.leapt_from[of] == was, was + failure.value, raw.leapt_from[of])
            off = np.abs(now - was) < T.share_of_jump * np.abs(jumped_to - was)
        elif failure.how is How.STANDSTILL:
            off = now != was
        elif failure.how in (How.NO_PROBE, How.NEVER_MOVES):
            off = np.isfinite(raw.before[of])
        else:
            off = raw.constant(of) != failure.value
        return off

    def fit(self, capacity: int) -> None:
        """Make room for points that have appeared."""
        grow(self, ("failure", "off_since"), capacity, UNSET)
        grow(self, ("proof",), capacity, Proof.SHARES)
        grow(self, ("was",), capacity, np.nan)
