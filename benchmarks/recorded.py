"""A scenario played once, so that coolwatch and its peers see the same telemetry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from config.scenario import load_scenario
from streams.messages import SECOND, Readings
from streams.simulator.simulation import simulate
from streams.simulator.truth import Truth

CHUNK_S = 60.0


@dataclass(frozen=True, slots=True)
class Recorded:
    ids: tuple[str, ...]
    readings: Readings
    """All telemetry in arrival order; ``point`` counts in ``ids``."""
    cuts: np.ndarray
    """i8: where each minute of arrival ends."""
    site_toml: str
    truth: Truth
    halls: tuple[str, ...]
    start: float
    hours: float

    @property
    def onset(self) -> float | None:
        """Seconds since 1970, as all times here; None where nothing is wrong."""
        return seconds(self.truth.onset)

    @property
    def first_drop(self) -> float | None:
        return seconds(self.truth.first_drop)

    @property
    def lost(self) -> float | None:
        """When it is too late: the first drop of a service, or of a slow fault the end of the margin."""
        return seconds(self.truth.margin_gone) if self.truth.kind == "slow" else self.first_drop

    @property
    def quiet_hours(self) -> float:
        """Hours before the onset, on which every cooling alarm is false."""
        return self.hours if self.onset is None else (self.onset - self.start) / 3600.0

    @property
    def halls_concerned(self) -> set[str]:
        """The halls in which racks drop; where none does, that of the root, or all of them."""
        dropped = {rack.split("/", 1)[0] for rack in self.truth.racks}
        root = (self.truth.root or "").split("/", 1)[0]
        return dropped or ({root} if root in self.halls else set(self.halls))

    def concerns(self, hall: str) -> bool:
        """Whether a warning about ``hall`` (a hall, a zone, or "" for all) is about what is wrong."""
        return hall in self.halls_concerned or hall not in self.halls

    def without(self, hidden: np.ndarray) -> Recorded:
        """The same with the readings of the ``hidden`` points (bool a point) left out."""
        keep = ~hidden[self.readings.point]
        before = np.concatenate([[0], np.cumsum(keep)])
        return Recorded(
            self.ids,
            self.readings.take(keep),
            before[self.cuts],
            self.site_toml,
            self.truth,
            self.halls,
            self.start,
            self.hours,
        )


def record(scenario: str, seed: int, hours: float | None = None) -> Recorded:
    """Play ``scenario`` with ``seed`` to its end."""
    simulation = simulate(load_scenario(scenario), seed, hours)
    chunks = list(simulation.chunks(CHUNK_S))
    readings = Readings(
        *(np.concatenate([getattr(c, n) for c in chunks]) for n in ("point", "time", "value"))
    )
    return Recorded(
        simulation.ids,
        readings,
        np.cumsum([len(c) for c in chunks]),
        simulation.site_toml,
        simulation.truth,
        simulation.layout.hall_ids,
        simulation.epoch / SECOND,
        simulation.seconds / 3600.0,
    )


def seconds(time: str | None) -> float | None:
    """An RFC 3339 time as seconds since 1970."""
    return None if time is None else datetime.fromisoformat(time).timestamp()


def nanoseconds(time: float) -> int:
    return int(time * SECOND)
