"""Units that fail, seen by their states, fans and commands, on a plant fed by hand."""

from __future__ import annotations

import numpy as np

from tests.detector.feeding import Row, make_engine, push, second_of
from tests.detector.hand_fed import (
    FAULT_AT,
    PERIOD_S,
    SITE,
    Values,
    all_power_lost,
    healthy,
    stop,
    switched,
    switched_by,
    told,
    without_commands,
)


def six_units() -> Values:
    values = healthy()
    for n in (5, 6):
        values |= {k.replace("crah-01", f"crah-{n:02d}"): v for k, v in values.items() if "crah-01" in k}
    return values


def test_units_that_fail_one_after_another_are_one_incident_more() -> None:
    def lock_out(values: Values, since: float) -> None:
        for n in range(1, 4):
            if since > 20.0 * n:
                stop(values, f"crah-{n:02d}", alarm=True)

    warned = told(lock_out, well=six_units)
    assert [(i.fault, i.root) for i in warned[:1]] == [("unit_failed", "hall-1/crah-01")]
    assert len(warned) <= 3, "the third is no incident of its own"


def test_states_that_are_sent_when_they_change_are_believed_between() -> None:
    rows: list[Row] = []
    sent: dict[str, tuple[float, float]] = {}
    for second in np.arange(0.0, 2 * FAULT_AT + 120.0, PERIOD_S):
        values = healthy()
        if second >= 2 * FAULT_AT:
            stop(values, "plant-a/chiller")
        for name, value in values.items():
            if name.endswith(("status", "command")):
                at, before = sent.get(name, (-900.0, np.nan))
                if value == before and second - at < 900.0:
                    continue
                sent[name] = second, value
            rows.append((name, second + 0.1, value))
    incident = push(make_engine(SITE, zone="plant-a"), rows).of("chillers_lost")[0]
    assert second_of(incident.warned or 0) - 2 * FAULT_AT <= 40.0


def test_a_fan_at_rest_whose_unit_says_that_it_runs_has_failed_though_no_command_is_told() -> None:
    def stops_turning(values: Values, since: float) -> None:
        # By then it is known which units rest all the time.
        if since > 2400.0:
            switched(values, "crah-02", "fan_speed", 0.0)

    (incident,) = told(stops_turning, lasts_s=3000.0, well=without_commands)
    assert (incident.fault, incident.root) == ("fan_failed", "hall-1/crah-02")
    assert second_of(incident.warned or 0) - FAULT_AT <= 2400.0 + 90.0


def test_units_and_racks_of_names_that_say_nothing_are_known_by_their_points() -> None:
    def other_names(values: Values) -> Values:
        return {n.replace("crah-", "kaelte").replace("rack-", "ra"): v for n, v in values.items()}

    def unit_stops(values: Values, _: float) -> None:
        stop(values, "kaelte02")

    def warms(values: Values, since: float) -> None:
        for name in values:
            if name.startswith("hall-1") and "air_temperature" in name:
                values[name] += since / 60.0

    (incident,) = told(unit_stops, well=lambda: other_names(healthy()))
    assert (incident.fault, incident.root) == ("unit_failed", "hall-1/kaelte02")
    first = told(warms, well=lambda: other_names(healthy()))[0]
    assert (first.fault, first.category) == ("cooling_loss", "cooling")


def test_a_fan_that_does_not_come_back_after_a_moment_without_power_has_failed() -> None:
    def blip(values: Values, since: float) -> None:
        # By then it is known which units rest all the time.
        if 2400.0 <= since < 2410.0:
            all_power_lost(values, since)
        if since >= 2400.0:
            switched(values, "crah-02", "fan_speed", 0.0)

    incidents = told(blip, lasts_s=3600.0, well=without_commands)
    assert ("fan_failed", "hall-1/crah-02") in [(i.fault, i.root) for i in incidents]


def units_alone() -> Values:
    """What a hall shows of which no rack is read, nor any command or status."""
    measures = ("supply_air_temperature", "return_air_temperature", "fan_speed")
    return {name: value for name, value in healthy().items() if "crah" in name and name.endswith(measures)}


def test_a_hall_of_which_no_rack_is_read_loses_its_units_when_their_own_air_warms() -> None:
    def all_stop(values: Values, since: float) -> None:
        switched(values, "crah", "fan_speed", 0.0)
        switched_by(values, "crah", "return_air_temperature", since / 60.0)

    warned = told(all_stop, well=units_alone, site="")
    assert [i.fault for i in warned] == ["units_lost"]
    assert second_of(warned[0].warned or 0) - FAULT_AT <= 180.0


def test_units_that_all_stop_with_no_heat_left_are_no_loss_where_no_rack_is_read() -> None:
    def load_gone(values: Values, since: float) -> None:
        switched(values, "crah", "fan_speed", 0.0)
        switched_by(values, "crah", "return_air_temperature", -min(8.0, since / 60.0))

    assert not told(load_gone, well=units_alone, site="")
