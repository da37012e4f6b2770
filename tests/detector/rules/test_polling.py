"""What is polled once a minute, each point at its own moment, seems to contradict itself: no fault."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import numpy as np
import pytest

from tests.detector.feeding import Heard, Row, make_engine, push, second_of
from tests.detector.hand_fed import SITE, Values, fed, fired, healthy, stop, switched

pytestmark = pytest.mark.numbers

PERIOD_S = 60.0
LEAD_IN_S = 7200.0
At = Callable[[float], Values]
"""The values of all points at a second."""


def polled(at: At, lasts_s: float, phase: Callable[[str], float] | None = None) -> Heard:
    """What is said of points that are read once a minute. ``phase``: when in it a point is read, s."""
    rng = np.random.default_rng(1)
    rows: list[Row] = []
    for name in at(0.0):
        first = phase(name) if phase else zlib.crc32(name.encode()) % 60
        for second in np.arange(first, LEAD_IN_S + lasts_s, PERIOD_S):
            value = at(second).get(name)
            if value is not None:
                rows.append((name, second, value + noise(name, rng)))
    rows.sort(key=lambda row: row[1])
    return push(make_engine(SITE, zone="plant-a"), rows)


def noise(name: str, rng: np.random.Generator) -> float:
    return rng.normal(0.0, 0.05) if "temperature" in name else 0.0


def cooling(heard: Heard) -> list[tuple[str, str]]:
    """Fault and root of the cooling incidents."""
    return [(i.fault, i.root) for i in fired(heard.incidents) if i.category == "cooling"]


def told(at: At, lasts_s: float, phase: Callable[[str], float] | None = None) -> list[tuple[str, str]]:
    return cooling(polled(at, lasts_s, phase))


def transfer(away_s: float, apart_s: float) -> At:
    """All is stopped for so long, and the units run again one after another."""

    def at(second: float) -> Values:
        values = healthy()
        since = second - LEAD_IN_S
        if 0.0 <= since < away_s:
            stop(values, "")
        for n in (1, 2, 3, 4):
            if away_s <= since < away_s + apart_s * n:
                stop(values, f"crah-{n:02d}")
        return values

    return at


def test_fans_that_are_heard_to_stop_before_their_status_have_not_rested_for_hours() -> None:
    assert not told(transfer(12.0, 6.0), 900.0)


def test_a_unit_whose_command_is_heard_after_its_status_has_not_stopped_against_it() -> None:
    def rotated(second: float) -> Values:
        values = healthy()
        if LEAD_IN_S <= second < LEAD_IN_S + 1800.0:
            stop(values, "crah-02")
            switched(values, "crah-02", "on_off_command", 0.0)
        return values

    def command(late: float) -> Callable[[str], float]:
        return lambda name: late if name.endswith("command") else 30.0

    # Told to rest, the status is heard first; told to run again, the command is.
    assert not told(rotated, 3600.0, command(29.0))
    assert not told(rotated, 3600.0, command(31.0))


def test_a_unit_that_stopped_against_a_command_that_is_heard_again_is_told() -> None:
    def trips(second: float) -> Values:
        values = healthy()
        if second >= LEAD_IN_S:
            stop(values, "crah-02")
        return values

    assert told(trips, 600.0) == [("unit_failed", "hall-1/crah-02")]


def test_units_whose_return_is_still_on_its_way_through_a_gateway_are_not_lost() -> None:
    """Half of them are heard to stop and run in one message, the others to run in the next."""
    at = transfer(5.0, 8.0)
    sent: dict[str, float] = {}
    rows: list[tuple[float, Row]] = []
    rng = np.random.default_rng(2)
    for second in np.arange(0.0, LEAD_IN_S + 900.0):
        held_until = np.ceil((second + 0.5 - 20.0) / PERIOD_S) * PERIOD_S + 20.0
        for name, value in at(float(second)).items():
            state = "status" in name or "command" in name
            due = second % (600.0 if state else 5.0) == 0.0
            if due or (state and sent.get(name) != value):
                sent[name] = value
                unit = name.startswith("hall-1/crah")
                row = name, float(second), value + noise(name, rng)
                rows.append((held_until if unit else second, row))
    rows.sort(key=lambda row: row[0])
    assert not cooling(push(make_engine(SITE, zone="plant-a"), [row for _, row in rows]))


def test_racks_that_are_read_one_after_another_while_all_run_hot_are_no_wrong_sensors() -> None:
    def runs_hot(second: float) -> Values:
        values = healthy()
        for name in values:
            if "air_temperature" in name and "outdoor" not in name:
                values[name] += min(max(second - LEAD_IN_S, 0.0) / 8.0, 22.0)
        return values

    def in_its_turn(name: str) -> float:
        return 10.0 * int(name.split("/")[1][-2:]) if "rack" in name else 5.0

    incidents = fired(polled(runs_hot, 400.0, in_its_turn).incidents)
    assert {i.category for i in incidents} == {"cooling"}


@pytest.mark.parametrize("period_s", [30.0, 60.0, 120.0])
def test_a_hall_that_is_read_all_at_once_is_seen_to_warm(period_s: float) -> None:
    """Nothing but racks tells: between two of their readings lie ticks without any."""

    def warms(second: float) -> Values:
        values = {name: value for name, value in healthy().items() if "/rack-" in name}
        for name in values:
            if "temperature" in name:
                values[name] += max(second - LEAD_IN_S, 0.0) / 60.0
        return values

    incidents = fired(
        push(make_engine(SITE, zone="plant-a"), fed(warms, LEAD_IN_S + 480.0, period_s)).incidents
    )
    assert [(i.fault, i.root) for i in incidents] == [("cooling_loss", "hall-1")]
    assert second_of(incidents[0].warned or 0) <= LEAD_IN_S + max(3.0 * period_s, 180.0) + 1.0


def test_what_is_read_once_a_minute_is_confirmed_within_two() -> None:
    def rests(second: float) -> Values:
        values = healthy()
        if second >= LEAD_IN_S:
            values["hall-1/crah-02/fan_speed"] = 0.0
        return values

    heard = push(make_engine(SITE, zone="plant-a"), fed(rests, LEAD_IN_S + 400.0, PERIOD_S))
    (incident,) = fired(heard.incidents)
    assert incident.fault == "fan_failed"
    # The second reading shows that the fan does not merely lag, the third confirms it.
    assert second_of(incident.warned or 0) <= LEAD_IN_S + 2.0 * PERIOD_S + 1.0


def test_units_that_are_asked_in_turn_and_have_all_stopped_bear_each_other_out() -> None:
    def stopped(second: float) -> Values:
        values = healthy()
        if second >= LEAD_IN_S:
            stop(values, "crah")
        return values

    lost = [i for i in fired(polled(stopped, 300.0).incidents) if i.fault == "units_lost"]
    assert [i.root for i in lost] == ["hall-1"]
    # Each has been asked once by then, and none twice.
    assert second_of(lost[0].warned or 0) <= LEAD_IN_S + PERIOD_S + 20.0


def test_a_chiller_is_not_told_alone_while_others_have_not_been_asked_since() -> None:
    def tripped(second: float) -> Values:
        values = healthy()
        if second >= LEAD_IN_S:
            stop(values, "plant-a/chiller", alarm=True)
        return values

    def in_turn(name: str) -> float:
        return {"plant-a/chiller-1": 1.0, "plant-a/chiller-2": 57.0}.get(name.rsplit("/", 1)[0], 30.0)

    assert told(tripped, 300.0, in_turn)[0] == ("chillers_lost", "plant-a")
