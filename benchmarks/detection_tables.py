"""The tables of `docs/benchmarks.md` that tell how well faults are found."""

from __future__ import annotations

import statistics
from typing import Any

Rows = list[tuple[str, ...]]

LONGEST_LEAD_IN = "guangzhou-2023"
"""The one sudden scenario with six healthy hours first."""


def sudden_rows(f: dict[str, Any]) -> Rows:
    """Scenario, runs, window, lead, told after, fault and root right, forecast error, false before onset."""
    rows: Rows = []
    runs = [r for r in f["scenarios"] if r["kind"] in ("sudden", "contained")]
    for name in sorted({r["name"] for r in runs}, key=lambda n: (_kind(runs, n) != "sudden", n)):
        each = [r for r in runs if r["name"] == name]
        rows.append(
            (
                name,
                str(len(each)),
                _median([r["window_s"] for r in each], " s", 0),
                _median([r["lead_fraction"] for r in each], "", 3),
                _median([r["found_after_s"] for r in each], " s", 0),
                _share([r["fault_right"] for r in each]),
                _share([r["root_right"] for r in each]),
                _median([r.get("forecast_error") for r in each], "", 2),
                str(sum(r["false_incidents"] for r in each)),
            )
        )
    return rows


def slow_rows(f: dict[str, Any]) -> Rows:
    """Scenario, runs, hours until the margin is gone, part of it left when found, fault and root right."""
    rows: Rows = []
    runs = [r for r in f["scenarios"] if r["kind"] == "slow"]
    for name in sorted({r["name"] for r in runs}):
        each = [r for r in runs if r["name"] == name]
        windows = [r["window_s"] / 3600.0 for r in each if r["window_s"]]
        rows.append(
            (
                name,
                str(len(each)),
                _median(windows, " h", 0),
                _median([r["lead_fraction"] for r in each], "", 2),
                _share([r["fault_right"] for r in each]),
                _share([r["root_right"] for r in each]),
                str(sum(r["false_incidents"] for r in each)),
            )
        )
    return rows


def nuisance_rows(f: dict[str, Any]) -> Rows:
    """Scenario, hall-days, events, false cooling incidents."""
    rows: Rows = []
    runs = [r for r in f["scenarios"] if r["kind"] == "nuisance"]
    for name in sorted({r["name"] for r in runs}):
        each = [r for r in runs if r["name"] == name]
        false = sum(r["false_incidents"] for r in each)
        days = sum(r["quiet_hall_days"] for r in each)
        rows.append((name, f"{days:.1f}", str(sum(r["events"] for r in each)), str(false)))
    return rows


def peer_rows(f: dict[str, Any]) -> Rows:
    """Who; leads: median, of `LONGEST_LEAD_IN`, worst; missed; false a hall-day and before an onset."""
    who = [("**coolwatch**", f["sudden"], f["nuisance"])]
    who += [(name, peer["sudden"], peer["nuisance"]) for name, peer in f["peers"].items()]
    return [
        (
            name,
            _number(sudden["median_lead_fraction"]),
            _number(sudden["by_scenario"].get(LONGEST_LEAD_IN)),
            _number(sudden["worst_scenario"]),
            f"{sudden['missed']} of {sudden['runs']}",
            _number(nuisance["false_a_hall_day"]),
            str(nuisance["false_before_onset"]),
        )
        for name, sudden, nuisance in who
    ]


def ablation_rows(f: dict[str, Any]) -> Rows:
    """Variant; of sudden ones: median lead, worst scenario's median, missed; of the others, and of all."""
    return [
        (
            name,
            _number(v["median_lead_fraction"]),
            _number(v["worst_scenario"]),
            f"{v['missed']} of {v['runs']}",
            *(f"{v['found'][k]['found']} of {v['found'][k]['runs']}" for k in ("contained", "slow")),
            f"{v['fault_right']:.0%}",
            f"{v['root_right']:.0%}",
            str(v["false_before_onset"]),
        )
        for name, v in f["variants"].items()
    ]


def targets_rows(f: dict[str, Any]) -> Rows:
    """Figure, measured, asked for."""
    sudden, nuisance, forecast, slow = f["sudden"], f["nuisance"], f["forecast"], f["slow"]
    rows = [
        ("median lead / window, sudden faults", _number(sudden["median_lead_fraction"]), "0.95"),
        ("worst scenario's median", _number(sudden["worst_scenario"]), "0.75"),
        ("missed", f"{sudden['missed']} of {sudden['runs']}", "0"),
        (
            "false cooling incidents, nuisance days",
            f"{nuisance['false_incidents']} in {nuisance['hall_days']} hall-days with "
            f"{nuisance['events']} events",
            "0",
        ),
        (
            "false cooling incidents before an onset",
            f"{nuisance['false_before_onset']} in {nuisance['hall_days_before_onset']} hall-days",
            "0",
        ),
        ("root right, first answer", _percent(f["root_right"]), "95 %"),
        ("fault right, first answer", _percent(f["fault_right"]), "85 %"),
        ("forecast 2 min after onset, median error", _percent(forecast["median_error"]), "15 %"),
        ("coverage of its 80 % interval", _percent(forecast["coverage"]), "75-85 %"),
        (
            "slow faults found with half of the time left",
            f"{slow['found_in_time']} of {slow['runs']}, median {_number(slow['median_left'])} left",
            "0.5 left",
        ),
    ]
    measured = {"nuisance days": nuisance["hall_days"], "slow faults": slow["runs"]}
    missing = [what for what, count in measured.items() if not count]
    return [row for row in rows if not any(what in row[0] for what in missing)]


def _kind(runs: list[dict[str, Any]], name: str) -> str:
    return str(next(r["kind"] for r in runs if r["name"] == name))


def _median(values: list[float | None], unit: str, digits: int) -> str:
    known = [v for v in values if v is not None]
    return f"{statistics.median(known):.{digits}f}{unit}" if known else ""


def _share(hits: list[bool]) -> str:
    return f"{sum(hits)} of {len(hits)}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


def _percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.0f} %"
