"""Telemetry of a run: arrival order, the same for a seed, however it is cut; what the files hold."""

from __future__ import annotations

import gzip
import json
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from config.kinds import load_kinds
from config.scenario import Scenario
from config.site import Site
from streams.simulator.sampling import Telemetry
from streams.simulator.simulation import simulate
from streams.simulator.write import write_log
from tests.streams.simulated import joined, scenario, values_of

SMALL = {"rows": 2, "racks_per_row": 4, "unit_kw": 20.0}


def small(*faults: dict, hours: float = 0.25, **sections: dict) -> Scenario:
    return scenario(*faults, hours=hours, layout=SMALL, **sections)


def whole(plan: Scenario, seed: int = 0, cut: float = 60.0) -> Telemetry:
    return joined(list(simulate(plan, seed).chunks(cut)))


def test_readings_come_in_arrival_order_and_arrive_after_they_were_taken() -> None:
    telemetry = whole(small(sampling={"clock_offset": 0.0}))
    assert (np.diff(telemetry.arrival) >= 0).all()
    assert (telemetry.arrival + 1_000_000 > telemetry.time).all()


def test_a_seed_gives_the_same_readings_and_another_seed_another_site() -> None:
    one, again, other = whole(small(), 3), whole(small(), 3), whole(small(), 4)
    assert one.ids == again.ids
    assert (one.time == again.time).all() and (one.value == again.value).all()
    assert len(other) != len(one)


def test_cutting_into_seconds_changes_nothing() -> None:
    minutes = whole(small())
    seconds = list(simulate(small(), 0))
    together = joined(seconds)
    assert (together.point == minutes.point).all() and (together.value == minutes.value).all()
    spans = [c.arrival[-1] - c.arrival[0] for c in seconds[:-1] if len(c)]
    assert max(spans) < 1_000_000_000


def test_a_longer_run_begins_like_a_shorter_one() -> None:
    short, long = whole(small(hours=0.1)), whole(small(hours=0.2))
    same = long.take(slice(0, len(short) - 200))
    assert (same.value == short.take(slice(0, len(short) - 200)).value).all()


def test_a_run_can_be_gone_through_once_and_tells_its_truth_at_the_end() -> None:
    simulation = simulate(small(hours=0.05), 0)
    with pytest.raises(RuntimeError, match="only when"):
        _ = simulation.truth
    list(simulation.chunks())
    assert simulation.truth.scenario == "test"
    with pytest.raises(RuntimeError, match="once"):
        list(simulation.chunks())


def test_periods_are_kept() -> None:
    telemetry = whole(small(sampling={"plant": 2.0, "lost": 0.0, "gaps_per_day": 0.0}))
    times, _ = values_of(telemetry, "plant-a/chiller-1/on_off_status")
    # Now and then a message overtakes another on its way.
    times.sort()
    assert np.diff(times) == pytest.approx(np.full(len(times) - 1, 2.0))


def test_some_readings_are_lost_and_some_sensors_fall_silent() -> None:
    full = whole(small(sampling={"lost": 0.0, "gaps_per_day": 0.0}))
    lossy = whole(small(sampling={"lost": 0.1, "gaps_per_day": 0.0}))
    gappy = whole(small(sampling={"lost": 0.0, "gaps_per_day": 40.0}))
    assert 0.85 * len(full) < len(lossy) < 0.95 * len(full)
    assert len(gappy) < 0.95 * len(full)


def test_values_are_noisy_biased_and_quantised() -> None:
    noise = {"temperature": 0.1, "temperature_bias": 0.4, "temperature_quantum": 0.1}
    simulation = simulate(small(noise=noise), 0)
    telemetry = joined(list(simulation.chunks()))
    _, values = values_of(telemetry, "hall-1/crah-01/supply_air_temperature")
    assert values * 10 == pytest.approx(np.round(values * 10), abs=1e-6)
    assert len(set(values)) > 2


@pytest.mark.parametrize("kind", ["mute", "stuck", "bias", "drift", "spikes", "clock_jump"])
def test_sensor_faults_change_the_telemetry_and_not_the_physics(kind: str) -> None:
    target = "hall-1/crah-01"
    quiet = {"lost": 0.0, "gaps_per_day": 0.0, "unit": 5.0}
    fault = {"kind": kind, "target": target, "at_h": 0.1, "value": 30.0}
    plain, wrong = simulate(small(sampling=quiet), 0), simulate(small(fault, sampling=quiet), 0)
    before, after = joined(list(plain.chunks())), joined(list(wrong.chunks()))
    assert (plain.state.air.cold == wrong.state.air.cold).all()
    point = f"{target}/return_air_temperature"
    t0, v0 = values_of(before, point)
    t1, v1 = values_of(after, point)
    late = t1 > 365
    match kind:
        case "mute":
            assert t1.max() < 365 < t0.max()
        case "stuck":
            assert len(set(v1[late])) == 1 and len(set(v0[t0 > 365])) > 1
        case "bias":
            assert (v1 - v0)[late] == pytest.approx(np.full(late.sum(), 30.0))
        case "drift":
            assert 0 < (v1 - v0)[late].min() < (v1 - v0)[late].max() < 30.0 * 0.15 + 0.01
        case "spikes":
            assert set(np.round((v1 - v0)[late])) == {0.0, 30.0}
        case "clock_jump":
            assert (t1 - t0)[late] == pytest.approx(np.full(late.sum(), 30.0), abs=0.01)


def test_an_onset_after_the_end_of_the_run_has_not_happened() -> None:
    simulation = simulate(small({"kind": "pump_trip", "at_h": 5.0}, hours=0.05), 0)
    list(simulation.chunks())
    assert simulation.truth.onset is None and simulation.truth.fault is None
    assert simulation.truth.events == []


def test_the_files_hold_messages_site_and_truth(tmp_path: Path) -> None:
    simulation = simulate(small({"kind": "unit_trip", "pick": 1, "at_h": 0.05}), 2)
    parts: list[float] = []
    count = write_log(simulation, tmp_path / "new", parts.append)
    again = whole(small({"kind": "unit_trip", "pick": 1, "at_h": 0.05}), 2)
    with gzip.open(tmp_path / "new" / "telemetry.jsonl.gz", "rt") as lines:
        messages = [json.loads(line) for line in lines]
    assert len(messages) == count == len(again)
    assert [m["point"] for m in messages] == [again.ids[p] for p in again.point]
    assert [m["time"] * 1_000_000 for m in messages] == again.time.tolist()
    assert [float(m["value"]) for m in messages] == again.value.tolist()
    assert {type(m["value"]) for m in messages if m["point"].endswith("on_off_status")} == {bool}
    assert parts == sorted(parts) and parts[-1] > 0.9
    truth = json.loads((tmp_path / "new" / "truth.json").read_text())
    assert truth["root"].startswith("hall-1/crah-") and truth["fault"] == "cooling_loss"
    began = datetime.fromisoformat(truth["onset"]) - datetime.fromisoformat("2024-01-01T00:00:00Z")
    assert began.total_seconds() == 180.0
    assert truth["events"][0]["equipment"] == truth["root"]


def test_the_site_file_is_one_that_can_be_read_and_fits_the_points(tmp_path: Path) -> None:
    simulation = simulate(small(), 5)
    site = Site.loads(simulation.site_toml)
    racks = list(simulation.layout.racks)
    for told, service in zip(site.services, simulation.layout.services, strict=True):
        assert site.service_racks(told, racks) == [racks[r] for r in service.racks]
        assert (told.name, told.needs) == (service.name, service.needs)
    inlet = next(i for i in simulation.ids if "inlet" in i)
    assert site.limits(inlet).shutdown == simulation.layout.shutdown
    assert site.zone_of_hall("hall-1") == "plant-a"
    assert {i.split("/")[2] for i in simulation.ids} <= set(load_kinds())
