"""What is polled once a minute, each point at its own moment, seems to contradict itself: no fault."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import numpy as np

from tests.detector.feeding import Row, make_engine, push
from tests.detector.hand_fed import SITE, Values, fired, healthy, stop, switched

PERIOD_S = 60.0
LEAD_IN_S = 7200.0
At = Callable[[float], Values]
"""The values of all points at a second."""


def told(at: At, lasts_s: float, phase: Callable[[str], float] | None = None) -> list[tuple[str, str]]:
    """Fault and root of the cooling incidents. ``phase``: when in its minute a point is read, s."""
    rng = np.random.default_rng(1)
    rows: list[Row] = []
    for name in at(0.0):
        first = phase(name) if phase else zlib.crc32(name.encode()) % 60
        for second in np.arange(first, LEAD_IN_S + lasts_s, PERIOD_S):
            value = at(second).get(name)
            if value is not None:
                noise = rng.normal(0.0, 0.05) if "temperature" in name else 0.0
                rows.append((name, second, value + noise))
    rows.sort(key=lambda row: row[1])
    heard = push(make_engine(SITE, zone="plant-a"), rows)
    return [(i.fault, i.root) for i in fired(heard.incidents) if i.category == "cooling"]


def test_fans_that_are_heard_to_stand_before_their_status_have_not_stood_for_hours() -> None:
    def transfer(second: float) -> Values:
        values = healthy()
        since = second - LEAD_IN_S
        if 0.0 <= since < 12.0:
            stop(values, "")
        for n in (1, 2, 3, 4):
            if 12.0 <= since < 12.0 + 6.0 * n:
                stop(values, f"crah-{n:02d}")
        return values

    assert not told(transfer, 900.0)


def test_a_unit_whose_command_is_heard_after_its_status_does_not_stand_against_it() -> None:
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


def test_a_unit_that_stands_against_a_command_that_is_heard_again_is_told() -> None:
    def trips(second: float) -> Values:
        values = healthy()
        if second >= LEAD_IN_S:
            stop(values, "crah-02")
        return values

    assert told(trips, 600.0) == [("unit_failed", "hall-1/crah-02")]


def test_units_whose_return_is_still_on_its_way_through_a_gateway_are_not_lost() -> None:
    """Half of them are heard to stop and run in one message, the others to run in the next."""

    def transfer(second: float) -> Values:
        values = healthy()
        since = second - LEAD_IN_S
        if 0.0 <= since < 5.0:
            stop(values, "")
        for n in (1, 2, 3, 4):
            if 5.0 <= since < 5.0 + 8.0 * n:
                stop(values, f"crah-{n:02d}")
        return values

    sent: dict[str, float] = {}
    rows: list[tuple[float, Row]] = []
    rng = np.random.default_rng(2)
    for second in np.arange(0.0, LEAD_IN_S + 900.0):
        held_until = np.ceil((second + 0.5 - 20.0) / PERIOD_S) * PERIOD_S + 20.0
        for name, value in transfer(float(second)).items():
            state = "status" in name or "command" in name
            due = second % (600.0 if state else 5.0) == 0.0
            if due or (state and sent.get(name) != value):
                sent[name] = value
                noise = rng.normal(0.0, 0.05) if "temperature" in name else 0.0
                unit = name.startswith("hall-1/crah")
                rows.append((held_until if unit else second, (name, float(second), value + noise)))
    rows.sort(key=lambda row: row[0])
    heard = push(make_engine(SITE, zone="plant-a"), [row for _, row in rows])
    assert not [i for i in fired(heard.incidents) if i.category == "cooling"]


def test_racks_that_are_read_one_after_another_while_all_run_hot_are_no_wrong_sensors() -> None:
    def runs_hot(second: float) -> Values:
        values = healthy()
        for name in values:
            if "air_temperature" in name and "outdoor" not in name:
                values[name] += min(max(second - LEAD_IN_S, 0.0) / 8.0, 22.0)
        return values

    rng = np.random.default_rng(3)
    rows: list[Row] = []
    for name in runs_hot(0.0):
        # Each rack is asked in its turn.
        first = 10.0 * int(name.split("/")[1][-2:]) if "rack" in name else 5.0
        for second in np.arange(first, LEAD_IN_S + 400.0, PERIOD_S):
            noise = rng.normal(0.0, 0.05) if "temperature" in name else 0.0
            rows.append((name, float(second), runs_hot(float(second))[name] + noise))
    rows.sort(key=lambda row: row[1])
    incidents = fired(push(make_engine(SITE, zone="plant-a"), rows).incidents)
    assert {i.category for i in incidents} == {"cooling"}
