"""What each part is worth: ``python -m benchmarks.ablation --json``.

The sudden scenarios once whole and once with a part away: plant signals hidden
(all points of plant equipment, and run status, commands and alarms of the
units), power hidden, the learned models off, the physics off; or with each rule
off. What is off says nothing, but goes on computing and learning.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable
from functools import partial, wraps
from typing import Any

import numpy as np

from benchmarks.incidents import answer, play_all, warned
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
from detector.rules import RULES, Rule, without
from detector.tick import Tick

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


def silent(part: str) -> tuple[Rule, ...]:
    """All rules, without what a part (``models`` or ``physics``) says in them."""

    def of(rule: Rule) -> Rule:
        @wraps(rule.signs)
        def signs(tick: Tick) -> Iterable[Sign]:
            return [sign for sign in rule.signs(tick) if sign.spoke != part]

        return Rule(signs, rule.faults)

    return tuple(of(rule) for rule in RULES)


VARIANTS: dict[str, Callable[[Recorded], Judged]] = {
    "whole": lambda r: judge(r),
    "plant signals hidden": lambda r: judge(r.without(plant_signals(r))),
    "power hidden": lambda r: judge(r.without(power(r))),
    "models off": lambda r: judge(r, rules=silent("models")),
    "physics off": lambda r: judge(r, rules=silent("physics")),
}


def variants(each_rule: bool) -> dict[str, Callable[[Recorded], Judged]]:
    """The parts, or the whole and then each rule away."""
    if not each_rule:
        return VARIANTS
    away = {f"{rule.name} off": partial(judge, rules=without([rule.name])) for rule in RULES}
    return {"whole": VARIANTS["whole"], **away}


def run(job: tuple[str, int, bool]) -> dict[str, Any]:
    name, seed, each_rule = job
    recorded = record(name, seed)
    figures: dict[str, Any] = {"name": name, "seed": seed}
    for variant, play in variants(each_rule).items():
        judged = play(recorded)
        told = [((each.warned or 0) / 1e9, each.hall) for each in judged.cooling]
        figures[variant] = {"name": name, **warned(recorded, told), **answer(recorded, judged)}
    return figures


def measure(names: list[str], seeds: list[int], jobs: int, each_rule: bool = False) -> dict[str, Any]:
    runs = play_all(run, [(name, seed, each_rule) for name in names for seed in seeds], jobs)
    pooled = {}
    for variant in variants(each_rule):
        each = [r[variant] for r in runs]
        pooled[variant] = {
            **sudden_leads(each),
            "false_before_onset": sum(r["false_incidents"] for r in each),
            "root_right": round(sum(r["root_right"] for r in each) / len(each), 4),
            "fault_right": round(sum(r["fault_right"] for r in each) / len(each), 4),
        }
    return {"variants": pooled, "runs": runs}


def main() -> None:
    sudden = [name for name in scenario_names() if load_scenario(name).kind == "sudden"]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--scenarios", default=",".join(sudden), help="names, with commas between")
    parser.add_argument("--seeds", type=numbers, default=numbers("100-102"), help="such as 100-102")
    parser.add_argument("--each-rule", action="store_true", help="with each rule of the list away, instead")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    arguments = parser.parse_args()
    figures = measure(arguments.scenarios.split(","), arguments.seeds, arguments.jobs, arguments.each_rule)
    print(
        json.dumps(figures if arguments.json else figures["variants"], indent=None if arguments.json else 1)
    )


if __name__ == "__main__":
    main()
