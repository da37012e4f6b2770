"""Sources that fail while the cooling is well: ``python -m benchmarks.source_failures [--json]``.

Twelve kinds of failure (see `benchmarks.failing_source`), of the source of the
plant, of the cooling units or of the racks, polled each 1, 10 or 60 s, in a
small hall of the simulator. Three hours are learned once a poll; from there
each run has ten minutes of failure (``--minutes``), as many without, and then
all cooling is lost. A cooling incident before that is false; the loss must be told, and is
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
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.failing_hall import AFTERWARDS_S, CALM_S, LONGEST_MINUTES, Learned, judged, learn
from benchmarks.failing_source import KINDS, PLACES, failed
from config.kinds import load_kinds
from config.settings import Settings
from detector.incidents.faults import Category
from detector.service.engines.pipeline import Pipeline
from streams.messages import SECOND, SEVERITY_CODE, Incident, Severity

POLLS = (1, 10, 60)
FAILURE_MINUTES = 10
DURING_S = 30
"""How long before the loss the source fails with ``--during``."""
LATER_AT_MOST_S = 60.0
"""What a failure before may cost the loss."""
NO_FAILURE = "none"
SAID_AS = {
    "plant": "plant-a",
    "units": "crah",
    "racks": "rack",
    "hall": "hall-1",
    "unit": "crah-01",
    "half": "crah",
}
"""What an incident that names the source has in its root or summary."""

Cell = tuple[str, str, int]
"""Kind, place, poll (s)."""
Run = dict[str, Any]


def play(learned: Learned, cell: Cell, minutes: int = FAILURE_MINUTES, during: bool = False) -> Run:
    """One run: what was told of the failure, and how soon of the loss."""
    kind, place, poll = cell
    telemetry, fails_at = learned.telemetry, learned.loss
    if kind != NO_FAILURE:
        offset_s = int(np.random.default_rng([list(KINDS).index(kind), poll]).integers(0, 60))
        fails_at = learned.start + (CALM_S + offset_s) * SECOND
        ends_at = fails_at + 60 * minutes * SECOND
        if during:
            fails_at, ends_at = learned.loss - DURING_S * SECOND, learned.loss + 2 * AFTERWARDS_S * SECOND
        telemetry = failed(telemetry, kind, place, fails_at, ends_at)
    engines = Pipeline(learned.site, load_kinds(), Settings())
    engines.load(learned.state)
    told = [each for each in judged(engines, telemetry, learned.points) if each.warned is not None]
    figures = {"kind": kind, "place": place, "poll_s": poll, "minutes": minutes, "during": during}
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


def runs(cells: Sequence[Cell], seed: int, minutes: int, during: bool, kept: Path | None) -> Iterator[Run]:
    """The runs in their order, each poll's run without failure first; those that are kept are taken."""
    there: dict[Cell, Run] = {}
    if kept is not None and kept.exists():
        for each in map(json.loads, kept.read_text(encoding="utf-8").splitlines()):
            if (each["seed"], each["minutes"], each["during"]) == (seed, minutes, during):
                there[each["kind"], each["place"], each["poll_s"]] = each
    for poll in dict.fromkeys(poll for _, _, poll in cells):
        wanted = [(NO_FAILURE, "", poll), *(cell for cell in cells if cell[2] == poll)]
        learned = None if all(cell in there for cell in wanted) else learn(poll, seed)
        for cell in wanted:
            if cell not in there:
                assert learned is not None
                there[cell] = {"seed": seed} | play(learned, cell, minutes, during)
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
    parser.add_argument("--place", nargs="+", choices=PLACES, default=list(PLACES)[:3], metavar="PLACE")
    parser.add_argument("--poll", nargs="+", type=int, choices=POLLS, default=POLLS, metavar="SECONDS")
    minutes = range(1, LONGEST_MINUTES + 1)
    parser.add_argument("--minutes", type=int, choices=minutes, default=FAILURE_MINUTES, metavar="MINUTES")
    parser.add_argument("--seed", type=int, default=1, help="of the hall")
    parser.add_argument("--during", action="store_true", help="the source fails as all cooling is lost")
    parser.add_argument("--resume", type=Path, metavar="FILE", help="keep runs here, take those it has")
    arguments = parser.parse_args()
    cells = [(k, place, poll) for poll in arguments.poll for k in arguments.kind for place in arguments.place]
    found = []
    for run in runs(cells, arguments.seed, arguments.minutes, arguments.during, arguments.resume):
        found.append(run)
        if not arguments.json:
            print(line(run), flush=True)
    figures = summary(found)
    print(json.dumps(figures | {"cells": found} if arguments.json else figures))
    sys.exit(1 if figures["false"] or figures["untold"] else 0)


if __name__ == "__main__":
    main()
