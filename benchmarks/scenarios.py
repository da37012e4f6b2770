"""How soon the engine warns, and that it keeps quiet: ``python -m benchmarks.scenarios [--seeds 0-9]``.

The simulator's telemetry goes straight into the engines, in the order in which
it arrives. `guangzhou-2023`: from the onset to the newest reading when the
first cooling incident fired, against a tenth of the time to the first drop, or
45 s where that is longer. `steady` and `load-step`: nothing is wrong for 24 h,
so every incident, of whatever sort, is one too many.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from benchmarks.judged import judge
from benchmarks.recorded import record
from benchmarks.seeds import numbers
from detector.incidents.faults import Category
from streams.messages import Incident
from streams.simulator.truth import Truth

OUTAGE = "guangzhou-2023"
QUIET = ("steady", "load-step")
QUIET_HOURS = 24.0
LEAST_ALLOWED_S = 45.0
PART_OF_TIME_TO_DROP = 0.1


def play(scenario: str, seed: int, hours: float | None = None) -> tuple[Truth, list[Incident]]:
    """What happened, and every incident as it first fired."""
    recorded = record(scenario, seed, hours)
    return recorded.truth, judge(recorded).incidents


def outage(seed: int) -> dict[str, Any]:
    """How long an outage went on before people were told, in seconds."""
    truth, incidents = play(OUTAGE, seed)
    assert truth.onset is not None and truth.first_drop is not None
    onset, drop = _seconds(truth.onset), _seconds(truth.first_drop)
    warned = [(each.warned or 0) / 1e9 - onset for each in incidents if each.category == Category.COOLING]
    page = min((after for after in warned if after >= 0.0), default=None)
    allowed = max(LEAST_ALLOWED_S, PART_OF_TIME_TO_DROP * (drop - onset))
    return {
        "scenario": OUTAGE,
        "seed": seed,
        "page_s": None if page is None else round(page, 1),
        "allowed_s": round(allowed, 1),
        "first_drop_s": round(drop - onset, 1),
        "false_alarms": sum(after < 0.0 for after in warned),
        "ok": page is not None and page <= allowed and min(warned) >= 0.0,
    }


def quiet(scenario: str, seed: int) -> dict[str, Any]:
    """What was told of a day on which nothing was wrong."""
    _, incidents = play(scenario, seed, QUIET_HOURS)
    return {
        "scenario": scenario,
        "seed": seed,
        "hours": QUIET_HOURS,
        "incidents": [f"{each.fault} at {each.root}: {each.summary}" for each in incidents],
        "ok": not incidents,
    }


def measure(seeds: Sequence[int], quiet_seeds: Sequence[int]) -> dict[str, Any]:
    runs = [outage(seed) for seed in seeds]
    runs += [quiet(scenario, seed) for scenario in QUIET for seed in quiet_seeds]
    return {"ok": all(run["ok"] for run in runs), "runs": runs}


def _seconds(time: str) -> float:
    return datetime.fromisoformat(time).timestamp()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--seeds", type=numbers, default=numbers("0-9"), help=f"of {OUTAGE}, such as 0-9")
    parser.add_argument("--quiet-seeds", type=numbers, default=[0], help=f"of {' and '.join(QUIET)}")
    arguments = parser.parse_args()
    figures = measure(arguments.seeds, arguments.quiet_seeds)
    if arguments.json:
        print(json.dumps(figures))
    else:
        for run in figures["runs"]:
            print(*(f"{name}={value}" for name, value in run.items()))


if __name__ == "__main__":
    main()
