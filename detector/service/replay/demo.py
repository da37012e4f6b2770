"""``coolwatch demo``: a simulated hall through the real engine, without Kafka, InfluxDB or any account.

At a terminal it plays at a pace a person can follow. Elsewhere it plays at
full speed, prints its summary and ends.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import numpy as np
import typer
from rich.console import Console
from rich.live import Live

from config.kinds import load_kinds
from config.scenario import load_scenario
from config.settings import Settings
from config.site import Site
from detector.incidents.durations import duration
from detector.incidents.faults import Category, State
from detector.service.daemon.outputs import Outputs
from detector.service.engines.pipeline import Pipeline
from detector.service.people.exit_codes import EXIT_BROKEN_OFF
from detector.service.people.scene import Scene
from detector.service.people.screen import render
from detector.service.people.terminal import terminal
from detector.service.people.words import clock, incident_line, warning_line
from detector.service.setup.warmup import DAEMON_MODULES, OTHER_MODULES, load_kernels
from streams.messages import SECOND, Incident
from streams.records import Records
from streams.simulator.simulation import Simulation, simulate
from streams.simulator.truth import Truth
from streams.simulator.write import message_heads, messages
from streams.sinks.score_log import ScoreLog
from streams.store.store import Store
from streams.store.writer import StoreWriter

Show = Callable[[], None]

CHUNK_S = 10.0
"""Simulated seconds between two looks at the screen: a tick."""
QUIET_FASTER = 20.0
WATCHED_S = 1800.0
"""How long after a warning the demo stays at the pace at which a person can follow."""


def play(scenario: str, seed: int, speed: float, hours: float | None, out: Path) -> None:
    """Play a scenario to its end, or until Ctrl-C, and print what was warned of and when."""
    load_kernels(DAEMON_MODULES + OTHER_MODULES)
    simulation = simulate(load_scenario(scenario), seed, hours)
    out.mkdir(parents=True, exist_ok=True)
    for old in (*out.glob("coolwatch.db*"), *out.glob("scores.lp*")):
        old.unlink()
    (out / "site.toml").write_text(simulation.site_toml, encoding="utf-8")
    site = Site.loads(simulation.site_toml, str(out / "site.toml"))
    settings = Settings.load(None)
    store = Store(f"sqlite:///{out / 'coolwatch.db'}")
    scores = ScoreLog(out / "scores.lp")
    writer = StoreWriter(store)
    outputs = Outputs(scores, writer)
    engines = Pipeline(site, load_kinds(), settings)
    scene = Scene(site, load_kinds())
    first: dict[str, Incident] = {}
    console = terminal()
    live = sys.stdout.isatty()
    if not live:
        console.print(f"Playing {scenario}, seed {seed}, at full speed (no terminal to show it live).")
    pace = Pace(speed)
    try:
        with _screen(scene, f"{scenario}, seed {seed}", live, console) as show:
            for payload, newest in chunks(simulation, CHUNK_S):
                judged = engines.push(records(payload))
                for verdict in judged.verdicts:
                    outputs.take(verdict, verdict.ids, live=True, topic=scenario, partition=0)
                    scene.take(verdict, verdict.ids)
                    for incident in verdict.incidents:
                        if incident.warned is not None:
                            first.setdefault(incident.id, incident)
                if live:
                    show()
                    pace.wait(newest, quiet=_quiet(first.values(), newest))
    except KeyboardInterrupt:
        console.print("Broken off.")
        raise typer.Exit(EXIT_BROKEN_OFF) from None
    finally:
        scores.close()
        writer.close()
        store.close()
    for line in summary(simulation.truth, list(first.values()), scene):
        console.print(line, soft_wrap=True)
    counts = engines.counts()
    console.print(
        f"{counts.readings} readings of {len(simulation.ids)} points, {counts.scored} scored. "
        f"Incidents: {out / 'coolwatch.db'}, scores: {out / 'scores.lp'}",
        soft_wrap=True,
    )


def summary(truth: Truth, first: list[Incident], scene: Scene) -> Iterator[str]:
    """When it warned, and how long before the first service dropped."""
    yield ""
    onset = _nanoseconds(truth.onset)
    drop = _nanoseconds(truth.first_drop)
    if onset is not None:
        yield f"{clock(onset)}  the fault begins: {truth.fault} at {truth.root} (times are UTC)"
    for incident in sorted(first, key=lambda each: each.warned or 0):
        yield warning_line(incident)
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


class Pace:
    """Holds the simulated time to so many times real time; quiet hours go by faster."""

    def __init__(self, speed: float) -> None:
        self.speed = speed
        self._last: int | None = None
        self._due = time.monotonic()

    def wait(self, now: int, quiet: bool) -> None:
        """Wait until the simulated time ``now`` (ns) is due."""
        if self._last is not None:
            self._due += (now - self._last) / SECOND / (self.speed * (QUIET_FASTER if quiet else 1.0))
        self._last = now
        left = self._due - time.monotonic()
        if left > 0:
            time.sleep(left)
        else:
            self._due = time.monotonic()  # a slow machine does not catch up in a rush


def _quiet(incidents: Iterable[Incident], now: int) -> bool:
    """Whether no cooling incident was warned of a short while ago."""
    return not any(
        each.category == Category.COOLING and now - (each.warned or 0) < WATCHED_S * SECOND
        for each in incidents
    )


def chunks(simulation: Simulation, seconds: float) -> Iterator[tuple[bytes, int]]:
    """(messages, arrival of the newest) of every few seconds."""
    heads = message_heads(simulation.points)
    for chunk in simulation.chunks(seconds):
        if len(chunk):
            yield messages(chunk, heads, simulation.points), int(chunk.arrival[-1])


def records(payload: bytes) -> Records:
    """Messages, one a line, as they would come out of a topic."""
    buffer = np.frombuffer(bytearray(payload), np.uint8)
    ends = np.flatnonzero(buffer == ord("\n")).astype(np.int64)
    start = np.concatenate([[0], ends + 1])[:-1]
    unknown = np.full(len(ends), -1, np.int64)
    return Records("demo", 0, buffer, start, ends - start, unknown, unknown, -1)


@contextmanager
def _screen(scene: Scene, title: str, live: bool, console: Console) -> Iterator[Show]:
    if not live:
        yield lambda: None
        return
    with Live(render(scene, title), console=console, auto_refresh=False, screen=False) as display:
        yield lambda: display.update(render(scene, title), refresh=True)


def _nanoseconds(time: str | None) -> int | None:
    return None if time is None else round(datetime.fromisoformat(time).timestamp() * 1000) * 1_000_000
