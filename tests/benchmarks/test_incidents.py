"""What counts as a lead, a false alarm and a right answer, and how runs are pooled."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from benchmarks.incidents import warned
from benchmarks.lead_plot import lead_plot
from benchmarks.pooled import pooled
from benchmarks.recorded import Recorded
from benchmarks.seeds import numbers
from streams.messages import Readings
from streams.simulator.truth import Truth

START = 1_700_000_000.0


def stamp(second: float | None) -> str | None:
    return None if second is None else f"{np.datetime64(int((START + second) * 1000), 'ms')}Z"


def recorded(kind: str, onset: float | None, drop: float | None, **truth: Any) -> Recorded:
    told = Truth(
        scenario="made",
        seed=0,
        kind=kind,
        onset=stamp(onset),
        fault=None,
        root=truth.pop("root", None),
        first_drop=stamp(drop),
        services={},
        margin_gone=stamp(truth.pop("margin_gone", None)),
        events=[],
        racks=truth.pop("racks", {}),
    )
    return Recorded((), Readings.empty(), np.zeros(1, np.int64), "", told, ("hall-1", "hall-2"), START, 2.0)


def at(*alarms: tuple[float, str]) -> list[tuple[float, str]]:
    return [(START + second, hall) for second, hall in alarms]


def test_the_lead_counts_from_the_first_alarm_about_the_right_hall() -> None:
    outage = recorded("sudden", 3600.0, 4600.0, racks={"hall-2/rack-01": stamp(4570.0)})
    found = warned(outage, at((3610.0, "hall-1"), (3700.0, "hall-2")))
    assert (found["window_s"], found["lead_s"], found["lead_fraction"]) == (1000.0, 900.0, 0.9)
    assert warned(outage, at((3650.0, "plant-a")))["lead_s"] == 950.0
    assert warned(outage, at((3650.0, "")))["lead_s"] == 950.0


def test_an_alarm_before_the_onset_is_false_and_one_after_the_drop_leads_nothing() -> None:
    outage = recorded("sudden", 3600.0, 4600.0)
    found = warned(outage, at((100.0, "hall-1"), (5000.0, "hall-1")))
    assert found["false_incidents"] == 1
    assert found["lead_fraction"] == 0.0
    assert warned(outage, [])["lead_fraction"] == 0.0


def test_on_a_day_without_fault_every_alarm_is_false() -> None:
    quiet = recorded("nuisance", None, None)
    assert warned(quiet, at((10.0, "hall-1"), (20.0, "")))["false_incidents"] == 2
    assert quiet.quiet_hours == 2.0


def test_a_slow_fault_is_lost_when_its_margin_is_gone() -> None:
    slow = recorded("slow", 3600.0, None, margin_gone=7600.0, root="hall-1/crah-01")
    assert warned(slow, at((5600.0, "hall-1")))["lead_fraction"] == 0.5
    assert slow.quiet_hours == pytest.approx(1.0)


def test_hidden_points_leave_the_others_in_their_order() -> None:
    whole = replace(
        recorded("sudden", None, None),
        readings=Readings.of([0, 1, 0, 1], [1, 2, 3, 4], [1.0, 2.0, 3.0, 4.0]),
        cuts=np.array([2, 4]),
    )
    part = whole.without(np.array([True, False]))
    assert part.readings.value.tolist() == [2.0, 4.0] and part.cuts.tolist() == [1, 2]


def runs() -> list[dict[str, Any]]:
    peer = {"found_after_s": 90.0, "false_incidents": 2, "lead_fraction": 0.5}
    shared = {"quiet_hall_days": 0.5, "events": 0, "false_incidents": 0, "fault_right": True}
    sudden = {"name": "a", "kind": "sudden", "found_after_s": 10.0, "root_right": True, **shared}
    forecast = {"forecast_error": 0.1, "racks_covered": 3, "racks_forecast": 4}
    nuisance = {"name": "b", "kind": "nuisance", "found_after_s": None, "lead_fraction": None}
    nuisance |= {"quiet_hall_days": 1.0, "events": 7, "false_incidents": 0}
    return [
        {**sudden, **forecast, "lead_fraction": 0.9, "peers": {"rule": peer}},
        {**sudden, "lead_fraction": 0.0, "root_right": False, "peers": {"rule": peer}},
        {**nuisance, "peers": {"rule": {**peer, "lead_fraction": None}}},
    ]


def test_runs_are_pooled() -> None:
    figures = pooled(runs())
    assert figures["sudden"]["median_lead_fraction"] == 0.45 and figures["sudden"]["missed"] == 1
    assert figures["nuisance"]["hall_days"] == 1.0 and figures["nuisance"]["events"] == 7
    assert figures["root_right"] == 0.5 and figures["forecast"]["coverage"] == 0.75
    assert figures["peers"]["rule"]["nuisance"]["false_a_hall_day"] == 2.0


def test_the_plot_names_all() -> None:
    picture = lead_plot(pooled(runs()))
    assert picture.startswith("<svg") and "coolwatch" in picture and "rule" in picture


def test_seeds_are_read() -> None:
    assert numbers("0-2,7") == [0, 1, 2, 7] and numbers("") == []
