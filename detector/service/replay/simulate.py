"""``coolwatch simulate``: a scenario to files."""

from __future__ import annotations

from pathlib import Path

import typer

from config.scenario import load_scenario
from detector.service.people.progress import progress_bar
from streams.simulator.simulation import simulate
from streams.simulator.write import write_log


def write_simulation(scenario: str, out: Path, seed: int, hours: float | None) -> None:
    """Write ``telemetry.jsonl.gz``, ``site.toml`` and ``truth.json`` into a folder."""
    simulation = simulate(load_scenario(scenario), seed, hours)
    with progress_bar(f"{scenario}, seed {seed}") as tell:
        count = write_log(simulation, out, tell)
    truth = simulation.truth
    typer.echo(f"{out}: {count} readings of {len(simulation.ids)} points, {simulation.seconds / 3600:g} h")
    typer.echo(
        f"onset {truth.onset or 'never'}, first service dropped {truth.first_drop or 'never'} (truth.json)"
    )
