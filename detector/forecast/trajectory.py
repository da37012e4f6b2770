"""Where the common temperature of a hall is going.

After a loss of cooling the air climbs steeply at first, towards the exhaust of
its own racks, and then slowly, as servers, walls and water take up the heat;
while pumps still turn, water warms for minutes before the air does. No line or
curve through the last minutes knows that. So the hall is played forward by the
physics that all halls share (`kernels.hall_heat`), from how it usually stands
and what is seen to have stopped, for some hundred guesses of what nobody has
measured: how much metal, wall and water there is, and how they touch the air.
Guesses are weighed by how well they explain what inlets, units and water have
shown since (importance sampling; tempered where too few guesses would be left,
Del Moral, Doucet and Jasra, "Sequential Monte Carlo samplers", JRSS-B 68), and
the forecast is the weighted median with the quantiles about it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detector.forecast.course import Course
from detector.forecast.guesses import drawn_again, guesses_for
from detector.threshold import TUNED, threshold
from kernels.hall_heat import AHEAD, SEEN, START, warm_halls
from streams.messages import F64


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of where a hall is going."""

    horizon_s: float = threshold(6 * 3600.0, "s", "no limit is foreseen further ahead", TUNED)
    close_horizon_s: float = threshold(1200.0, "s", "up to this one...", TUNED)
    close_step_s: float = threshold(15.0, "s", "...a hall is told in steps of this...", TUNED)
    far_horizons: int = threshold(60, "steps", "...and beyond in so many that widen", TUNED)
    off_k: tuple[float, ...] = threshold(
        (0.35, 0.5, 0.35, 0.5, 0.5, 0.7),
        "K",
        "what a sensor of `kernels.hall_heat.SEEN` may be off a right guess...",
        TUNED,
    )
    off_part: tuple[float, ...] = threshold(
        (0.035, 0.045, 0.045, 0.06, 0.06, 0.06), "", "...and by which part of its own change", TUNED
    )
    lasting_s: float = threshold(15.0, "s", "readings closer than this tell nothing new", TUNED)
    start_fades_s: float = threshold(
        60.0,
        "s",
        "the first moments, where physics this plain errs most, count for a third after so long",
        TUNED,
    )
    least_say: float = threshold(40.0, "halls", "so many guesses at least are to have a say...", TUNED)
    followed: int = threshold(192, "halls", "...and so many at most are played into the future", TUNED)
    rounds: int = threshold(4, "rounds", "new guesses are drawn about the better ones in so many", TUNED)
    softer: float = threshold(
        0.8, "", "where too few have a say, so much of the evidence is tried next...", TUNED
    )
    least_evidence: float = threshold(1e-4, "", "...down to this part of it", TUNED)
    low_quantile: float = threshold(
        0.13,
        "",
        "of the 80 % interval: halls differ less than guesses, and this holds four times in five",
        TUNED,
    )
    high_quantile: float = threshold(0.87, "", "its other end", TUNED)


T = Thresholds()
HORIZONS: F64 = np.concatenate(
    [
        np.arange(0.0, T.close_horizon_s, T.close_step_s),
        np.geomspace(T.close_horizon_s, T.horizon_s, T.far_horizons),
    ]
)
OFF_K, OFF_PART = np.array(T.off_k), np.array(T.off_part)


@dataclass(frozen=True, slots=True)
class Trajectory:
    """Rise from now on of what racks breathe, K, at each of `HORIZONS`."""

    rise: F64
    low: F64
    """Slow side of the 80 % interval."""
    high: F64
    """Fast side."""
    parting: F64
    """How much further apart hot and cold air will be than now, as a part of the usual: -1 where units at
    rest let them become one."""
    ages: F64
    """f8[n], s before now; falling to zero."""
    since: F64
    """f8[n], by how much what sensors at racks show has risen since then, K."""

    def time_to(self, margin: F64, above: F64, age: F64) -> tuple[F64, F64, F64]:
        """Seconds until each place has used up its margin: expected, earliest, latest.

        ``margin``: f8[n], K; ``above``: f8[n], how far the place usually is
        above the hall's racks, K. That is hot air which finds its way there;
        where hot and cold air become one, it is above them no more.
        ``age``: f8[n], s since the margin was read. NaN = not within six hours.
        """
        caught = np.interp(age, self.ages[::-1], self.since[::-1])
        own = above[:, None] * self.parting + caught[:, None]
        expected, earliest, latest = (_crossing(r + own, margin) for r in (self.rise, self.high, self.low))
        return expected, earliest, latest


def _crossing(rise: F64, margin: F64) -> F64:
    """When each row of ``rise``, f8[n, horizons], first reaches its margin."""
    rise = np.maximum.accumulate(rise, axis=1)
    after = np.clip((rise < margin[:, None]).sum(axis=1), 1, len(HORIZONS) - 1)
    row = np.arange(len(rise))
    before, reached = rise[row, after - 1], rise[row, after]
    part = np.clip((margin - before) / np.where(reached > before, reached - before, np.inf), 0.0, 1.0)
    when = HORIZONS[after - 1] + part * (HORIZONS[after] - HORIZONS[after - 1])
    when = np.where(margin > rise[:, -1], np.nan, when)
    return np.where(margin <= 0.0, 0.0, when)


def fit_trajectory(course: Course) -> Trajectory:
    """Where a hall goes that has come along ``course``, if all stays as it is now."""
    guesses, weights = narrowed(course)
    followed = np.sort(np.argsort(-weights, kind="stable")[: T.followed])
    weights = weights[followed]
    seen, ahead = _play(guesses[followed], course, HORIZONS)
    # A margin is measured where the sensors are, which lag behind the air.
    sensor = seen[:, :, SEEN.index("inlet")]
    inlet, back = ahead[:, :, AHEAD.index("inlet")], ahead[:, :, AHEAD.index("return")]
    rise = np.maximum.accumulate(inlet - sensor[:, -1:], axis=1)
    low, middle, high = _quantiles(rise, weights, (T.low_quantile, 0.5, T.high_quantile))
    (since,) = _quantiles(sensor[:, -1:] - sensor, weights, (0.5,))
    apart = (back - inlet) / (course.usual[START.index("return")] - course.usual[START.index("inlet")])
    (parting,) = _quantiles(apart - apart[:, :1], weights, (0.5,))
    return Trajectory(middle, low, high, parting, course.seconds[-1] - course.seconds, since)


def narrowed(course: Course, fades_s: float = T.start_fades_s) -> tuple[F64, F64]:
    """Guesses that the course leaves, f8[m, guessed], and how much each has to say, f8[m], one in all.

    What was read counts less with its age, to a third in ``fades_s``.
    """
    guesses = guesses_for(course)
    sharp = 0.0
    for again in range(T.rounds):
        seen, _ = _play(guesses, course, HORIZONS[:0])
        badness = _badness(course, _as_read(course, seen), fades_s)
        step = _sharper(badness, 1.0 - sharp)
        weights = _weights(badness, step)
        sharp += step
        if sharp >= 1.0 - 1e-9 or again == T.rounds - 1:
            break
        guesses = drawn_again(guesses, weights)
    return guesses, weights


def _sharper(badness: F64, left: float) -> float:
    """How much more of what is ``left`` of the evidence may count with enough guesses still heard."""
    step = left
    while step > T.least_evidence:
        weights = _weights(badness, step)
        if 1.0 / float(weights @ weights) >= T.least_say:
            break
        step *= T.softer
    return step


def _weights(badness: F64, sharp: float) -> F64:
    weights: F64 = np.exp(-sharp * (badness - badness.min()))
    return weights / weights.sum()


def _play(guesses: F64, course: Course, horizons: F64) -> tuple[F64, F64]:
    seen = np.empty((len(guesses), len(course.seconds), len(SEEN)))
    ahead = np.empty((len(guesses), len(horizons), len(AHEAD)))
    warm_halls(guesses, course.usual, course.seconds, course.drivers, horizons, seen, ahead)
    return seen, ahead


def _as_read(course: Course, seen: F64) -> F64:
    """What was last read of sensors at the end of each row, of what they show at those ends."""
    seconds = course.seconds
    if len(seconds) < 2:
        return seen
    before = np.clip(np.searchsorted(seconds, course.read, "right") - 1, 0, len(seconds) - 2)
    part = np.clip((course.read - seconds[before]) / (seconds[before + 1] - seconds[before]), 0.0, 1.0)
    sensor = np.arange(len(SEEN))
    found: F64 = seen[:, before, sensor] * (1.0 - part) + seen[:, before + 1, sensor] * part
    return found


def _badness(course: Course, seen: F64, fades_s: float) -> F64:
    """How badly each guess explains the course: minus the logarithm of its likelihood."""
    water, rise = course.usual[START.index("water")], course.usual[START.index("water_rise")]
    usual = np.array([*course.usual[: START.index("water_rise")], water, water + rise])
    changed = course.shown - usual
    told = np.isfinite(changed) & (course.seconds >= 0.0)[:, None]
    scale = OFF_K + OFF_PART * np.abs(np.where(told, changed, 0.0))
    miss = np.where(told, (seen - course.shown) / scale, 0.0)
    counted = np.clip(np.diff(course.read, axis=0, prepend=course.read[:1]) / T.lasting_s, 0.0, 1.0)
    counted *= np.exp((course.read - course.seconds[-1]) / fades_s)
    bad: F64 = 0.5 * np.einsum("mnk,nk->m", miss * miss, counted)
    return bad


def _quantiles(values: F64, weights: F64, parts: tuple[float, ...]) -> tuple[F64, ...]:
    """Of each column of ``values``, each row counting by its weight."""
    order = np.argsort(values, axis=0, kind="stable")
    ranked = np.take_along_axis(values, order, axis=0)
    below = np.cumsum(weights[order], axis=0)
    below /= below[-1]
    rows = [np.minimum((below < part).sum(axis=0), len(values) - 1) for part in parts]
    return tuple(ranked[row, np.arange(values.shape[1])] for row in rows)
