"""Feeding an engine by hand: small halls, readings by name and second, verdicts put side by side."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np

from config.kinds import load_kinds
from config.settings import EngineSettings
from config.site import Site
from detector.bulkhead import ContainedEngine
from detector.engine import Engine
from streams.messages import SECOND, Counts, Incident, Readings, RejectedReading, TickVerdict, Verdict

START = 1_700_000_000 * SECOND
"""A full ten seconds, so that ticks end at round seconds after it."""

Row = tuple[str, float, float]
"""Point id, seconds after `START`, value."""


def make_engine(site: str = "", zone: str = "hall-1", **settings: Any) -> Engine:
    return Engine(zone, Site.loads(site), load_kinds(), EngineSettings(**settings))


def at(second: float) -> int:
    return START + round(second * SECOND)


def second_of(time: int) -> float:
    return (time - START) / SECOND


def readings_of(engine: Engine | ContainedEngine, rows: Sequence[Row]) -> Readings:
    return Readings.of([engine.slot(r[0]) for r in rows], [at(r[1]) for r in rows], [r[2] for r in rows])


@dataclass
class Heard:
    """All that an engine said."""

    ticks: list[TickVerdict] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)
    rejected: list[RejectedReading] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)

    def push(self, engine: Engine | ContainedEngine, readings: Readings) -> Verdict:
        verdict = engine.push(readings)
        self.ticks += verdict.ticks
        self.incidents += verdict.incidents
        self.rejected += verdict.rejected
        self.counts.add(verdict.counts)
        return verdict

    def of(self, fault: str) -> list[Incident]:
        return [i for i in self.incidents if i.fault == fault]

    def of_category(self, category: str) -> list[Incident]:
        return [i for i in self.incidents if i.category == category]


def push(engine: Engine | ContainedEngine, rows: Sequence[Row], cuts: Iterable[int] = ()) -> Heard:
    """Push rows in arrival order, as one batch or cut before each of ``cuts``."""
    heard = Heard()
    edges = sorted({0, len(rows), *(c for c in cuts if 0 < c < len(rows))})
    for first, last in pairwise(edges):
        heard.push(engine, readings_of(engine, rows[first:last]))
    return heard


def bits(thing: Any) -> Any:
    """Something that is equal only where every bit of ``thing`` is."""
    if isinstance(thing, np.ndarray):
        return str(thing.dtype), thing.shape, thing.tobytes()
    if isinstance(thing, msgspec.Struct):
        return [bits(getattr(thing, name)) for name in thing.__struct_fields__]
    if dataclasses.is_dataclass(thing):
        return [bits(getattr(thing, f.name)) for f in dataclasses.fields(thing)]
    if isinstance(thing, list | tuple):
        return [bits(part) for part in thing]
    if isinstance(thing, float):
        return thing.hex()
    return thing


def quiet_hall(
    seconds: int, seed: int = 0, racks: int = 4, units: int = 2, every: int = 5, hall: str = "hall-1"
) -> list[Row]:
    """A hall in which nothing happens, all gateways at one pace but out of step, in arrival order."""
    rng = np.random.default_rng(seed)
    rows: list[Row] = []
    for second in range(0, seconds, every):
        for n in range(units):
            unit, when = f"{hall}/crah-{n + 1:02d}", second + 0.1 * n
            rows += [
                (f"{unit}/supply_air_temperature", when, 20.0 + rng.normal(0.0, 0.05)),
                (f"{unit}/return_air_temperature", when, 32.0 + rng.normal(0.0, 0.05)),
                (f"{unit}/fan_speed", when, 70.0 + rng.normal(0.0, 0.2)),
                (f"{unit}/run_status", when, 1.0),
                (f"{unit}/run_command", when, 1.0),
            ]
        for n in range(racks):
            rack, when = f"{hall}/rack-{n + 1:02d}", second + 0.5 + 0.1 * n
            rows += [
                (f"{rack}/inlet_air_temperature", when, 22.0 + 0.2 * n + rng.normal(0.0, 0.05)),
                (f"{rack}/power", when, 5.0 + rng.normal(0.0, 0.03)),
            ]
    return rows


def of_equipment(rows: Iterable[Row], equipment: str) -> list[Row]:
    return [r for r in rows if r[0].startswith(f"{equipment}/")]


def without(rows: Iterable[Row], equipment: str, since: float = -1e9) -> list[Row]:
    """Rows but for those of one piece of equipment from a second on."""
    return [r for r in rows if not (r[0].startswith(f"{equipment}/") and r[1] >= since)]


def clock_ahead(rows: Iterable[Row], equipment: str, seconds: float) -> list[Row]:
    """The same arrivals with one equipment's clock ahead."""
    return [(p, t + seconds, x) if p.startswith(f"{equipment}/") else (p, t, x) for p, t, x in rows]


def changed(rows: Iterable[Row], point: str, since: float, value: float, until: float = 1e9) -> list[Row]:
    """The same rows with one point reading ``value`` for a time."""
    return [(p, t, value if p == point and since <= t < until else x) for p, t, x in rows]
