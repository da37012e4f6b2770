"""Draws docs/demo.svg: the terminal demo as it looks shortly after the first warning.

python docs/picture.py docs/demo.svg
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

from rich.console import Console

from config.kinds import load_kinds
from config.scenario import load_scenario
from config.settings import Settings
from config.site import Site
from detector.service.engines.pipeline import Pipeline
from detector.service.people.scene import Scene
from detector.service.people.screen import render
from detector.service.replay.demo import CHUNK_S, chunks, records
from streams.messages import SECOND
from streams.simulator.simulation import Simulation, simulate

WIDTH = 100


def scenes(simulation: Simulation) -> Iterator[tuple[Scene, int]]:
    """The demo's scene, time and again, with the arrival of the newest reading, ns."""
    site = Site.loads(simulation.site_toml)
    engines = Pipeline(site, load_kinds(), Settings.load(None))
    scene = Scene(site, load_kinds())
    for payload, newest in chunks(simulation, CHUNK_S):
        for verdict in engines.push(records(payload)).verdicts:
            scene.take(verdict, engines.zones.engines[verdict.zone].ids)
        yield scene, newest


def draw(scenario: str, seed: int, hours: float | None, after_s: float) -> str:
    """The screen as SVG, ``after_s`` after the first warning, or else at the end."""
    warned: int | None = None
    scene: Scene | None = None
    for scene, newest in scenes(simulate(load_scenario(scenario), seed, hours)):
        if warned is None and scene.incidents:
            warned = newest
        if warned is not None and newest - warned >= after_s * SECOND:
            break
    if scene is None:
        raise SystemExit("the scenario is too short for a picture")
    console = Console(record=True, width=WIDTH, force_terminal=True, file=StringIO())
    console.print(render(scene, f"{scenario}, seed {seed}"))
    return without_web_fonts(console.export_svg(title="coolwatch demo", unique_id="demo"))


def without_web_fonts(svg: str) -> str:
    """The picture loads nothing from elsewhere: the viewer's own font has to do."""
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    return svg.replace("Fira Code", "Menlo, Consolas, DejaVu Sans Mono")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--scenario", default="guangzhou-2023")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--hours", type=float)
    parser.add_argument("--after", type=float, default=50.0, help="seconds after the first warning")
    asked = parser.parse_args()
    asked.out.write_text(draw(asked.scenario, asked.seed, asked.hours, asked.after), encoding="utf-8")


if __name__ == "__main__":
    main()
