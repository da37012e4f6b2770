"""Every scenario through coolwatch and what teams use today: ``python -m benchmarks.incidents --json``.

Each run is one scenario with one seed. The *window* is the time from the onset
to the first drop of a service (of a slow fault: until the redundancy margin is
gone); the *lead* is the time from the warning to that moment, by the first
incident of category cooling, at or after the onset, that is right about the
hall. A cooling incident before the onset, or on a day on which nothing is wrong
with the cooling, is false. Fault and root are right when the first answer says
the scenario's own word, or a finer form of it, and names its equipment.

Seeds from 100 on are kept for reporting; whatever was tuned was tuned on 0 to 19.
Mistakes that a report showed were mended, so its seeds are no longer unseen.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from benchmarks.judged import Judged, judge
from benchmarks.peers import PEERS, History, grid
from benchmarks.pooled import pooled
from benchmarks.recorded import Recorded, nanoseconds, record, seconds
from benchmarks.seeds import numbers
from config.scenario import load_scenario, scenario_names
from config.site import Site
from detector.incidents.faults import explains
from streams.messages import Forecasts

FORECAST_AFTER_S = 120.0
"""The forecast is held to account this long after the onset."""
DROP_AFTER_S = 30.0
"""A rack drops when it has been beyond its limit for this long."""
SLOW_TICK_S = 60.0
SEEDS = {"sudden": "100-119", "contained": "100-119", "slow": "100-105", "nuisance": "100-107"}
"""Kept for reporting; of days and weeks as many as two hours on two cores have room for."""


def run(scenario: str, seed: int, with_peers: bool = True) -> dict[str, Any]:
    """One scenario with one seed, judged by coolwatch and its peers."""
    recorded = record(scenario, seed)
    judged = judge(recorded, _forecasts_wanted(recorded), SLOW_TICK_S if is_slow(recorded) else None)
    figures = {
        "name": scenario,
        "kind": recorded.truth.kind,
        "seed": seed,
        **warned(recorded, [((each.warned or 0) / 1e9, each.hall) for each in judged.cooling]),
        **answer(recorded, judged),
        **forecast(recorded, judged),
        "quiet_hall_days": len(recorded.halls) * recorded.quiet_hours / 24.0,
        "events": len(recorded.truth.events) if recorded.onset is None else 0,
        "told": [f"{each.fault} at {each.root}: {each.summary}" for each in judged.cooling],
    }
    if with_peers:
        figures["peers"] = told_by_peers(recorded)
    return figures


def is_slow(recorded: Recorded) -> bool:
    return recorded.truth.kind == "slow"


def told_by_peers(recorded: Recorded) -> dict[str, Any]:
    readings = recorded.readings
    history = History(recorded.ids, readings.point, readings.time, readings.value)
    rows = grid(history, int(SLOW_TICK_S) if is_slow(recorded) else 10)
    site = Site.loads(recorded.site_toml)
    return {
        peer.name: warned(recorded, [(a.time / 1e9, a.hall) for a in peer.alerts(history, rows, site)])
        for peer in PEERS
    }


def warned(recorded: Recorded, told: Iterable[tuple[float, str]]) -> dict[str, Any]:
    """Window, lead and false alarms of what somebody ``told``: (time in s, hall, zone or "")."""
    told = list(told)
    onset = math.inf if recorded.onset is None else recorded.onset
    right = min((t for t, hall in told if t >= onset and recorded.concerns(hall)), default=None)
    figures: dict[str, Any] = {
        "window_s": None,
        "lead_s": None,
        "lead_fraction": None,
        "found_after_s": None if right is None else round(right - onset, 1),
        "false_incidents": sum(t < onset for t, _ in told),
    }
    if recorded.lost is not None:
        window = recorded.lost - onset
        lead = 0.0 if right is None else max(recorded.lost - right, 0.0)
        figures |= {
            "window_s": round(window, 1),
            "lead_s": round(lead, 1),
            "lead_fraction": round(lead / window, 4),
        }
    return figures


def answer(recorded: Recorded, judged: Judged) -> dict[str, Any]:
    """Whether the first answer named the fault and its root."""
    truth = recorded.truth
    if recorded.onset is None or truth.fault is None:
        return {}
    onset = nanoseconds(recorded.onset)
    after = (each for each in judged.cooling if (each.warned or 0) >= onset and recorded.concerns(each.hall))
    first = next(after, None)
    return {
        "fault_right": first is not None and explains(truth.fault, first.fault),
        "root_right": first is not None and first.root == truth.root,
        "said": None if first is None else f"{first.fault} at {first.root}",
        "truth": f"{truth.fault} at {truth.root}",
    }


def _forecasts_wanted(recorded: Recorded) -> tuple[int, int] | None:
    if recorded.onset is None or recorded.first_drop is None:
        return None
    at = nanoseconds(recorded.onset + FORECAST_AFTER_S)
    return at, at + nanoseconds(SLOW_TICK_S)


def forecast(recorded: Recorded, judged: Judged) -> dict[str, Any]:
    """Error for the first service to drop, and which racks' intervals hold, two minutes after the onset."""
    truth = recorded.truth
    if not judged.ticks or truth.kind != "sudden" or recorded.first_drop is None:
        return {}
    end, racks, services = judged.ticks[0]
    left = recorded.first_drop - DROP_AFTER_S - end / 1e9
    if left <= 0.0:
        return {}
    first = next(name for name, time in truth.services.items() if time == truth.first_drop)
    expected = _of(services, first)[0]
    covered = []
    for rack, time in truth.racks.items():
        _, low, high = _of(racks, rack)
        actual = (seconds(time) or 0.0) - DROP_AFTER_S - end / 1e9
        if actual > 0.0 and math.isfinite(low):
            covered.append(low <= actual <= (math.inf if math.isnan(high) else high))
    return {
        "left_s": round(left),
        "expected_s": None if math.isnan(expected) else round(expected),
        "forecast_error": None if math.isnan(expected) else round(abs(expected - left) / left, 4),
        "racks_covered": sum(covered),
        "racks_forecast": len(covered),
    }


def _of(forecasts: Forecasts, name: str) -> tuple[float, float, float]:
    """Expected, earliest and latest time to limit, s; NaN where there is none."""
    if name not in forecasts.ids:
        return math.nan, math.nan, math.nan
    i = forecasts.ids.index(name)
    return float(forecasts.time_to_limit[i]), float(forecasts.low[i]), float(forecasts.high[i])


def play_all(job: Callable[[Any], dict[str, Any]], wanted: Sequence[Any], jobs: int) -> list[dict[str, Any]]:
    """Every wanted run, in so many processes, with its progress."""
    runs = []
    with ProcessPoolExecutor(jobs) as pool:
        for done, figures in enumerate(pool.map(job, wanted), 1):
            runs.append(figures)
            print(f"\r{done} of {len(wanted)} runs", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return runs


def _job(job: tuple[str, int, bool]) -> dict[str, Any]:
    return run(*job)


def measure(names: Sequence[str], seeds: Sequence[int], with_peers: bool, jobs: int) -> dict[str, Any]:
    """All runs, and the figures pooled over them; without ``seeds`` those kept for each kind of scenario."""
    wanted = [
        (name, seed, with_peers)
        for name in names
        for seed in seeds or numbers(SEEDS[load_scenario(name).kind])
    ]
    runs = play_all(_job, wanted, jobs)
    return pooled(runs) | {"scenarios": runs}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--scenarios", default=",".join(scenario_names()), help="names, with commas between")
    parser.add_argument("--seeds", type=numbers, default=[], help="such as 0-4, instead of those kept")
    parser.add_argument("--no-peers", action="store_true", help="coolwatch alone")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    arguments = parser.parse_args()
    names = arguments.scenarios.split(",")
    for name in names:
        load_scenario(name)
    figures = measure(names, arguments.seeds, not arguments.no_peers, arguments.jobs)
    if arguments.json:
        print(json.dumps(figures))
        return
    for each in figures["scenarios"]:
        print(*(f"{key}={value}" for key, value in each.items() if key != "peers"))
    print(json.dumps({key: value for key, value in figures.items() if key != "scenarios"}, indent=1))


if __name__ == "__main__":
    main()
