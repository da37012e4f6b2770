"""A small hall that loses all cooling, at any poll: learned once, then gone through in any number of ways."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from benchmarks.failing_source import messages
from config.kinds import load_kinds
from config.scenario import Scenario
from config.settings import Settings
from config.site import Site
from detector.service.engines.pipeline import Pipeline, SavedEngines
from streams.messages import SECOND, Incident
from streams.records import Records
from streams.simulator.points import Points
from streams.simulator.sampling import Telemetry
from streams.simulator.simulation import simulate

LEARNING_S = 3 * 3600
CALM_S = 300
"""Before the failure; a part of a minute is added, so that it begins anywhere in a poll."""
LONGEST_MINUTES = 20
LOSS_AFTER_S = CALM_S + 60 + 60 * LONGEST_MINUTES
AFTERWARDS_S = 720


def hall(poll_s: int) -> Scenario:
    """Ten racks, six units and three chillers, everything read each ``poll_s`` s, then without cooling."""
    lost = ("chiller", "pump", "tower", "unit")
    targets = ("plant-a/chiller-*", "plant-a/pump-*", "plant-a/tower-*", "hall-*/crah-*")
    measured = ("outlet", "rack_power", "unit_water", "unit_power", "plant_power", "filter_pressure")
    pollers = ("rack", "rack_power", "unit", "plant", "outside")
    onset = (LEARNING_S + LOSS_AFTER_S) / 3600.0
    return Scenario.model_validate(
        {
            "title": "All cooling lost in the hour in which a source failed",
            "kind": "sudden",
            "source": "none",
            "hours": onset + AFTERWARDS_S / 3600.0,
            "onset_h": onset,
            "start": "2024-04-16T22:00:00Z",
            "fault": "cooling_loss",
            "root": "plant-a",
            "layout": {"rows": 1, "racks_per_row": 10, "unit_kw": 12, "spare_units": 1, "chillers": 2},
            "metering": {"inlet_places": 2, "pdu_rows": 0, "unit_air_flow": 0} | dict.fromkeys(measured, 1),
            "sampling": dict.fromkeys(pollers, poll_s),
            "faults": [
                {"kind": f"{machine}_power_lost", "target": target}
                for machine, target in zip(lost, targets, strict=True)
            ],
        }
    )


@dataclass(frozen=True, slots=True)
class Learned:
    """An hour at one poll, with what the engines know at its beginning."""

    points: Points
    site: Site
    state: SavedEngines
    telemetry: Telemetry
    start: int
    """ns, as the next."""
    loss: int


def learn(poll_s: int, seed: int) -> Learned:
    simulation = simulate(hall(poll_s), seed)
    chunks = list(simulation.chunks())
    whole = Telemetry(
        simulation.ids,
        *(np.concatenate([getattr(c, n) for c in chunks]) for n in ("point", "time", "value", "arrival")),
    )
    site = Site.loads(simulation.site_toml)
    start = simulation.epoch + LEARNING_S * SECOND
    before = whole.arrival < start
    engines = Pipeline(site, load_kinds(), Settings())
    for _ in judged(engines, whole.take(before), simulation.points):
        pass
    loss = start + LOSS_AFTER_S * SECOND
    return Learned(simulation.points, site, engines.save(), whole.take(~before), start, loss)


def judged(engines: Pipeline, telemetry: Telemetry, points: Points) -> Iterator[Incident]:
    """What was told of the telemetry, read as messages a minute at a time."""
    minute = telemetry.arrival // (60 * SECOND)
    cuts = [0, *(np.flatnonzero(np.diff(minute)) + 1).tolist(), len(telemetry)]
    for first, end in pairwise(cuts):
        part = messages(telemetry.take(slice(first, end)), points)
        for verdict in engines.push(Records.of(part, "telemetry", offset=first)).verdicts:
            yield from verdict.incidents
