"""What comes together fails together: which points are withheld since what they come through has failed.

A gateway that restarts gives 0 for everything, one that has lost its bus all ones; another
repeats what it read last; a setting changes the unit of a group. What is withheld is
neither shown to rules nor learned from, until its own values have come back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detector.points import Points
from detector.seen.jumps_together import jumps_together
from detector.seen.members import Members, Proof
from detector.seen.never_moved import never_moved, stand_for_no_probe
from detector.seen.newest_values import NewestValues
from detector.seen.one_constant import at_one_constant, turned_far
from detector.seen.raw_values import RawValues
from detector.seen.source_failures import (
    Failure,
    How,
    SourceFailure,
    failure_in_words,
    named_together,
    root_of_all,
)
from detector.seen.standstill import Standstill
from detector.seen.unit_changes import unit_changes
from detector.threshold import FOR_READERS, TUNED, threshold
from kernels.arrival import UNSET
from kernels.novelty import Novelty
from streams.messages import F64, SECOND, Readings


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of sources that cannot be believed."""

    together_s: float = threshold(
        15.0, "s", "points of one source turn within this time, or one period of theirs...", TUNED
    )
    together_at_most_s: float = threshold(60.0, "s", "...though never more than this", TUNED)
    told_after_s: float = threshold(
        10.0,
        "s",
        "a failure is told once it no longer grows: for a period of its points, or this",
        FOR_READERS,
    )
    no_probe_told_s: float = threshold(60.0, "s", "what has never moved may be at its start", FOR_READERS)


T = Thresholds()


class Sources:
    """The failures that are under way, and the points that are withheld for them."""

    def __init__(self) -> None:
        self.raw = RawValues()
        self.standstill = Standstill()
        self.members = Members()
        self.failures: dict[int, Failure] = {}

    @property
    def withheld(self) -> np.ndarray:
        """By slot, whether a point is not believed since its source is not."""
        return self.members.withheld

    def judge(
        self,
        points: Points,
        values: NewestValues,
        past: Novelty,
        readings: Readings,
        end: int,
        shift: int,
    ) -> np.ndarray:
        """Take in one tick; for each of its readings, whether what it came through is believed.

        ``values`` are as they were before it, and ``past`` is what points have ever shown. ``shift``: the
        engine's time less stamps, ns.
        """
        self.fit(points)
        read, turned = self.raw.take_in(readings)
        self.standstill.watch(points, read, turned, self.withheld)
        for failure in list(self.failures.values()):
            self.members.let_go(failure, points, self.raw, values, read, end)
            if not len(self.members.of(failure)):
                del self.failures[failure.number]
        self._find(points, values, read, turned, end)
        span = int(past.span[0])
        if values.end != UNSET and end // span > values.end // span:
            found = never_moved(points, self.raw, past, ~self.withheld, end)
            self._prove(How.NEVER_MOVES, np.nan, found, end)
        for failure in self.failures.values():
            if failure.how is How.CONSTANT:
                within = round(T.together_at_most_s * SECOND)
                if self.members.share(failure, points, self.raw, within):
                    failure.grown = end
            self._name(failure, points, values, end, shift)
        return ~self.withheld[readings.point]

    def now(self) -> tuple[SourceFailure, ...]:
        """The failures that are told."""
        return tuple(SourceFailure(f.how, f.root, f.words) for f in self.failures.values() if f.root)

    def accept(self, points: Points, rows: list[int]) -> None:
        """Believe some equipment as it reads now: an operator has said that it is so."""
        of = np.isin(points.arrival.equipment[: len(points)], rows)
        self.members.failure[: len(points)][of] = UNSET

    def failure_of(self, slot: int) -> Failure | None:
        """The failure that a point is withheld for."""
        return self.failures.get(int(self.members.failure[slot]))

    def _find(
        self, points: Points, values: NewestValues, read: np.ndarray, turned: np.ndarray, end: int
    ) -> None:
        """Withhold what shows at this tick that it cannot be believed."""
        raw = self.raw
        far = turned_far(raw, turned[~self.withheld[turned]])
        if len(far):
            self._find_turned(points, values, far, end)
        self._prove(How.NO_PROBE, np.nan, stand_for_no_probe(points, raw, read), end)
        machines = self.standstill.machines(points, raw, values)
        if machines.any():
            n = len(points)
            proofs = self.standstill.proofs(points, machines)
            self._prove(How.STANDSTILL, np.nan, proofs, end)
            free = machines[points.arrival.equipment[:n]] & ~self.withheld[:n] & (raw.turned[:n] != UNSET)
            self._prove(How.STANDSTILL, np.nan, np.flatnonzero(free), end, Proof.SHARES)

    def _find_turned(self, points: Points, values: NewestValues, turned: np.ndarray, end: int) -> None:
        """The same of points that have ``turned`` to something far from what they read."""
        members, raw = self.members, self.raw
        since_last = 0 if values.end == UNSET else min(end - values.end, round(T.together_at_most_s * SECOND))
        patience = self._patience_s(values) * SECOND + since_last
        for found in at_one_constant(points, raw, turned, patience, end):
            for source in np.unique(raw.source[found.proof]).tolist():
                every, together, proof = (
                    slots[raw.source[slots] == source] for slots in (found.all, found.turned, found.proof)
                )
                failure = self._failure(
                    How.CONSTANT, source, found.constant, int(raw.turned[proof].min()), end
                )
                members.add(failure, every, Proof.SHARES, raw)
                members.add(failure, together, Proof.TURNED, raw)
                members.add(failure, proof, Proof.PROVES, raw)
        turned = turned[~self.withheld[turned]]
        for changed in unit_changes(points, raw, turned, patience, end):
            self._prove(How.UNIT, float(changed.law), changed.slots, end)
        turned = turned[~self.withheld[turned]]
        free = ~self.withheld
        for failure in self.failures.values():
            if failure.how is How.JUMP:
                free[members.of(failure)] = True
        for jumped in jumps_together(points, raw, free, turned, patience, end):
            self._prove(How.JUMP, jumped.by_k, jumped.slots, end)

    def _prove(
        self, how: How, value: float, slots: np.ndarray, end: int, proof: Proof = Proof.PROVES
    ) -> None:
        """Withhold some slots, each for the failure of what it comes through."""
        slots = slots[~self.withheld[slots]]
        for source in np.unique(self.raw.source[slots]).tolist():
            of = slots[self.raw.source[slots] == source]
            turned = self.raw.turned[of]
            since = int(turned.max() if how is How.STANDSTILL else turned.min())
            self.members.add(self._failure(how, source, value, since, end), of, proof, self.raw)

    def _failure(self, how: How, source: int, value: float, since: int, end: int) -> Failure:
        """The failure under way that what was found is a part of, or one of its own."""
        name = self.raw.sources[source]
        for failure in self.failures.values():
            alike = failure.how is how and failure.source == name
            alike &= how is How.JUMP or failure.value == value or bool(np.isnan(value))
            # How long a value has stood still tells only roughly when it was the last of its own.
            together = how in (How.NO_PROBE, How.NEVER_MOVES, How.STANDSTILL)
            if alike and (together or since - failure.since <= T.together_at_most_s * SECOND):
                failure.since, failure.grown = min(failure.since, since), end
                return failure
        number = max(self.failures, default=0) + 1
        failure = self.failures[number] = Failure(number, how, name, value, since, end)
        return failure

    def _patience_s(self, values: NewestValues) -> F64:
        """By slot, within what time the points of one source turn."""
        patience = np.full(len(self.withheld), T.together_s)
        known = min(len(values.pace.period), len(patience))
        patience[:known] = np.fmax(patience[:known], np.nan_to_num(values.pace.period[:known]))
        return np.minimum(patience, T.together_at_most_s)

    def _name(self, failure: Failure, points: Points, values: NewestValues, end: int, shift: int) -> None:
        """Say what a failure is about, and, once it has grown, where it is."""
        of = self.members.of(failure)
        if len(of) != failure.points:
            failure.points = len(of)
            self._look_up(failure, points, of, shift)
        waits_s = max(T.told_after_s, float(self._patience_s(values)[of].max(initial=0.0)))
        if failure.how in (How.NO_PROBE, How.NEVER_MOVES):
            waits_s = T.no_probe_told_s
        elif failure.how in (How.UNIT, How.JUMP):
            # Whoever else changes its unit stands at the same place: this need not wait for them.
            waits_s = T.told_after_s
        if not failure.root and end - failure.grown >= waits_s * SECOND:
            failure.root = failure.where

    def _look_up(self, failure: Failure, points: Points, of: np.ndarray, shift: int) -> None:
        """Who stands behind a failure, in words."""
        machines = [points.equipment_ids[e] for e in np.unique(points.arrival.equipment[of]).tolist()]
        places = sorted({id.split("/", 1)[0] for id in machines})
        named = named_together(machines, sum(id.split("/", 1)[0] in places for id in points.equipment_ids))
        if failure.source:
            named = f"{failure.source} ({named})"
        failure.words = failure_in_words(failure, named, len(of), failure.since - shift)
        if failure.how in (How.NO_PROBE, How.NEVER_MOVES):
            machines = [points.ids[slot] for slot in of.tolist()]
        elif failure.how in (How.UNIT, How.JUMP):
            machines = places
        failure.where = root_of_all(machines, points.zone)

    def parts(self) -> dict[str, RawValues | Standstill | Members]:
        """What is kept by slot."""
        return {"raw": self.raw, "standstill": self.standstill, "members": self.members}

    def fit(self, points: Points) -> None:
        """Make room for points that have appeared: limits ask of them before their first tick has closed."""
        self.raw.fit(points)
        self.standstill.fit(points.capacity)
        self.members.fit(points.capacity)
