"""What coolwatch made of a recording: each incident as it first fired, and the forecasts on the way."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.recorded import Recorded
from config.kinds import load_kinds
from config.settings import Settings
from config.site import Site
from detector.incidents.faults import Category
from detector.rules import RULES, Rule
from detector.service.engines.zones import ZoneEngines
from streams.messages import SECOND, Forecasts, Incident

AFTERWARDS_S = 120.0


@dataclass(frozen=True, slots=True)
class Judged:
    incidents: list[Incident]
    """As each first fired, in that order."""
    ticks: list[tuple[int, Forecasts, Forecasts]]
    """End (ns), racks' and services' forecasts, of the ticks that were asked for."""

    @property
    def cooling(self) -> list[Incident]:
        return [each for each in self.incidents if each.category == Category.COOLING]


def judge(
    recorded: Recorded,
    keep: tuple[int, int] | None = None,
    tick_s: float | None = None,
    rules: Sequence[Rule] = RULES,
) -> Judged:
    """Play a recording through the engines, until it is too late for what is wrong.

    Forecasts are kept of ticks that end within ``keep`` (ns).
    """
    settings = Settings.load(None).engine
    if tick_s is not None:
        settings = settings.model_copy(update={"tick": int(tick_s * SECOND)})
    engines = ZoneEngines(Site.loads(recorded.site_toml), load_kinds(), settings, rules)
    ids = list(recorded.ids)
    first: dict[str, Incident] = {}
    ticks: list[tuple[int, Forecasts, Forecasts]] = []
    start = 0
    last = math.inf if recorded.lost is None else recorded.lost + AFTERWARDS_S
    for cut in recorded.cuts.tolist():
        chunk = recorded.readings.take(slice(start, cut))
        start = cut
        if len(chunk) and chunk.time[0] / 1e9 > last:
            break
        for verdict in engines.judge(chunk, ids):
            for incident in verdict.incidents:
                if incident.warned is not None:
                    first.setdefault(incident.id, incident)
            if keep:
                within = (t for t in verdict.ticks if keep[0] <= t.end <= keep[1])
                ticks += [(t.end, t.racks, t.services) for t in within]
    return Judged(sorted(first.values(), key=lambda each: each.warned or 0), ticks)
