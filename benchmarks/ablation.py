"""What each part is worth: ``python -m benchmarks.ablation --json``.

The sudden, contained and slow scenarios once whole and once with a part away:
plant signals hidden (all points of plant equipment, and run status, commands and
alarms of the units), power hidden, statistics, physics or River off; or with each
rule off. What is off says nothing, but goes on computing and learning.

All of it takes hours, most of them for the slow scenarios; a look at one of each
kind: ``--scenarios crah-fan-failure,hot-spot,filter-clog --seeds 100``.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Sequence
from functools import partial, wraps
from typing import Any

import numpy as np

from benchmarks.incidents import SLOW_TICK_S, answer, is_slow, play_all, warned
from benchmarks.judged import Judged, judge
from benchmarks.pooled import sudden_leads
from benchmarks.recorded import Recorded, record
from benchmarks.seeds import numbers
from config.equipment import PLANT
from config.kinds import Role, load_kinds
from config.points import parse_point
from config.scenario import load_scenario, scenario_names
from config.site import Site
from detector.incidents.sign import Sign
from detector.incidents.speaker import Speaker
from detector.rules import RULES, Rule, without
from detector.tick import Tick

SEEDS = {"sudden": "100-102", "contained": "100-102", "slow": "100"}
SWITCHES = (Role.RUN_STATUS, Role.RUN_COMMAND, Role.ALARM)


def plant_signals(recorded: Recorded) -> np.ndarray:
    """By point: plant equipment's, or what says that a unit runs, should run, or is ill."""
    site, kinds = Site.loads(recorded.site_toml), load_kinds()
    hidden = []
    for point_id in recorded.ids:
        name = parse_point(point_id)
        assert name is not None
        in_plant = site.equipment_type(name.equipment_id) in PLANT or name.hall not in recorded.halls
        hidden.append(in_plant or Role(kinds[name.measure].role) in SWITCHES)
    return np.array(hidden)


def power(recorded: Recorded) -> np.ndarray:
    kinds = load_kinds()
    names = [parse_point(point_id) for point_id in recorded.ids]
    return np.array([name is not None and Role(kinds[name.measure].role) is Role.POWER for name in names])


def silent(part: Speaker) -> tuple[Rule, ...]:
    """All rules, without what a part says in them."""

    def of(rule: Rule) -> Rule:
        @wraps(rule.signs)
        def signs(tick: Tick) -> Iterable[Sign]:
            return [sign for sign in rule.signs(tick) if sign.spoke is not part]

        return Rule(signs, rule.faults)

    return tuple(of(rule) for rule in RULES)


def played(recorded: Recorded, rules: Sequence[Rule] = RULES) -> Judged:
    return judge(recorded, tick_s=SLOW_TICK_S if is_slow(recorded) else None, rules=rules)


VARIANTS: dict[str, Callable[[Recorded], Judged]] = {
    "whole": played,
    "plant signals hidden": lambda r: played(r.without(plant_signals(r))),
    "power hidden": lambda r: played(r.without(power(r))),
    "statistics off": partial(played, rules=silent(Speaker.STATISTICS)),
    "physics off": partial(played, rules=silent(Speaker.PHYSICS)),
    "River off": partial(played, rules=silent(Speaker.RIVER)),
}


def variants(each_rule: bool) -> dict[str, Callable[[Recorded], Judged]]:
    """The parts, or the whole and then each rule away."""
    if not each_rule:
        return VARIANTS
    away = {f"{rule.name} off": partial(played, rules=without([rule.name])) for rule in RULES}
    return {"whole": VARIANTS["whole"], **away}


def run(job: tuple[str, int, bool]) -> dict[str, Any]:
    name, seed, each_rule = job
    recorded = record(name, seed)
    kind = recorded.truth.kind
    figures: dict[str, Any] = {"name": name, "kind": kind, "seed": seed}
    for variant, play in variants(each_rule).items():
        judged = play(recorded)
        told = [((each.warned or 0) / 1e9, each.hall) for each in judged.cooling]
        figures[variant] = {
            "name": name,
            "kind": kind,
            **warned(recorded, told),
            **answer(recorded, judged),
        }
    return figures


def measure(names: list[str], seeds: list[int], jobs: int, each_rule: bool = False) -> dict[str, Any]:
    """All runs, and the figures of each variant; without ``seeds`` those of `SEEDS` for each kind."""
    wanted = [
        (name, seed, each_rule)
        for name in names
        for seed in seeds or numbers(SEEDS[load_scenario(name).kind])
    ]
    runs = play_all(run, wanted, jobs)
    pooled = {}
    for variant in variants(each_rule):
        each = [r[variant] for r in runs]
        pooled[variant] = {
            **sudden_leads([r for r in each if r["kind"] == "sudden"]),
            "found": {kind: found([r for r in each if r["kind"] == kind]) for kind in SEEDS},
            "false_before_onset": sum(r["false_incidents"] for r in each),
            "root_right": round(sum(r["root_right"] for r in each) / len(each), 4),
            "fault_right": round(sum(r["fault_right"] for r in each) / len(each), 4),
        }
    return {"variants": pooled, "runs": runs}


def found(runs: list[dict[str, Any]]) -> dict[str, int]:
    return {"runs": len(runs), "found": sum(r["found_after_s"] is not None for r in runs)}


def main() -> None:
    faults = [name for name in scenario_names() if load_scenario(name).kind in SEEDS]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--scenarios", default=",".join(faults), help="names, with commas between")
    parser.add_argument("--seeds", type=numbers, default=[], help="such as 100-102, for all kinds")
    parser.add_argument("--each-rule", action="store_true", help="with each rule of the list away, instead")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    arguments = parser.parse_args()
    figures = measure(arguments.scenarios.split(","), arguments.seeds, arguments.jobs, arguments.each_rule)
    print(
        json.dumps(figures if arguments.json else figures["variants"], indent=None if arguments.json else 1)
    )


if __name__ == "__main__":
    main()
