"""A gateway that fails is told as one, and what it gives for values moves nobody; a loss beside it does."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from streams.messages import SECOND, Incident
from tests.detector.feeding import START, Row, make_engine, push, second_of
from tests.detector.hand_fed import FAULT_AT, NOISE_K, SITE, Change, Values, fired, healthy

PERIOD_S = 10.0


def versions(
    change: Change, lasts_s: float = 600.0, well: Callable[[], Values] = healthy, site: str = SITE
) -> list[Incident]:
    """What is fired when a change is laid over what sensors of a plant and its hall read, noise and all."""
    rng = np.random.default_rng(0)
    rows: list[Row] = []
    for second in np.arange(0.0, FAULT_AT + lasts_s, PERIOD_S).tolist():
        values = well()
        for name, value in values.items():
            if "temperature" in name and 5.0 < value < 60.0:
                values[name] = round(value + rng.normal(0.0, NOISE_K), 2)
        if second >= FAULT_AT:
            change(values, second - FAULT_AT)
        rows += [(name, second + 0.1, value) for name, value in values.items()]
    heard = push(make_engine(site, zone="plant-a"), rows)
    return [incident for incident in heard.incidents if incident.warned is not None]


def told(change: Change, lasts_s: float = 600.0, well: Callable[[], Values] = healthy) -> list[Incident]:
    return fired(versions(change, lasts_s, well))


def behind(values: Values, *machines: str) -> list[str]:
    return [name for name in values if any(m in name for m in machines)]


def reads(constant: float, *machines: str, until: float = 300.0) -> Callable[[Values, float], None]:
    def change(values: Values, since: float) -> None:
        if since < until:
            values |= dict.fromkeys(behind(values, *machines), constant)

    return change


def cooling(incidents: list[Incident]) -> list[Incident]:
    return [i for i in incidents if i.category == "cooling"]


@pytest.mark.parametrize(
    ("machines", "root", "constant"),
    [
        ("crah", "hall-1", 0.0),
        ("crah", "hall-1", 21.0),
        ("rack", "hall-1", 0.0),
        ("rack", "hall-1", -999.0),
        ("plant-a/", "plant-a", 0.0),
        ("plant-a/", "plant-a", 65535.0),
        ("crah-03", "hall-1/crah-03", 3.4e38),
        ("hall-1/", "hall-1", -127.0),
    ],
)
def test_a_gateway_that_reads_one_constant_is_one_incident_of_telemetry(
    machines: str, root: str, constant: float
) -> None:
    first = told(reads(constant, machines))
    assert [(i.category, i.fault, i.root) for i in first] == [("telemetry", "source_failed", root)]
    assert machines.strip("/") in first[0].summary
    assert second_of(first[0].warned or 0) - FAULT_AT < 60.0


def test_it_is_over_when_values_come_back() -> None:
    last = versions(reads(0.0, "crah", until=120.0))[-1]
    assert last.fault == "source_failed" and last.resolved is not None


def test_a_true_total_loss_reads_0_too_and_is_told() -> None:
    def stop(values: Values, since: float) -> None:
        for name in behind(values, "crah"):
            if name.endswith(("on_off_status", "fan_speed", "valve_position")):
                values[name] = 0.0
        for name in behind(values, "rack"):
            if "temperature" in name:
                values[name] += since / 60.0

    first = told(stop)
    assert "units_lost" in {i.fault for i in cooling(first)}
    assert not [i for i in first if i.fault == "source_failed"]


def test_a_loss_in_the_same_minute_is_told_by_what_is_left() -> None:
    def both(values: Values, since: float) -> None:
        values |= dict.fromkeys(behind(values, "crah"), 0.0)
        for name in behind(values, "rack"):
            if "temperature" in name:
                values[name] += max(0.0, since - 20.0) / 60.0

    first = told(both)
    assert [i.fault for i in first if i.category == "telemetry"] == ["source_failed"]
    lost = [i for i in cooling(first) if i.root == "hall-1"]
    assert lost and second_of(lost[0].warned or 0) - FAULT_AT < 240.0


def test_an_empty_slot_does_not_make_a_gateway_of_a_machine_that_stops() -> None:
    def trip(values: Values, _: float) -> None:
        for name in behind(values, "crah-02"):
            if name.endswith(("on_off_status", "fan_speed", "valve_position")):
                values[name] = 0.0

    def empty() -> Values:
        return healthy() | {"hall-1/crah-02/return_air_temperature": 0.0}

    first = told(trip, well=empty)
    assert [i.root for i in cooling(first)] == ["hall-1/crah-02"]
    assert not [i for i in first if i.fault == "source_failed"]


def test_a_limit_that_it_reads_is_told_within_a_minute_as_of_the_gateway() -> None:
    seen = versions(reads(85.0, "rack"))
    paging = [i for i in seen if i.severity == "critical"]
    assert paging and {i.fault for i in seen} == {"source_failed"}
    assert second_of(paging[0].updated) - FAULT_AT <= 75.0
    assert "beyond a physical limit" in paging[0].summary


@pytest.mark.parametrize(
    ("machines", "unit", "said"),
    [
        ("rack", lambda x: 1.8 * x + 32.0, "degF"),
        ("plant-a/", lambda x: 1.8 * x + 32.0, "degF"),
        ("crah", lambda x: 10.0 * x, "tenths"),
        ("rack", lambda x: (x - 32.0) / 1.8, "were that degF"),
    ],
)
def test_temperatures_in_another_unit_are_told_with_it_and_move_nobody(
    machines: str, unit: Callable[[float], float], said: str
) -> None:
    def flip(values: Values, since: float) -> None:
        for name in behind(values, machines):
            if "temperature" in name and since < 300.0:
                values[name] = round(unit(values[name]), 2)

    seen = versions(flip, 900.0)
    assert {(i.category, i.fault) for i in seen} == {("telemetry", "unit_changed")}
    assert said in seen[0].summary and "emergency" not in {i.severity for i in seen}
    assert second_of(seen[0].warned or 0) - FAULT_AT <= 40.0
    assert seen[-1].resolved is not None


def test_a_unit_that_is_changed_back_between_two_readings_of_a_machine_is_no_new_change() -> None:
    def flip(values: Values, since: float) -> None:
        for name in behind(values, "crah"):
            back = 300.0 if "supply" in name else 310.0
            if "temperature" in name and since < back:
                values[name] = round(1.8 * values[name] + 32.0, 2)

    seen = versions(flip, 900.0)
    assert {i.fault for i in seen} == {"unit_changed"}
    assert seen[-1].resolved is not None


def moved(machines: str, to: Callable[[float], float], until: float = 300.0) -> Change:
    def change(values: Values, since: float) -> None:
        if since < until:
            for name in behind(values, machines):
                if "temperature" in name:
                    values[name] = round(to(values[name]), 2)

    return change


@pytest.mark.parametrize(
    ("machines", "to", "root", "by"),
    [
        ("rack", lambda x: x + 24.0, "hall-1", "+24 K"),
        ("rack", lambda x: 2.3 * x, "hall-1", "+28 K"),
        ("rack", lambda x: x - 18.0, "hall-1", "-18 K"),
        ("crah", lambda x: x + 30.0, "hall-1", "+30 K"),
        ("plant-a/", lambda x: x + 25.0, "plant-a", "+25 K"),
    ],
)
def test_temperatures_that_jump_together_with_no_other_sign_are_a_change_of_their_source(
    machines: str, to: Callable[[float], float], root: str, by: str
) -> None:
    seen = versions(moved(machines, to, until=120.0), 600.0)
    assert {(i.category, i.fault, i.root) for i in seen} == {("telemetry", "source_failed", root)}
    assert by in seen[0].summary and second_of(seen[0].warned or 0) - FAULT_AT <= 20.0
    assert seen[-1].resolved is not None


def test_a_limit_behind_such_a_jump_is_told_within_a_minute() -> None:
    seen = versions(moved("rack", lambda x: x + 12.0, until=1e9), 120.0)
    paging = [i for i in seen if i.severity == "critical"]
    assert paging and second_of(paging[0].updated) - FAULT_AT <= 75.0
    assert "beyond a physical limit" in paging[0].summary


@pytest.mark.parametrize("sign", ["on_off_status", "power", "supply_air_temperature"])
def test_what_jumps_and_is_borne_out_is_cooling(sign: str) -> None:
    jump = moved("rack", lambda x: x + 14.0, until=1e9)

    def lost(values: Values, since: float) -> None:
        jump(values, since)
        for name in behind(values, "crah" if sign != "power" else "rack"):
            if name.endswith(sign):
                values[name] = values[name] + 5.0 if "temperature" in sign else 0.4 * values[name] // 1.0

    first = told(lost, 120.0)
    assert cooling(first) and not [i for i in first if i.fault == "source_failed"]


def test_a_few_hot_racks_are_a_matter_of_cooling() -> None:
    first = told(moved("rack-01", lambda x: x + 12.0, until=1e9), 120.0)
    assert not [i for i in first if i.fault == "source_failed"]
    assert [i.root for i in first if i.fault == "limit"] == ["hall-1/rack-01"]


def test_who_has_accepted_what_a_source_reads_now_is_believed() -> None:
    at = str(np.datetime64(START + round((FAULT_AT + 120.0) * SECOND), "ns"))[:19] + "Z"
    site = SITE + f'[[accepted]]\nmatch = "hall-1/crah-*"\nat = {at}\nnote = "other probes"\n'
    seen = versions(moved("crah", lambda x: x + 30.0, until=1e9), 600.0, site=site)
    assert [i.fault for i in fired(seen)] == ["source_failed"] and seen[-1].resolved is not None


def test_slots_without_a_probe_are_no_part_of_a_hall_and_told_once() -> None:
    def fitted() -> Values:
        return without_limits(healthy())

    def unfitted() -> Values:
        return fitted() | {
            f"hall-1/rack-{n:02d}/inlet_air_temperature/p{place}": empty
            for n in range(1, 7)
            for place, empty in enumerate((0.0, -1.0, 85.0, -127.0))
        }

    def lost(values: Values, since: float) -> None:
        for name in behind(values, "rack"):
            if name.endswith(("top", "bottom")):
                values[name] += since / 60.0

    alone, beside = fired(versions(lost, well=fitted)), fired(versions(lost, well=unfitted))
    assert [(i.fault, i.root, i.warned) for i in beside if i.category == "cooling"] == [
        (i.fault, i.root, i.warned) for i in alone
    ]
    (missing,) = [i for i in beside if i.category == "sensor"]
    assert (missing.fault, missing.root) == ("probe_missing", "hall-1") and "24 points" in missing.summary


def without_limits(values: Values) -> Values:
    """Racks and their air alone: nothing else of the plant tells of a loss."""
    return {name: value for name, value in values.items() if "rack" in name}


def test_a_probe_that_is_held_at_one_value_is_believed_where_others_bear_it_out() -> None:
    def held() -> Values:
        return healthy() | {"hall-1/rack-02/inlet_air_temperature/held": 21.0}

    assert told(lambda values, since: None, well=held) == []


def air(of: Callable[[float, int], float], dead: float, hours: float = 3.5) -> list[Incident]:
    """What is told of racks whose air takes a course (second, rack), and a probe that reads one value."""
    rows: list[Row] = []
    for second in np.arange(1.0, hours * 3600.0, 120.0).tolist():
        for n in range(1, 6):
            rows.append((f"hall-1/rack-{n:02d}/inlet_air_temperature/top", second, of(second, n)))
            rows.append((f"hall-1/rack-{n:02d}/power", second, 5.0))
        rows.append(("hall-1/rack-03/inlet_air_temperature/bottom", second, dead))
    return fired(push(make_engine(zone="hall-1"), rows).incidents)


def test_a_probe_that_never_moved_while_its_like_did_for_hours_is_listed_once() -> None:
    def wanders(second: float, rack: int) -> float:
        return round(23.0 + 2.5 * np.sin(second / 2400.0) + 0.2 * rack, 1)

    seen = air(wanders, 25.0)
    assert {i.category for i in seen} == {"sensor"}
    (missing,) = [i for i in seen if i.fault == "probe_missing"]
    assert missing.root == "hall-1/rack-03/inlet_air_temperature/bottom"
    assert "never moved" in missing.summary


@pytest.mark.parametrize("held", [21.5, 22.0])
def test_a_probe_of_half_degrees_in_a_stable_room_is_none(held: float) -> None:
    def stable(second: float, rack: int) -> float:
        return round(2.0 * (21.7 + 0.35 * np.sin(second / 2400.0) + 0.1 * rack)) / 2.0

    assert air(stable, held) == []


def test_a_gateway_that_repeats_itself_is_one_incident_and_over_when_it_goes_on() -> None:
    last: Values = {}

    def repeat(values: Values, since: float) -> None:
        if since < 300.0:
            for name in behind(values, "hall-1/"):
                values[name] = last.setdefault(name, values[name])

    def noisy() -> Values:
        return {name: value for name, value in healthy().items() if "command" not in name}

    seen = versions(repeat, 900.0, well=noisy)
    assert {(i.category, i.fault, i.root) for i in seen} == {("telemetry", "source_failed", "hall-1")}
    assert "repeat" in seen[0].summary and seen[-1].resolved is not None


def test_one_sensor_that_warms_is_not_called_all_of_a_hall() -> None:
    def one() -> Values:
        return {"hall-1/rack-01/inlet_air_temperature": 22.0, "hall-1/rack-01/power": 5.0}

    def warm(values: Values, since: float) -> None:
        values["hall-1/rack-01/inlet_air_temperature"] += since / 60.0

    first = told(warm, well=one)
    assert "the one rack of hall-1 that is read" in first[0].summary


def test_a_source_that_the_site_names_is_told_by_that_name() -> None:
    site = SITE + '[[source]]\nname = "gateway-3"\nmatch = ["hall-1/crah-0[12]"]\n'
    (first,) = fired(versions(reads(0.0, "crah-01", "crah-02"), site=site))
    assert first.fault == "source_failed" and "gateway-3 (hall-1/crah-*)" in first.summary


def test_machines_whose_states_are_sent_as_they_change_share_the_fate_of_their_gateway() -> None:
    """Of the pumps speed and power alone are read again: 0, as all else that comes through it."""
    rng = np.random.default_rng(0)
    rows: list[Row] = []
    for second in np.arange(0.0, FAULT_AT + 600.0, 30.0).tolist():
        for name, value in healthy().items():
            if "pump-" in name and "speed" not in name and second % 600.0:
                continue
            failed = name.startswith("plant-a/") and FAULT_AT + 60.0 <= second < FAULT_AT + 300.0
            noise = rng.normal(0.0, NOISE_K) if "temperature" in name else 0.0
            when = second + (20.0 if "pump" in name else 1.0)
            rows.append((name, when, 0.0 if failed else round(value + noise, 2)))
    heard = push(make_engine(SITE, zone="plant-a"), sorted(rows, key=lambda row: row[1]))
    first = fired([i for i in heard.incidents if i.warned is not None])
    assert [(i.category, i.fault, i.root) for i in first] == [("telemetry", "source_failed", "plant-a")]
