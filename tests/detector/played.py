"""A small hall of the simulator played through an engine: cooling lost after 36 minutes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from config.kinds import load_kinds
from config.scenario import Scenario, load_scenario
from config.settings import EngineSettings
from config.site import Site
from detector.engine import Engine
from streams.messages import Readings
from streams.simulator.simulation import simulate
from streams.simulator.truth import Truth
from tests.detector.feeding import Heard

PLANT_AND_UNITS = ("plant-a/", "/crah-", "chiller", "pump", "tower")
POWER = ("/power",)


def small(name: str, hours: float, onset_h: float) -> Scenario:
    """A shipped scenario in one hall of twelve racks, its onset early."""
    scenario = load_scenario(name)
    layout = {"halls": (1.0, 1.0), "rows": (2.0, 2.0), "racks_per_row": (6.0, 6.0)}
    return scenario.model_copy(
        update={
            "hours": hours,
            "onset_h": (onset_h, onset_h),
            "layout": scenario.layout.model_copy(update=layout),
        }
    )


@dataclass(frozen=True)
class Recording:
    """What a simulated site sent, minute by minute of arrival, in slots of an engine of `engine`."""

    site: Site
    ids: tuple[str, ...]
    minutes: tuple[Readings, ...]
    truth: Truth

    @property
    def onset(self) -> int:
        return nanoseconds(self.truth.onset)

    @property
    def first_drop(self) -> int:
        return nanoseconds(self.truth.first_drop)

    def engine(self) -> Engine:
        return Engine("plant-a", self.site, load_kinds(), EngineSettings())

    def play(self, engine: Engine | None = None, hide: Callable[[str], bool] = lambda _: False) -> Heard:
        """All minutes through an engine, without the points that are hidden."""
        heard = Heard()
        engine = engine or self.engine()
        for readings in self.shown(engine, hide):
            heard.push(engine, readings)
        return heard

    def shown(self, engine: Engine, hide: Callable[[str], bool] = lambda _: False) -> Iterator[Readings]:
        slot = np.array([-1 if hide(id) else engine.slot(id) for id in self.ids], np.int32)
        for minute in self.minutes:
            rows = slot[minute.point] >= 0
            yield Readings(slot[minute.point[rows]], minute.time[rows], minute.value[rows])

    def first_inlet_above(self, limit: float) -> int:
        """When the first inlet read more than ``limit`` for good measure: twice in a row at one place."""
        inlet = np.array(["/inlet_air_temperature" in id for id in self.ids])
        beyond: dict[int, bool] = {}
        for minute in self.minutes:
            for p, t, x in zip(minute.point, minute.time, minute.value, strict=True):
                if inlet[p] and t > self.onset:
                    if x > limit and beyond.get(int(p)):
                        return int(t)
                    beyond[int(p)] = bool(x > limit)
        raise AssertionError(f"no inlet passed {limit}")


def nanoseconds(when: str | None) -> int:
    assert when is not None
    return int(np.datetime64(when.replace("Z", ""), "ns").astype(np.int64))


@cache
def recorded(
    name: str = "guangzhou-2023", seed: int = 0, hours: float = 0.9, onset_h: float = 0.6
) -> Recording:
    simulation = simulate(small(name, hours, onset_h), seed)
    minutes = tuple(Readings(c.point, c.time, c.value) for c in simulation.chunks(60.0))
    return Recording(Site.loads(simulation.site_toml), tuple(simulation.ids), minutes, simulation.truth)


def hidden(parts: tuple[str, ...]) -> Callable[[str], bool]:
    return lambda id: any(part in id for part in parts)
