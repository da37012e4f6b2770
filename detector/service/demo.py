"""``coolwatch demo``: a simulated hall through the real engine, without Kafka, InfluxDB or any account.

At a terminal it plays at a pace a person can follow. Elsewhere it plays at
full speed, prints its summary and ends.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.live import Live
from streams.sources.lines import records_of_lines
from streams.store.store import Store

from config.kinds import load_kinds
from config.scenario import load_scenario
from config.settings import Settings
from config.site import Site
from detector.faults import Category, State
from detector.service.console import render
from detector.service.outputs import Outputs
from detector.service.router import PartitionEngines
from detector.service.scene import Scene
from detector.service.words import clock, duration, incident_line
from streams.messages import SECOND, Incident
from streams.simulator.simulation import Simulation, simulate
from streams.simulator.truth import Truth
from streams.simulator.write import message_heads, messages
from streams.sinks.score_log import ScoreLog

Show = Callable[[], None]

FRAMES_PER_S = 8
FULL_SPEED_CHUNK_S = 60.0


def play(scenario: str, seed: int, speed: float, hours: float | None, out: Path) -> None:
    """Play a scenario to its end, or until Ctrl-C, and print what was warned of and when."""
    simulation = simulate(load_scenario(scenario), seed, hours)
    out.mkdir(parents=True, exist_ok=True)
    for old in (*out.glob("coolwatch.db*"), *out.glob("scores.lp*")):
        old.unlink()
    (out / "site.toml").write_text(simulation.site_toml, encoding="utf-8")
    site = Site.loads(simulation.site_toml, str(out / "site.toml"))
    settings = Settings.load(None)
    store = Store(f"sqlite:///{out / 'coolwatch.db'}")
    outputs = Outputs(ScoreLog(out / "scores.lp"), store)
    engines = PartitionEngines(site, load_kinds(), settings)
    scene = Scene(site, load_kinds())
    first: dict[str, Incident] = {}
    console = Console()
    live = sys.stdout.isatty()
    if not live:
        console.print(f"Playing {scenario}, seed {seed}, at full speed (no terminal to show it live).")
    try:
        with _screen(scene, f"{scenario}, seed {seed}", live, console) as show:
            for payload, seconds in _chunks(simulation, speed / FRAMES_PER_S if live else FULL_SPEED_CHUNK_S):
                started = time.monotonic()
                judged = engines.push(records_of_lines(payload))
                for verdict in judged.verdicts:
                    ids = engines.zones.engines[verdict.zone].ids
                    outputs.take(verdict, ids, live=True)
                    scene.take(verdict, ids)
                    for incident in verdict.incidents:
                        if incident.warned is not None:
                            first.setdefault(incident.id, incident)
                show()
                if live:
                    time.sleep(max(0.0, seconds / speed - (time.monotonic() - started)))
    except KeyboardInterrupt:
        console.print("Broken off.")
        return
    finally:
        outputs.sink.close()
        store.close()
    for line in summary(simulation.truth, list(first.values()), scene):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    counts = engines.counts()
    console.print(
        f"{counts.readings} readings of {len(simulation.ids)} points, {counts.scored} scored. "
        f"Incidents: {out / 'coolwatch.db'}, scores: {out / 'scores.lp'}",
        highlight=False,
        soft_wrap=True,
    )


def summary(truth: Truth, first: list[Incident], scene: Scene) -> Iterator[str]:
    """When it warned, and how long before the first service dropped."""
    yield ""
    onset = _nanoseconds(truth.onset)
    drop = _nanoseconds(truth.first_drop)
    if onset is not None:
        yield f"{clock(onset)}  the fault begins: {truth.fault} at {truth.root}"
    for incident in sorted(first, key=lambda each: each.warned or 0):
        yield incident_line(incident)
    if drop is not None:
        dropped = ", ".join(name for name, at in truth.services.items() if at == truth.first_drop)
        yield f"{clock(drop)}  the first service drops: {dropped}"
    for incident in scene.incidents.values():
        if incident.state == State.RESOLVED and incident.id in {each.id for each in first}:
            yield incident_line(incident)
    yield ""
    yield _verdict(onset, drop, first)


def _verdict(onset: int | None, drop: int | None, first: list[Incident]) -> str:
    warned = sorted(each.warned for each in first if each.category == Category.COOLING and each.warned)
    if onset is None:
        return "Nothing was wrong: a false alarm." if warned else "Nothing was wrong, and nobody was warned."
    after = [time for time in warned if time >= onset]
    if not after:
        return "NOT WARNED."
    delay = f"Warned {duration((after[0] - onset) / SECOND)} after the fault began"
    if drop is None:
        return f"{delay}; no service dropped."
    return f"{delay}, {duration((drop - after[0]) / SECOND)} before the first service dropped."


def _chunks(simulation: Simulation, seconds: float) -> Iterator[tuple[bytes, float]]:
    heads = message_heads(simulation.points)
    for chunk in simulation.chunks(seconds):
        yield messages(chunk, heads, simulation.points), seconds


@contextmanager
def _screen(scene: Scene, title: str, live: bool, console: Console) -> Iterator[Show]:
    if not live:
        yield lambda: None
        return
    with Live(render(scene, title), console=console, auto_refresh=False, screen=False) as display:
        yield lambda: display.update(render(scene, title), refresh=True)


def _nanoseconds(time: str | None) -> int | None:
    return None if time is None else round(datetime.fromisoformat(time).timestamp() * 1000) * 1_000_000
