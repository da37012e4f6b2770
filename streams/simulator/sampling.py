"""From the true signals to what arrives: sampled, noisy, quantised, late, sometimes lost."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

import numpy as np
from numpy.random import Generator

from config.scenario import Sampling
from streams.messages import F64, I32, I64, SECOND
from streams.simulator.faults import SensorFault
from streams.simulator.layout import draw
from streams.simulator.points import Points

MILLISECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Telemetry:
    """Readings in the order in which they arrive. ``point`` indexes ``ids``; times are ns UTC."""

    ids: tuple[str, ...]
    point: I32
    time: I64
    """What the message says, whole milliseconds."""
    value: F64
    arrival: I64

    def __len__(self) -> int:
        return len(self.point)

    def take(self, rows: slice | np.ndarray) -> Telemetry:
        """Some rows of it: a slice, indices or a mask."""
        return Telemetry(self.ids, self.point[rows], self.time[rows], self.value[rows], self.arrival[rows])


class Sampler:
    """Samples blocks of signals one after another and hands out what has arrived by their end."""

    def __init__(
        self, points: Points, sampling: Sampling, faults: tuple[SensorFault, ...], epoch: int, rng: Generator
    ) -> None:
        self._points = points
        self._rng = rng
        self._epoch = epoch
        self._lost = draw(rng, sampling.lost)
        self._gap_chance = draw(rng, sampling.gaps_per_day) / 86_400.0
        self._silent_until = np.full(len(points.ids), -np.inf)
        self._faults = [(fault, _seen_by(points, fault)) for fault in faults]
        self._follow = 1.0 / (1.0 + points.lag)
        self._felt: F64 | None = None
        self._frozen = np.full(len(points.ids), np.nan)
        none = np.empty(0, np.int64)
        self._waiting = Telemetry(points.ids, none.astype(np.int32), none, np.empty(0, np.float64), none)

    def block(self, signals: F64, start: float) -> Telemetry:
        """What arrives before the block's end. ``signals``: f8[seconds, signals] from ``start`` (s)."""
        end = start + len(signals)
        p = self._points
        first = np.ceil((start - p.phase) / p.period)
        count = np.maximum(np.ceil((end - p.phase) / p.period) - first, 0).astype(np.int64)
        point = np.repeat(np.arange(len(p.ids)), count)
        within = np.arange(len(point)) - np.repeat(np.cumsum(count) - count, count)
        true_time = p.phase[point] + (first[point] + within) * p.period[point]
        value = self._measure(self._lagged(signals), point, true_time - start)
        keep = self._kept(point, true_time, end - start)
        said = true_time + p.clock[point]
        self._disturb(point, true_time, value, said, keep)
        delay = p.delay[point] + p.jitter[point] * self._rng.standard_exponential(len(point))
        time = np.round(said * 1000.0).astype(np.int64) * MILLISECOND + self._epoch
        arrival = ((true_time + delay) * SECOND).astype(np.int64) + self._epoch
        fresh = Telemetry(p.ids, point.astype(np.int32), time, value, arrival).take(keep)
        return self._arrived(fresh, self._epoch + int(end * SECOND))

    def rest(self) -> Telemetry:
        """What is still on its way when the simulation ends."""
        return self._arrived(self._waiting.take(slice(0, 0)), np.iinfo(np.int64).max)

    def _arrived(self, fresh: Telemetry, until: int) -> Telemetry:
        w = self._waiting
        together = Telemetry(
            w.ids,
            np.concatenate([w.point, fresh.point]),
            np.concatenate([w.time, fresh.time]),
            np.concatenate([w.value, fresh.value]),
            np.concatenate([w.arrival, fresh.arrival]),
        )
        together = together.take(np.argsort(together.arrival, kind="stable"))
        cut = int(np.searchsorted(together.arrival, until))
        self._waiting = together.take(slice(cut, None))
        return together.take(slice(0, cut))

    def _lagged(self, signals: F64) -> F64:
        """What sensors feel: temperatures through their own time constants."""
        felt = np.empty_like(signals)
        last = signals[0] if self._felt is None else self._felt
        for second, true in enumerate(signals):
            last = last + self._follow * (true - last)
            felt[second] = last
        self._felt = last
        return felt

    def _measure(self, signals: F64, point: I64, since: F64) -> F64:
        p = self._points
        row = np.minimum(since.astype(np.int64), len(signals) - 1)
        first = signals[row, p.first[point]]
        true = first + p.mix[point] * (signals[row, p.second[point]] - first)
        spread = p.noise[point] + p.relative[point] * np.abs(true)
        value = true * p.scale[point] + p.bias[point] + spread * self._rng.standard_normal(len(point))
        quantum = p.quantum[point]
        # Rounded once more to clear the last binary digits, so that text and number are the same.
        return np.round(np.round(value / quantum) * quantum, 4)

    def _kept(self, point: I64, true_time: F64, seconds: float) -> np.ndarray:
        """Not lost singly, and not of a sensor that is silent for some minutes."""
        falls = self._rng.random(len(self._silent_until)) < self._gap_chance * seconds
        lengths = self._rng.uniform(60.0, 600.0, len(self._silent_until))
        begin = true_time[0] if len(true_time) else 0.0
        self._silent_until = np.where(falls, begin + lengths, self._silent_until)
        silent = true_time < self._silent_until[point]
        return ~silent & (self._rng.random(len(point)) >= self._lost)

    def _disturb(self, point: I64, time: F64, value: F64, said: F64, keep: np.ndarray) -> None:
        """Lay the sensor faults over values, stamps and silence, in place."""
        for fault, seen in self._faults:
            rows = np.flatnonzero(seen[point] & (time >= fault.start) & (time < fault.end))
            if fault.kind == "stuck":
                self._freeze(fault, seen, rows, point, time, value)
            if not len(rows):
                continue
            since = time[rows] - fault.start
            if fault.kind == "mute":
                keep[rows] = False
            elif fault.kind == "bias":
                value[rows] = np.round(value[rows] + fault.value, 4)
            elif fault.kind == "drift":
                value[rows] = np.round(value[rows] + fault.value * since / 3600.0, 4)
            elif fault.kind == "spikes":
                hit = rows[self._rng.random(len(rows)) < 0.05]
                value[hit] = np.round(value[hit] + fault.value, 4)
            elif fault.kind == "clock_jump":
                said[rows] += fault.value

    def _freeze(
        self, fault: SensorFault, seen: np.ndarray, rows: I64, point: I64, time: F64, value: F64
    ) -> None:
        """Hold the last value from before the fault."""
        before = np.flatnonzero(seen[point] & (time < fault.start))
        self._frozen[point[before]] = value[before]
        fresh = rows[np.isnan(self._frozen[point[rows]])]
        self._frozen[point[fresh]] = value[fresh]
        value[rows] = self._frozen[point[rows]]


def _seen_by(points: Points, fault: SensorFault) -> np.ndarray:
    """The points of an equipment or hall, or those that the target names."""
    return np.array(
        [fnmatchcase(name, fault.target) or name.startswith(fault.target + "/") for name in points.ids]
    )
