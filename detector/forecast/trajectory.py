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
from kernels.hall_heat import (
    AHEAD,
    AIR_DEAD,
    AS_TOLD,
    CHILLERS_DEAD,
    COILS_DEAD,
    GUESSED,
    SEEN,
    START,
    warm_halls,
)
from streams.messages import F64

HORIZON_S = 6 * 3600.0
HORIZONS: F64 = np.concatenate([np.arange(0.0, 1200.0, 15.0), np.geomspace(1200.0, HORIZON_S, 60)])

# What halls are made of: the least and the most of each guess, spread evenly in their logarithms.
# Per rack: air 7 to 27 m3; floor, walls and cabinets of 6 to 25 m2 at 6.5 W/(m2 K).
# Units' fans at full speed take 4 to 15 % of the load.
# Per kW: servers and cabinets of 20 to 85 kJ/K (a 2U server takes up 12 kJ/K, Ibrahim, Shrivastava,
# Sammakia and Ghose, "Thermal Mass Characterization of a Server at Different Fan Speeds", and draws 150 to
# 500 W; a cabinet 60 to 90 kJ/K, and holds 4 to 15 kW); 6 to 48 l of water.
RANGES: dict[str, tuple[float, float]] = {
    "air": (8.0, 32.0),
    "metal": (20.0, 85.0),
    "contact": (8.0, 25.0),
    "mass": (300.0, 1500.0),
    "surface": (0.04, 0.16),
    "water": (25.0, 200.0),
    "excess": (1.0, 1.25),
    "reserve": (0.15, 0.75),
    "coil": (10.0, 60.0),
    "chillers": (1.05, 1.5),
    "delay": (2.0, 30.0),
    "water_delay": (5.0, 40.0),
    "fans": (0.005, 0.04),
    "fan_power": (0.04, 0.15),
    "ramp": (0.02, 0.5),
    "bypass": (0.01, 0.3),
    "other": (0.01, 0.10),
    "place": (0.03, 1.0),
}
LEARNED = ("metal", "water")
"""What an earlier trouble of the same hall may have shown (`detector.forecast.heat_capacity`)."""
KNOWN_SPREAD = 0.4
"""Of what was learned so, what is left of the spread of the guesses, in logarithms."""
PER_RACK = ("air", "mass", "surface")
GUESSES = 640
# Most guesses trust the signs; one in ten each believes in dead coils, chillers and fans.
BELIEFS = np.array([AS_TOLD] * 7 + [COILS_DEAD, CHILLERS_DEAD, AIR_DEAD])
# A loss without a sign began at most this long before the hall was seen to be in trouble, s.
UNSEEN_S = 60.0
# What a sensor of `SEEN` may be off a right guess, K, and by which part of its own change.
OFF_K = np.array([0.35, 0.5, 0.35, 0.5, 0.5, 0.7])
OFF_PART = np.array([0.035, 0.045, 0.045, 0.06, 0.06, 0.06])
# Readings closer than this tell nothing new, s.
LASTING_S = 15.0
# How the first moments went, where physics this plain errs most, counts little after some of this time, s.
FADES_S = 60.0
# So many guesses at least are to have a say, and so many at most are played into the future.
LEAST_SAY = 40.0
FOLLOWED = 192
# Rounds of drawing new guesses about the better ones, how many, and how much of each one stays.
ROUNDS = 4
REDRAWN = 256
KEPT = 0.8
# Quantiles of the 80 % interval. Halls differ less than the guesses: these hold four times in five.
LOW, HIGH = 0.13, 0.87


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


def _spread(count: int, base: int) -> F64:
    """Van der Corput's sequence: ``count`` numbers that fill (0, 1) evenly (Niederreiter 1992, ch. 3)."""
    index = np.arange(20, 20 + count)
    filled, part = np.zeros(count), 1.0
    while index.any():
        part /= base
        filled += part * (index % base)
        index //= base
    return filled


def _guesses() -> F64:
    primes = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67)
    columns = {}
    for (name, (least, most)), prime in zip(RANGES.items(), primes, strict=False):
        columns[name] = least * (most / least) ** _spread(GUESSES, prime)
    columns["cells"] = 1.0 + np.floor(4.0 * _spread(GUESSES, 71))
    columns["belief"] = np.resize(BELIEFS, GUESSES)
    columns["since"] = -UNSEEN_S * _spread(GUESSES, primes[-1])
    return np.column_stack([columns[name] for name in GUESSED])


PRIOR = _guesses()


def _jitter() -> F64:
    """Normal numbers, f8[redrawn, free guesses], the same for ever (Box and Muller's transform)."""
    generator = np.random.Generator(np.random.PCG64(1))
    uniform = generator.random((2, REDRAWN, len(RANGES)))
    normal: F64 = np.sqrt(-2.0 * np.log1p(-uniform[0])) * np.cos(2.0 * np.pi * uniform[1])
    return normal


JITTER = _jitter()


def fit_trajectory(course: Course) -> Trajectory:
    """Where a hall goes that has come along ``course``, if all stays as it is now."""
    guesses, weights = narrowed(course)
    followed = np.sort(np.argsort(-weights, kind="stable")[:FOLLOWED])
    weights = weights[followed]
    seen, ahead = _play(guesses[followed], course, HORIZONS)
    # A margin is measured where the sensors are, which lag behind the air.
    sensor = seen[:, :, SEEN.index("inlet")]
    inlet, back = ahead[:, :, AHEAD.index("inlet")], ahead[:, :, AHEAD.index("return")]
    rise = np.maximum.accumulate(inlet - sensor[:, -1:], axis=1)
    low, middle, high = _quantiles(rise, weights, (LOW, 0.5, HIGH))
    (since,) = _quantiles(sensor[:, -1:] - sensor, weights, (0.5,))
    apart = (back - inlet) / (course.usual[START.index("return")] - course.usual[START.index("inlet")])
    (parting,) = _quantiles(apart - apart[:, :1], weights, (0.5,))
    return Trajectory(middle, low, high, parting, course.seconds[-1] - course.seconds, since)


def narrowed(course: Course, fades_s: float = FADES_S) -> tuple[F64, F64]:
    """Guesses that the course leaves, f8[m, guessed], and how much each has to say, f8[m], one in all.

    What was read counts less with its age, to a third in ``fades_s``.
    """
    guesses = _guesses_for(course)
    sharp = 0.0
    for again in range(ROUNDS):
        seen, _ = _play(guesses, course, HORIZONS[:0])
        badness = _badness(course, _as_read(course, seen), fades_s)
        step = _sharper(badness, 1.0 - sharp)
        weights = _weights(badness, step)
        sharp += step
        if sharp >= 1.0 - 1e-9 or again == ROUNDS - 1:
            break
        guesses = _drawn_again(guesses, weights)
    return guesses, weights


def _sharper(badness: F64, left: float) -> float:
    """How much more of what is ``left`` of the evidence may count with enough guesses still heard."""
    step = left
    while step > 1e-4:
        weights = _weights(badness, step)
        if 1.0 / float(weights @ weights) >= LEAST_SAY:
            break
        step *= 0.8
    return step


def _weights(badness: F64, sharp: float) -> F64:
    weights: F64 = np.exp(-sharp * (badness - badness.min()))
    return weights / weights.sum()


def _drawn_again(guesses: F64, weights: F64) -> F64:
    """New guesses about those that have a say: of the same mean and spread (Liu and West 2001)."""
    places = (np.arange(REDRAWN) + 0.5) / REDRAWN
    drawn = guesses[np.minimum(np.searchsorted(np.cumsum(weights), places), len(guesses) - 1)]
    free = slice(0, len(RANGES))
    known = np.log(drawn[:, free])
    mean = known.mean(axis=0)
    off = known - mean
    spread = off.T @ off / len(off)
    root = np.linalg.cholesky(spread + 1e-6 * np.eye(len(spread)))
    moved = mean + KEPT * off + np.sqrt(1.0 - KEPT**2) * JITTER @ root.T
    drawn[:, free] = np.exp(moved)
    return drawn


def _guesses_for(course: Course) -> F64:
    guesses = PRIOR.copy()
    for name in PER_RACK:
        guesses[:, GUESSED.index(name)] /= course.rack_kw
    guesses[:, GUESSED.index("fan_power")] *= course.speed**3
    for name, known in zip(LEARNED, course.takes_up, strict=True):
        if np.isfinite(known):
            least, most = RANGES[name]
            column = GUESSED.index(name)
            guesses[:, column] = known * (guesses[:, column] / np.sqrt(least * most)) ** KNOWN_SPREAD
    # A valve that is nearly open has little left.
    room = 0.8 if np.isnan(course.valve) else min(max((100.0 - course.valve) / 30.0, 0.05), 1.0)
    guesses[:, GUESSED.index("reserve")] *= room
    return guesses


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
    usual = np.array([*course.usual[:4], course.usual[3], course.usual[3] + course.usual[4]])
    changed = course.shown - usual
    told = np.isfinite(changed) & (course.seconds >= 0.0)[:, None]
    scale = OFF_K + OFF_PART * np.abs(np.where(told, changed, 0.0))
    miss = np.where(told, (seen - course.shown) / scale, 0.0)
    counted = np.clip(np.diff(course.read, axis=0, prepend=course.read[:1]) / LASTING_S, 0.0, 1.0)
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
