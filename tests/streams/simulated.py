"""Small simulated sites for the tests, built from scenarios written here."""

from __future__ import annotations

from typing import Any

import numpy as np

from config.scenario import Scenario
from streams.simulator.sampling import Telemetry
from streams.simulator.simulation import Simulation, simulate

ROOM = {
    "rows": 1,
    "racks_per_row": 10,
    "rack_kw": 5.0,
    "rack_spread": 0.0,
    "utilisation": 1.0,
    "daily_swing": 0.0,
    "load_noise": 0.0,
    "shutdown": 40.0,
    "server_kj_per_k_kw": 25.0,
    "air_m3_per_rack": 12.0,
    "surface_m2_per_rack": 16.0,
    "unit_kw": 20.0,
}
"""A small, full room: ten cabinets of 5 kW."""


def scenario(*faults: dict[str, Any], hours: float = 1.0, **sections: Any) -> Scenario:
    return Scenario.model_validate(
        {
            "name": "test",
            "title": "a test",
            "kind": "sudden",
            "source": "none",
            "hours": hours,
            "start": "2024-01-01T00:00:00Z",
            "fault": "cooling_loss" if faults else None,
            "faults": faults,
        }
        | sections
    )


def room(*faults: dict[str, Any], hours: float = 1.0, seed: int = 0, **layout: Any) -> Simulation:
    return simulate(scenario(*faults, hours=hours, layout=ROOM | layout), seed)


def run(simulation: Simulation) -> Simulation:
    """Go through the physics only."""
    for _ in simulation.blocks():
        pass
    return simulation


def joined(chunks: list[Telemetry]) -> Telemetry:
    return Telemetry(
        chunks[0].ids,
        *(
            np.concatenate([getattr(c, name) for c in chunks])
            for name in ("point", "time", "value", "arrival")
        ),
    )


def values_of(telemetry: Telemetry, point: str) -> tuple[np.ndarray, np.ndarray]:
    """Times in seconds since the first reading of all, and values, of one point."""
    rows = telemetry.point == telemetry.ids.index(point)
    return (telemetry.time[rows] - telemetry.time.min()) / 1e9, telemetry.value[rows]
