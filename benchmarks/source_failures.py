"""Sources that fail while the cooling is well: ``python -m benchmarks.source_failures [--json]``.

Twelve kinds of failure (see `benchmarks.failing_source`), of the source of the
plant, of the cooling units or of the racks, polled each 1, 10 or 60 s, in a
small hall of the simulator. Three hours are learned once a poll; from there
each run has ten minutes of failure, as many without, and then all cooling is
lost. A cooling incident before that is false; the loss must be told, and is
compared with the run in which no source fails. Best is one incident of the
failure that names its source. With ``--during`` the source fails half a minute
before the loss, and stays so.

A line a run; ``--resume FILE`` keeps each as it comes and takes those that are
there. Ends with exit code 1 where a cooling incident was false or a loss was
not told.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.failing_source import KINDS, PLACES, failed, messages
from config.kinds import load_kinds
from config.scenario import Scenario
from config.settings import Settings
from config.site import Site
from detector.incidents.faults import Category
from detector.service.engines.pipeline import Pipeline, SavedEngines
from streams.messages import SECOND, SEVERITY_CODE, Incident, Severity
from streams.records import Records
from streams.simulator.points import Points
from streams.simulator.sampling import Telemetry
from streams.simulator.simulation import simulate

POLLS = (1, 10, 60)
LEARNING_S = 3 * 3600
CALM_S = 300
"""Before the failure; a part of a minute is added, so that it begins anywhere in a poll."""
FAILURE_S = 600
LOSS_AFTER_S = CALM_S + 2 * FAILURE_S + 60
AFTERWARDS_S = 720
DURING_S = 30
"""How long before the loss the source fails with ``--during``."""
LATER_AT_MOST_S = 60.0
"""What a failure before may cost the loss."""
NO_FAILURE = "none"
SAID_AS = {"plant": "plant-a", "units": "crah", "racks": "rack"}
"""What an incident that names the source has in its root or summary."""

Cell = tuple[str, str, int]
"""Kind, place, poll (s)."""
Run = dict[str, Any]


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
        for verdict in engines.push(_records(part, first)).verdicts:
            yield from verdict.incidents


def _records(values: list[bytes], first: int) -> Records:
    length = np.array([len(value) for value in values], np.int64)
    return Records(
        topic="telemetry",
        partition=0,
        buffer=np.frombuffer(b"".join(values), np.uint8),
        start=np.cumsum(length) - length,
        length=length,
        offset=np.arange(first, first + len(values), dtype=np.int64),
        timestamp=np.full(len(values), -1, np.int64),
        next_offset=first + len(values),
    )


def play(learned: Learned, cell: Cell, during: bool = False) -> Run:
    """One run: what was told of the failure, and how soon of the loss."""
    kind, place, poll = cell
    telemetry, fails_at = learned.telemetry, learned.loss
    if kind != NO_FAILURE:
        offset_s = int(np.random.default_rng([list(KINDS).index(kind), poll]).integers(0, 60))
        fails_at = learned.start + (CALM_S + offset_s) * SECOND
        ends_at = fails_at + FAILURE_S * SECOND
        if during:
            fails_at, ends_at = learned.loss - DURING_S * SECOND, learned.loss + 2 * AFTERWARDS_S * SECOND
        telemetry = failed(telemetry, kind, place, fails_at, ends_at)
    engines = Pipeline(learned.site, load_kinds(), Settings())
    engines.load(learned.state)
    told = [each for each in judged(engines, telemetry, learned.points) if each.warned is not None]
    figures = {"kind": kind, "place": place, "poll_s": poll, "during": during}
    return (
        figures
        | before_the_loss(told, learned.loss, SAID_AS.get(place, ""))
        | of_the_loss(told, learned.loss)
    )


def before_the_loss(told: Sequence[Incident], loss: int, source: str) -> Run:
    """False cooling incidents, and those of the failure with how many name their source."""
    first: dict[str, Incident] = {}
    last: dict[str, Incident] = {}
    for each in told:
        if each.updated < loss:
            first.setdefault(each.id, each)
            last[each.id] = each
    false = [each for each in first.values() if each.category == Category.COOLING]
    others = [each for each in first.values() if each.category != Category.COOLING]
    return {
        "false": len(false),
        "said": len(others),
        "named": sum(source in each.root or source in each.summary for each in others),
        "open": sum(each.resolved is None for each in last.values()),
        "false_what": [f"{each.severity} {each.fault} at {each.root}: {each.summary}" for each in false],
        "said_what": [f"{each.fault} at {each.root}: {each.summary}" for each in others],
    }


def of_the_loss(told: Sequence[Incident], loss: int) -> Run:
    """Seconds to the first cooling incident that is new or grows, and to the first that is critical."""
    before: dict[str, int] = {}
    first = critical = None
    what = ""
    for each in told:
        if each.category != Category.COOLING:
            continue
        severity = SEVERITY_CODE[each.severity]
        grown = severity > before.get(each.id, 0)
        before[each.id] = max(severity, before.get(each.id, 0))
        if each.updated < loss or not grown:
            continue
        after = (each.updated - loss) / SECOND
        if first is None:
            first, what = after, f"{each.severity} {each.fault} at {each.root}: {each.summary}"
        if critical is None and severity >= SEVERITY_CODE[Severity.CRITICAL]:
            critical = after
    return {"told_s": first, "critical_s": critical, "told_what": what}


def late(run: Run, usual: Run) -> bool:
    """Whether a loss that was told was told, or called critical, too long after the run without failure."""
    pairs = [(run[name], usual[name]) for name in ("told_s", "critical_s")]
    return any(a is not None and (b is None or b > a + LATER_AT_MOST_S) for b, a in pairs)


def runs(cells: Sequence[Cell], seed: int, during: bool, kept: Path | None) -> Iterator[Run]:
    """The runs in their order, each poll's run without failure first; those that are kept are taken."""
    there: dict[Cell, Run] = {}
    if kept is not None and kept.exists():
        for each in map(json.loads, kept.read_text(encoding="utf-8").splitlines()):
            if (each["seed"], each["during"]) == (seed, during):
                there[each["kind"], each["place"], each["poll_s"]] = each
    for poll in dict.fromkeys(poll for _, _, poll in cells):
        wanted = [(NO_FAILURE, "", poll), *(cell for cell in cells if cell[2] == poll)]
        learned = None if all(cell in there for cell in wanted) else learn(poll, seed)
        for cell in wanted:
            if cell not in there:
                assert learned is not None
                there[cell] = {"seed": seed} | play(learned, cell, during)
                if kept is not None:
                    with kept.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(there[cell]) + "\n")
            yield there[cell] | {"late": late(there[cell], there[wanted[0]])}


def line(run: Run) -> str:
    """A run in a line, and one more for each thing that was false."""

    def after(seconds: float | None) -> str:
        return "never" if seconds is None else f"+{seconds:.0f} s"

    words = [
        f"{run['kind']:>6} {run['place']:<5} {run['poll_s']:>2} s: false {run['false']}",
        f"said {run['said']}, {run['named']} by its source, {run['open']} open at the loss",
        f"loss told {after(run['told_s'])}, critical {after(run['critical_s'])}{', late' * run['late']}",
    ]
    return "; ".join(words) + "".join(f"\n       false: {what}" for what in run["false_what"])


def summary(found: Sequence[Run]) -> dict[str, Any]:
    failing = [run for run in found if run["kind"] != NO_FAILURE]
    return {
        "runs": len(failing),
        "false": sum(run["false"] for run in found),
        "with_false": sum(run["false"] > 0 for run in found),
        "untold": sum(run["told_s"] is None for run in found),
        "late": sum(run["late"] for run in failing),
        "one_incident_that_names_its_source": sum(run["said"] == run["named"] == 1 for run in failing),
        "nothing_said": sum(run["said"] == 0 for run in failing),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--kind", nargs="+", choices=KINDS, default=list(KINDS), metavar="KIND")
    parser.add_argument("--place", nargs="+", choices=PLACES, default=list(PLACES), metavar="PLACE")
    parser.add_argument("--poll", nargs="+", type=int, choices=POLLS, default=POLLS, metavar="SECONDS")
    parser.add_argument("--seed", type=int, default=1, help="of the hall")
    parser.add_argument("--during", action="store_true", help="the source fails as all cooling is lost")
    parser.add_argument("--resume", type=Path, metavar="FILE", help="keep runs here, take those it has")
    arguments = parser.parse_args()
    cells = [(k, place, poll) for poll in arguments.poll for k in arguments.kind for place in arguments.place]
    found = []
    for run in runs(cells, arguments.seed, arguments.during, arguments.resume):
        found.append(run)
        if not arguments.json:
            print(line(run), flush=True)
    figures = summary(found)
    print(json.dumps(figures | {"cells": found} if arguments.json else figures))
    sys.exit(1 if figures["false"] or figures["untold"] else 0)


if __name__ == "__main__":
    main()
