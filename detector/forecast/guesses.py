"""Guesses of what nobody has measured in a hall: metal, wall and water, and how they touch the air."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detector.forecast.course import Course
from detector.threshold import TUNED, threshold, told_of
from kernels.hall_heat import AIR_DEAD, AS_TOLD, CHILLERS_DEAD, COILS_DEAD, GUESSED, MOST_CELLS
from streams.messages import F64


@dataclass(frozen=True, slots=True)
class Ranges:
    """Of what halls are made of, least and most; guesses spread evenly in their logarithms."""

    range_air: tuple[float, ...] = threshold(
        (8.0, 32.0), "kJ/K", "of the air, for each rack: 7 to 27 m3", TUNED
    )
    range_metal: tuple[float, ...] = threshold(
        (20.0, 85.0),
        "kJ/(K kW)",
        "of servers and cabinets: a 2U server takes up 12 kJ/K and draws 150 to 500 W",
        "Ibrahim et al., Thermal Mass Characterization of a Server at Different Fan Speeds",
    )
    range_contact: tuple[float, ...] = threshold(
        (8.0, 25.0), "K", "servers above their air at the usual load", TUNED
    )
    range_mass: tuple[float, ...] = threshold(
        (300.0, 1500.0), "kJ/K", "of floor, walls and cabinets, for each rack", TUNED
    )
    range_surface: tuple[float, ...] = threshold(
        (0.04, 0.16), "kW/K", "between those and the air, for each rack: 6 to 25 m2 at 6.5 W/(m2 K)", TUNED
    )
    range_water: tuple[float, ...] = threshold(
        (25.0, 200.0), "kJ/(K kW)", "of the loop: 6 to 48 l of water", TUNED
    )
    range_excess: tuple[float, ...] = threshold(
        (1.0, 1.25), "", "air that the units move over that through the racks", TUNED
    )
    range_reserve: tuple[float, ...] = threshold(
        (0.15, 0.75), "", "part of the heat left in the air that a wide open coil could still take", TUNED
    )
    range_coil: tuple[float, ...] = threshold((10.0, 60.0), "s", "time constant of the coils", TUNED)
    range_chillers: tuple[float, ...] = threshold(
        (1.05, 1.5), "", "heat that the chillers in service can take over the usual", TUNED
    )
    range_delay: tuple[float, ...] = threshold((2.0, 30.0), "s", "of what the inlets show", TUNED)
    range_water_delay: tuple[float, ...] = threshold((5.0, 40.0), "s", "of what is shown of water", TUNED)
    range_fans: tuple[float, ...] = threshold(
        (0.005, 0.04), "1/K", "server fans speed up by this part per K", TUNED
    )
    range_fan_power: tuple[float, ...] = threshold(
        (0.04, 0.15), "", "of the load, what the units' fans take at full speed", TUNED
    )
    range_ramp: tuple[float, ...] = threshold(
        (0.02, 0.5), "1/K", "units' fans speed up by this part per K that inlets go on to warm", TUNED
    )
    range_bypass: tuple[float, ...] = threshold(
        (0.01, 0.3), "", "part of the water that never sees a coil", TUNED
    )
    range_other: tuple[float, ...] = threshold(
        (0.01, 0.10), "", "heat of lights and losses over that of the racks", TUNED
    )
    range_place: tuple[float, ...] = threshold(
        (0.03, 1.0),
        "",
        "of the sensor in cold water: 0 along the pipe, 1 where water leaves the chillers",
        TUNED,
    )


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of how halls are guessed."""

    guesses: int = threshold(640, "halls", "so many halls are guessed", TUNED)
    trusting: int = threshold(
        7,
        "",
        "so many guesses in ten trust the signs; one each believes in dead coils, chillers and fans",
        TUNED,
    )
    unseen_s: float = threshold(
        60.0, "s", "a loss without a sign began at most this long before trouble was seen", TUNED
    )
    known_spread: float = threshold(
        0.4,
        "",
        "of what a trouble has shown, what is left of the spread of the guesses, in logarithms",
        TUNED,
    )
    redrawn: int = threshold(256, "halls", "so many new guesses are drawn about the better ones...", TUNED)
    redrawn_kept: float = threshold(0.8, "", "...and so much of each one stays", TUNED)
    room_unknown: float = threshold(0.8, "", "reserve of coils where no valve tells...", TUNED)
    room_points: float = threshold(
        30.0, "%", "...and where it tells, all of it with the valve so far from open...", TUNED
    )
    room_least: float = threshold(0.05, "", "...and this part of it at least", TUNED)


T = Thresholds()
RANGES = {name.removeprefix("range_"): span for name, span, _ in told_of(Ranges)}
LEARNED = ("metal", "water")
"""What an earlier trouble of the same hall may have shown (`detector.forecast.heat_capacity`)."""
PER_RACK = ("air", "mass", "surface")
BELIEFS = np.array([AS_TOLD] * T.trusting + [COILS_DEAD, CHILLERS_DEAD, AIR_DEAD])
PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61)
SINCE_PRIME, CELLS_PRIME = 67, 71
FIRST = 20
"""Numbers of a sequence before this one do not fill anything evenly yet."""
FAN_LAW = 3
"""The power of a fan goes with the cube of its speed."""


def _spread(count: int, base: int) -> F64:
    """Van der Corput's sequence: ``count`` numbers that fill (0, 1) evenly (Niederreiter 1992, ch. 3)."""
    index = np.arange(FIRST, FIRST + count)
    filled, part = np.zeros(count), 1.0
    while index.any():
        part /= base
        filled += part * (index % base)
        index //= base
    return filled


def _guesses() -> F64:
    columns = {}
    for (name, (least, most)), prime in zip(RANGES.items(), PRIMES, strict=False):
        columns[name] = least * (most / least) ** _spread(T.guesses, prime)
    columns["cells"] = 1.0 + np.floor(MOST_CELLS * _spread(T.guesses, CELLS_PRIME))
    columns["belief"] = np.resize(BELIEFS, T.guesses)
    columns["since"] = -T.unseen_s * _spread(T.guesses, SINCE_PRIME)
    return np.column_stack([columns[name] for name in GUESSED])


PRIOR = _guesses()


def _jitter() -> F64:
    """Normal numbers, f8[redrawn, free guesses], the same for ever (Box and Muller's transform)."""
    generator = np.random.Generator(np.random.PCG64(1))
    uniform = generator.random((2, T.redrawn, len(RANGES)))
    normal: F64 = np.sqrt(-2.0 * np.log1p(-uniform[0])) * np.cos(2.0 * np.pi * uniform[1])
    return normal


JITTER = _jitter()


def guesses_for(course: Course) -> F64:
    """f8[guesses, guessed]: the guesses, of a hall with this load, these fans and what it has shown."""
    guesses = PRIOR.copy()
    for name in PER_RACK:
        guesses[:, GUESSED.index(name)] /= course.rack_kw
    guesses[:, GUESSED.index("fan_power")] *= course.speed**FAN_LAW
    for name, known in zip(LEARNED, course.takes_up, strict=True):
        if np.isfinite(known):
            least, most = RANGES[name]
            column = GUESSED.index(name)
            guesses[:, column] = known * (guesses[:, column] / np.sqrt(least * most)) ** T.known_spread
    # A valve that is nearly open has little left.
    room = (
        T.room_unknown
        if np.isnan(course.valve)
        else min(max((100.0 - course.valve) / T.room_points, T.room_least), 1.0)
    )
    guesses[:, GUESSED.index("reserve")] *= room
    return guesses


def drawn_again(guesses: F64, weights: F64) -> F64:
    """New guesses about those that have a say: of the same mean and spread (Liu and West 2001)."""
    places = (np.arange(T.redrawn) + 0.5) / T.redrawn
    drawn = guesses[np.minimum(np.searchsorted(np.cumsum(weights), places), len(guesses) - 1)]
    free = slice(0, len(RANGES))
    known = np.log(drawn[:, free])
    mean = known.mean(axis=0)
    off = known - mean
    spread = off.T @ off / len(off)
    root = np.linalg.cholesky(spread + 1e-6 * np.eye(len(spread)))
    moved = mean + T.redrawn_kept * off + np.sqrt(1.0 - T.redrawn_kept**2) * JITTER @ root.T
    drawn[:, free] = np.exp(moved)
    return drawn
