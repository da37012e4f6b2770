"""How unusual each point is: quality, expectation and a score in [0, 1], one a tick."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from config.kinds import Role
from detector.points import ROLE_CODE, ROOM, Points
from detector.seen.newest_values import NewestValues, points_of
from detector.seen.rows import grow
from detector.threshold import TUNED, threshold
from detector.usual.models.cooling_units import CoolingUnitsExpected
from detector.usual.models.racks import RacksExpected
from kernels import baseline, change, novelty, quality, robust
from kernels.arrival import UNSET
from kernels.state import NEVER
from streams.messages import F64, I64, SECOND, Readings, Scores


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of how unusual a point is."""

    baseline_half_life_s: int = threshold(3600, "s", "memory of a point's own baseline", TUNED)
    recent_every_s: int = threshold(120, "s", "of the last hours a value is kept every so often...", TUNED)
    recent_values: int = threshold(64, "values", "...and so many of them", TUNED)
    cusum_slack: float = threshold(1.0, "deviations", "a deviation that is tolerated for ever", TUNED)
    cusum_threshold: float = threshold(20.0, "deviations", "a sum of deviations that shows a change", TUNED)
    cusum_weight: float = threshold(
        4.0, "deviations", "a sum at its threshold weighs as much as a single reading of so many", TUNED
    )
    drift_scales: float = threshold(
        4.0,
        "scales",
        "a lasting drift of a model's residuals weighs as much as a single one of so many scales",
        TUNED,
    )
    past_values: int = threshold(
        64, "values", "what a point has ever shown is kept as so many values...", TUNED
    )
    past_span_s: int = threshold(600, "s", "...learned by spans of this time...", TUNED)
    past_memory_s: int = threshold(60 * 86_400, "s", "...and forgotten after two months", TUNED)
    past_enough: int = threshold(
        72, "spans", "half a day at least, before the past outweighs the last hours", TUNED
    )
    new_half: float = threshold(
        0.003, "", "a gap of this part of the range of all that was seen scores a half", TUNED
    )
    new_at_least: float = threshold(
        0.3,
        "",
        "so much of what was never seen counts even where the last hours do not make it unusual",
        TUNED,
    )
    past_at_most: float = threshold(
        0.5, "", "what was seen before scores no more, however far it is from the last hours", TUNED
    )
    stuck_times: float = threshold(
        100.0, "", "a value held for so many times the usual between changes is stuck", TUNED
    )
    next_due_after: float = threshold(
        1.5, "periods", "a reading that is wrong, as was the one before, speaks until the next is due", TUNED
    )
    silent_times: float = threshold(
        5.0, "", "a silence of more than so many usual periods is a dropout", TUNED
    )


T = Thresholds()
# Readings that may not be believed. A stuck value is still the last that is known.
UNBELIEVABLE = quality.OUT_OF_RANGE | quality.TOO_FAST | quality.SKIPPED
WRONG = quality.OUT_OF_RANGE | quality.TOO_FAST | quality.STUCK
TINY = 1e-6


class PointScores:
    """Rolling state of all points of a zone."""

    state_fields = ("quality", "baseline", "robust", "cusum", "novelty", "flags", "wrong_reads")

    def __init__(self) -> None:
        self.quality = quality.make_quality(ROOM)
        self.baseline = baseline.make_baseline(ROOM, [T.baseline_half_life_s * SECOND])
        self.robust = robust.make_robust(ROOM, T.recent_values, T.recent_every_s * SECOND, TINY)
        self.cusum = change.make_cusum(ROOM)
        self.novelty = novelty.make_novelty(
            ROOM, T.past_values, T.past_span_s * SECOND, T.past_memory_s * SECOND
        )
        self.flags = np.zeros(ROOM, np.uint8)
        """Quality flags of each point's newest tick, or-ed."""
        self.wrong_reads = np.zeros(ROOM, np.int32)
        """In how many ticks in a row each point's readings were wrong, of those in which it was read."""

    def check(self) -> None:
        """ValueError where what was restored would lead a kernel astray."""
        robust.check_robust(self.robust)

    def believable(self, points: Points, readings: Readings, withheld: np.ndarray) -> np.ndarray:
        """Check one tick's readings; True for each that may be used.

        What is ``withheld`` by now (b1 by slot, of the first of them) says nothing of how far a
        value may have come.
        """
        self._fit(points)
        self.quality.good_time[: len(withheld)][withheld] = NEVER
        flags = np.zeros(len(readings), np.uint8)
        quality.check_quality(
            self.quality, readings.point, readings.time, readings.value, T.stuck_times, T.silent_times, flags
        )
        self.flags[readings.point] = 0
        np.bitwise_or.at(self.flags, readings.point, flags)
        slots = points_of(readings)
        wrong = (self.flags[slots] & WRONG) > 0
        self.wrong_reads[slots] = np.where(wrong, self.wrong_reads[slots] + 1, 0)
        good: np.ndarray = (flags & UNBELIEVABLE) == 0
        return good

    def wrong_now(self, points: Points, values: NewestValues, slots: np.ndarray, end: int) -> np.ndarray:
        """Slots whose readings are wrong: of ``slots``, read in this tick, and of what is read less often.

        One wrong reading speaks for its tick alone; where another has borne it out the newest speaks
        until the next is due.
        """
        lasts = self.wrong_reads[: len(points)] > 1
        again = np.flatnonzero(lasts)
        age_s = (end - values.seen[again]) / SECOND
        lasts[again] = age_s <= T.next_due_after * values.pace.period[again]
        lasts[slots] = (self.flags[slots] & WRONG) > 0
        wrong: np.ndarray = np.flatnonzero(lasts)
        return wrong

    def judge(
        self,
        slots: np.ndarray,
        value: F64,
        shown: F64,
        end: int,
        learn: np.ndarray,
        modelled: F64,
        model_deviation: F64,
    ) -> Scores:
        """Score the points that had something new.

        ``value`` is each one's mean over the tick, NaN where nothing could be
        believed; ``shown`` is the mean of all that it read, believed or not:
        that is what is scored, for an excursion must not score lower because
        it is too large to be true. ``learn`` says whose references may move. ``modelled`` is
        what a model of the equipment expects and ``model_deviation`` how far
        off the value is, in the model's scales; NaN where none has an opinion.
        They take the place of the point's own baseline and reference.
        """
        slots = slots.astype(np.int32, copy=False)
        time = np.full(len(slots), end, np.int64)
        own = self._expected(slots, time, value, learn)
        grain = TINY * (1.0 + np.abs(np.nan_to_num(value)))
        self.robust.floor[slots] = np.fmax(self.quality.step[slots], grain)
        whole = (self.flags[slots] & UNBELIEVABLE) == 0
        learn = learn & whole
        unlike = self._unlike_last_hours(slots, time, shown, learn, whole)
        new = np.empty(len(slots))
        novelty.judge_novelty(self.novelty, slots, time, shown, grain, learn, new)
        score = self._by_past(slots, unlike, new)
        # A model judges what was believed; of the rest only the point's own past can speak.
        by_model = np.isfinite(model_deviation) & whole
        score = np.where(by_model, robust.score_of(model_deviation), score)
        return Scores(
            point=slots,
            value=value,
            expected=np.where(np.isfinite(modelled), modelled, own),
            score=np.nan_to_num(score),
            quality=((self.flags[slots] & quality.UNUSABLE) == 0).astype(np.float64),
        )

    def _expected(self, slots: np.ndarray, time: I64, value: F64, learn: np.ndarray) -> F64:
        """What each point's own baseline expects."""
        expected, spread = np.empty((len(slots), 1)), np.empty((len(slots), 1))
        baseline.update_baseline(self.baseline, slots, time, value, learn, expected, spread)
        own: F64 = expected[:, 0]
        return own

    def _unlike_last_hours(
        self, slots: np.ndarray, time: I64, shown: F64, learn: np.ndarray, whole: np.ndarray
    ) -> F64:
        """Score by the last hours: how far off the newest value is, or values are for long."""
        deviation = np.empty(len(slots))
        robust.robust_deviation(self.robust, slots, time, shown, learn, deviation)
        shift = np.zeros(len(slots), np.int8)
        since = np.full(len(slots), UNSET, np.int64)
        believed = np.where(whole, deviation, np.nan)
        change.update_cusum(self.cusum, slots, time, believed, T.cusum_slack, T.cusum_threshold, shift, since)
        # A change that is found stays in sight while it lasts, instead of being counted afresh.
        self.cusum.up[slots[shift > 0]] = T.cusum_threshold
        self.cusum.down[slots[shift < 0]] = T.cusum_threshold
        lasting = np.fmax(self.cusum.up[slots], self.cusum.down[slots]) * (T.cusum_weight / T.cusum_threshold)
        return robust.score_of(np.fmax(np.abs(deviation), lasting))

    def _by_past(self, slots: np.ndarray, unlike_last_hours: F64, new: F64) -> F64:
        """Score by the point's own past: the last hours alone at first, then all that it ever showed.

        What the last hours make unusual, but was seen before, comes to count
        for less as more has been seen; what was never seen counts in full.
        """
        # Of as many points as a zone has, no more copies than are needed.
        unlike = np.nan_to_num(unlike_last_hours, copy=False)
        new = np.nan_to_num(new, copy=False, nan=0.0)
        new *= T.new_at_least + (1.0 - T.new_at_least) * unlike
        known = np.minimum(1.0, self.novelty.learned[slots] / T.past_enough)
        never_seen = 1.0 - T.new_half / (T.new_half + new)
        by_past: F64 = np.fmax(known * never_seen, (1.0 - known * (1.0 - T.past_at_most)) * unlike)
        return by_past

    def _fit(self, points: Points) -> None:
        capacity = points.capacity
        grow(self, ("wrong_reads",), capacity, 0)
        if capacity > min(len(self.flags), len(self.novelty.kept)):
            self.quality = quality.grow_quality(self.quality, capacity)
            self.baseline = baseline.grow_baseline(self.baseline, capacity)
            self.robust = robust.grow_robust(self.robust, capacity, TINY)
            self.cusum = change.grow_cusum(self.cusum, capacity)
            self.novelty = novelty.grow_novelty(self.novelty, capacity)
            self.flags = np.concatenate([self.flags, np.zeros(capacity - len(self.flags), np.uint8)])
        n = len(points)
        self.quality.low[:n] = points.arrival.low[:n]
        self.quality.high[:n] = points.arrival.high[:n]
        self.quality.max_rate[:n] = points.arrival.max_rate[:n]


def means_shown(readings: Readings, slots: np.ndarray) -> F64:
    """Mean of all finite readings of each slot in one tick, f8[len(slots)]; NaN where there is none."""
    finite = np.isfinite(readings.value)
    told = readings if finite.all() else readings.take(finite)
    room = int(slots.max(initial=0)) + 1
    total = np.bincount(told.point, weights=told.value, minlength=room)[slots]
    count = np.bincount(told.point, minlength=room)[slots]
    return np.divide(total, count, out=np.full(len(slots), np.nan), where=count > 0)


def scored(
    scores: PointScores,
    points: Points,
    readings: Readings,
    good: np.ndarray,
    latest: F64,
    cooling_units: CoolingUnitsExpected,
    racks: RacksExpected,
    healthy: np.ndarray,
    end: int,
) -> Scores:
    """Score the points of a tick's readings, of which ``good`` may be used.

    ``latest`` is the value by slot, ``cooling_units`` and ``racks`` what models say by equipment, as is
    ``healthy``: whether anything may be learned of it.
    """
    slots = points_of(readings).astype(np.int32)
    believed = np.zeros(points.capacity, np.bool_)
    believed[readings.point[good]] = True
    value = np.where(believed[slots], latest[slots], np.nan)
    learn = healthy[points.arrival.equipment[slots]] & np.isfinite(value)
    shown = means_shown(readings, slots)
    expected, deviation = _by_models(points, slots, value, cooling_units, racks)
    return scores.judge(slots, value, shown, end, learn, expected, deviation)


def _by_models(
    points: Points, slots: np.ndarray, value: F64, cooling_units: CoolingUnitsExpected, racks: RacksExpected
) -> tuple[F64, F64]:
    """What models expect of each slot, and how far off ``value`` is, in their scales; NaN where none does.

    A rack's model speaks of the mean of its inlets; each inlet keeps its own distance from that.
    """
    equipment, role = points.arrival.equipment[slots], points.role[slots]
    expected = np.full(len(slots), np.nan)
    deviation = np.full(len(slots), np.nan)
    still = np.zeros(len(racks.residual), np.bool_)
    for wanted, residual, scaled, drifting in (
        (
            Role.SUPPLY_AIR,
            cooling_units.supply_residual,
            cooling_units.supply_deviation,
            cooling_units.supply_drifting,
        ),
        (Role.RETURN_AIR, cooling_units.return_residual, cooling_units.return_deviation, still),
        (Role.RACK_INLET, racks.residual, racks.deviation, racks.drifting),
    ):
        here = role == ROLE_CODE[wanted]
        at = equipment[here]
        expected[here] = value[here] - residual[at]
        deviation[here] = np.where(drifting[at], np.fmax(np.abs(scaled[at]), T.drift_scales), scaled[at])
    return expected, deviation
