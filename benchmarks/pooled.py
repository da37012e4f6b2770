"""Figures pooled over the runs of `benchmarks.incidents`."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from typing import Any

Run = dict[str, Any]


def pooled(runs: Sequence[Run]) -> dict[str, Any]:
    """Medians and counts over all runs, of coolwatch and of each peer."""
    sudden = [r for r in runs if r["kind"] == "sudden"]
    answered = [r for r in runs if "fault_right" in r and r["found_after_s"] is not None]
    forecasts = [r for r in sudden if "forecast_error" in r]
    peers = runs[0].get("peers", {}) if runs else {}
    return {
        "sudden": sudden_leads(sudden),
        "slow": slow_leads([r for r in runs if r["kind"] == "slow"]),
        "nuisance": nuisance(runs),
        "fault_right": _share(r["fault_right"] for r in answered),
        "root_right": _share(r["root_right"] for r in answered),
        "forecast": {
            "runs": len(forecasts),
            "median_error": _median(
                [9.99 if r["forecast_error"] is None else r["forecast_error"] for r in forecasts]
            ),
            "coverage": _ratio(
                sum(r["racks_covered"] for r in forecasts), sum(r["racks_forecast"] for r in forecasts)
            ),
        },
        "peers": {
            name: {
                "sudden": sudden_leads([r | r["peers"][name] for r in sudden]),
                "nuisance": nuisance([r | r["peers"][name] for r in runs]),
            }
            for name in peers
        },
    }


def sudden_leads(runs: Sequence[Run]) -> dict[str, Any]:
    """Lead over window of what ends in a drop: median of all, of each scenario, and what was missed."""
    dropped = [r for r in runs if r["lead_fraction"] is not None]
    names = sorted({r["name"] for r in dropped})
    medians = {name: _median([r["lead_fraction"] for r in dropped if r["name"] == name]) for name in names}
    return {
        "runs": len(dropped),
        "median_lead_fraction": _median([r["lead_fraction"] for r in dropped]),
        "worst_scenario": min((m for m in medians.values() if m is not None), default=None),
        "by_scenario": medians,
        "missed": sum(r["lead_fraction"] <= 0.0 for r in dropped),
        "not_found": sum(r["found_after_s"] is None for r in runs),
    }


def slow_leads(runs: Sequence[Run]) -> dict[str, Any]:
    """Part of the time until the margin is gone that was left when a slow fault was found."""
    gone = [r for r in runs if r["lead_fraction"] is not None]
    return {
        "runs": len(gone),
        "median_left": _median([r["lead_fraction"] for r in gone]),
        "found_in_time": sum(r["lead_fraction"] >= 0.5 for r in gone),
    }


def nuisance(runs: Sequence[Run]) -> dict[str, Any]:
    """False cooling alarms on days on which nothing is wrong, and before the onset on all others."""
    quiet = [r for r in runs if r["kind"] == "nuisance"]
    before = [r for r in runs if r["kind"] != "nuisance"]
    days = sum(r["quiet_hall_days"] for r in quiet)
    return {
        "hall_days": round(days, 1),
        "events": sum(r["events"] for r in quiet),
        "false_incidents": sum(r["false_incidents"] for r in quiet),
        "false_a_hall_day": _ratio(sum(r["false_incidents"] for r in quiet), days),
        "hall_days_before_onset": round(sum(r["quiet_hall_days"] for r in before), 1),
        "false_before_onset": sum(r["false_incidents"] for r in before),
    }


def _median(values: Sequence[float]) -> float | None:
    return round(statistics.median(values), 4) if values else None


def _share(hits: Iterable[bool]) -> float | None:
    found = list(hits)
    return _ratio(sum(found), len(found))


def _ratio(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None
