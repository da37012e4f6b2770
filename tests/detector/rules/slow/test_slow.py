"""Slow faults, block by block: what creeps in one machine is found, what sensors and set points do is not."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from config.kinds import Role
from config.site import Site
from detector import snapshot
from detector.incidents.sign import Sign
from detector.points import ROLE_CODE, ROLES
from detector.rules.slow.decay import decays
from detector.seen.topology import build_topology
from detector.snapshot import decode, encode
from detector.usual.reference.measures import Table
from detector.usual.reference.reference import T as REFERENCE
from detector.usual.reference.running import running
from detector.usual.reference.watch import SlowFaults
from tests.detector.feeding import make_engine, push, quiet_hall

UNITS = [f"hall-1/crah-{n:02d}" for n in range(1, 5)]
CHILLERS = ["plant-a/chiller-1", "plant-a/chiller-2"]
IDS = [*UNITS, *CHILLERS, "plant-a/tower-1", "plant-a/outside", "plant-a/pump-1", "hall-2/crac-01"]
DAY = 144
BEGIN = 2 * DAY
WELL = np.ones(len(IDS), np.bool_)
TOPOLOGY = build_topology("plant-a", IDS, [True] * len(IDS), Site.empty())

Change = Callable[[int, np.ndarray], None]
"""Changes the means of a block, f8[equipment, roles], given its number."""


def block(number: int, rng: np.random.Generator) -> np.ndarray:
    """Four units that share a hall's load, two chillers and a tower on a summer's day, with noise."""
    mean = np.full((len(IDS), len(ROLES)), np.nan)
    hour = number / 6.0
    load = 1.0 + 0.1 * math.sin(2.0 * math.pi * hour / 24.0) + 0.01 * rng.standard_normal()
    outdoor = 22.0 + 4.0 * math.sin(2.0 * math.pi * (hour - 9.0) / 24.0)

    def put(row: int, role: Role, value: float, noise: float) -> None:
        mean[row, ROLE_CODE[role]] = value + noise * rng.standard_normal()

    for row in range(len(UNITS)):
        fan = 60.0 * load
        put(row, Role.RUN_STATUS, 1.0, 0.0)
        put(row, Role.FAN_SPEED, fan, 0.1)
        put(row, Role.PRESSURE, 0.02 * fan**2, 0.5)
        put(row, Role.SUPPLY_AIR, 20.0, 0.03)
        put(row, Role.SUPPLY_AIR_SETPOINT, 20.0, 0.0)
        put(row, Role.RETURN_AIR, 31.0 + load, 0.05)
        put(row, Role.WATER_SUPPLY, 11.0, 0.05)
        put(row, Role.WATER_RETURN, 17.0 + load, 0.1)
        put(row, Role.VALVE, 50.0 * load, 0.5)
        put(row, Role.VALVE_COMMAND, 50.0 * load, 0.2)
    for row in range(len(UNITS), len(UNITS) + len(CHILLERS)):
        put(row, Role.RUN_STATUS, 1.0, 0.0)
        put(row, Role.WATER_SUPPLY, 11.0, 0.05)
        put(row, Role.WATER_RETURN, 11.0 + 6.0 * load, 0.05)
        put(row, Role.POWER, 40.0 * load * (1.0 + 0.02 * (outdoor - 22.0)), 0.2)
        put(row, Role.CONDENSER_SUPPLY, outdoor + 2.0, 0.05)
        put(row, Role.CONDENSER_RETURN, outdoor + 2.0 + 5.0 * load, 0.05)
    tower = IDS.index("plant-a/tower-1")
    put(tower, Role.FAN_SPEED, 40.0 * load, 0.1)
    pump = IDS.index("plant-a/pump-1")
    put(pump, Role.FAN_SPEED, 70.0 * load, 0.2)
    put(pump, Role.PRESSURE, 100_000.0 * load**2, 500.0)
    put(pump, Role.FLOW, 20.0 * load, 0.02)
    put(pump, Role.POWER, 5.0 * load**3, 0.02)
    crac = IDS.index("hall-2/crac-01")
    put(crac, Role.RUN_STATUS, 1.0, 0.0)
    put(crac, Role.FAN_SPEED, 60.0 * load, 0.1)
    put(crac, Role.SUPPLY_AIR, 20.0, 0.03)
    put(crac, Role.RETURN_AIR, 31.0 + load, 0.05)
    put(crac, Role.POWER, 8.0 * load * (1.0 + 0.02 * (outdoor - 22.0)), 0.05)
    outside = IDS.index("plant-a/outside")
    put(outside, Role.OUTDOOR_AIR, outdoor, 0.1)
    put(outside, Role.TEMPERATURE, outdoor - 4.0, 0.1)
    return mean


def blocks(days: float, *changes: Change) -> Iterator[tuple[int, np.ndarray]]:
    rng = np.random.default_rng(7)
    for number in range(int(days * DAY)):
        mean = block(number, rng)
        for change in changes:
            change(number, mean)
        yield number, mean


def step(slow: SlowFaults, number: int, mean: np.ndarray) -> list[Sign]:
    slow._blocks.number = number
    fan = mean[:4, ROLE_CODE[Role.FAN_SPEED]]
    load = 5.0 * float(np.nanmean(fan)) if np.isfinite(fan).any() else math.nan
    slow.watch_block(TOPOLOGY, mean, load)
    told = list(decays(TOPOLOGY, slow.now()))
    slow.learn(WELL, frozenset((sign.root, sign.fault) for sign in told))
    return told


def found(days: float, *changes: Change) -> set[tuple[str, str]]:
    slow = SlowFaults()
    return {(o.fault, o.root) for n, mean in blocks(days, *changes) for o in step(slow, n, mean)}


def creeping(equipment: str, role: Role, a_day: float, factor: bool = True) -> Change:
    """From `BEGIN` on, so much more a day: as a part of the value, or added to it."""
    row = IDS.index(equipment)

    def change(number: int, mean: np.ndarray) -> None:
        more = a_day * max(number - BEGIN, 0) / DAY
        cell = row, ROLE_CODE[role]
        mean[cell] = mean[cell] * (1.0 + more) if factor else mean[cell] + more

    return change


UNIT = UNITS[1]
CLOGGING = (
    creeping(UNIT, Role.PRESSURE, 0.2),
    creeping(UNIT, Role.VALVE, -6.0, factor=False),
    creeping(UNIT, Role.VALVE_COMMAND, -6.0, factor=False),
)
FOULING = (
    creeping(UNIT, Role.VALVE, 6.0, factor=False),
    creeping(UNIT, Role.VALVE_COMMAND, 6.0, factor=False),
    creeping(UNIT, Role.WATER_RETURN, -0.6, factor=False),
)
LEAKING = (creeping(CHILLERS[0], Role.POWER, 0.05),)
SCALING = (creeping("plant-a/tower-1", Role.FAN_SPEED, 0.3),)
COLD_BACK = tuple(creeping(chiller, Role.WATER_RETURN, -0.8, factor=False) for chiller in CHILLERS)
BYPASSING = (*COLD_BACK, *(creeping("plant-a/pump-1", role, 0.15) for role in (Role.FAN_SPEED, Role.FLOW)))
WEARING = (creeping("plant-a/pump-1", Role.PRESSURE, -0.06), creeping("plant-a/pump-1", Role.POWER, 0.02))
CRAC = "hall-2/crac-01"
STARVING = (creeping(CRAC, Role.POWER, 0.06),)
SLIPPING = (
    creeping(UNIT, Role.PRESSURE, -0.15),
    creeping(UNIT, Role.VALVE, -6.0, factor=False),
    creeping(UNIT, Role.VALVE_COMMAND, -6.0, factor=False),
)


@pytest.mark.parametrize(
    ("fault", "root", "changes"),
    [
        ("filter_clogged", UNIT, CLOGGING),
        ("coil_fouled", UNIT, FOULING),
        ("belt_slipping", UNIT, SLIPPING),
        ("refrigerant_low", CHILLERS[0], LEAKING),
        ("tower_fouled", "plant-a/tower-1", SCALING),
        ("low_delta_t", "plant-a", BYPASSING),
        ("pump_worn", "plant-a/pump-1", WEARING),
        ("refrigerant_low", CRAC, STARVING),
    ],
)
def test_what_creeps_is_found_and_named(fault: str, root: str, changes: tuple[Change, ...]) -> None:
    assert found(5.0, *changes) == {(fault, root)}


def test_water_that_comes_back_colder_without_more_of_it_is_a_sensor() -> None:
    assert not found(5.0, *COLD_BACK)


def test_the_evidence_tells_how_far_and_how_fast() -> None:
    slow = SlowFaults()
    for number, mean in blocks(5.0, *FOULING):
        step(slow, number, mean)
    (told,) = decays(TOPOLOGY, slow.now())
    assert told.evidence.startswith("CRAH-02 valve at ")
    assert told.spoke == "statistics"
    assert "points a day" in told.evidence


def test_what_was_found_goes_when_it_is_repaired() -> None:
    slow = SlowFaults()
    for number, mean in blocks(5.0, *CLOGGING):
        step(slow, number, mean)
    assert list(decays(TOPOLOGY, slow.now()))
    rng = np.random.default_rng(8)
    for number in range(5 * DAY, 6 * DAY):
        step(slow, number, block(number, rng))
    assert not list(decays(TOPOLOGY, slow.now()))


@pytest.mark.parametrize(
    ("role", "a_day"),
    [
        (Role.PRESSURE, 40.0),
        (Role.VALVE, 6.0),
        (Role.SUPPLY_AIR, 1.0),
        (Role.RETURN_AIR, -1.0),
        (Role.WATER_SUPPLY, -1.0),
        (Role.WATER_RETURN, -1.0),
    ],
)
def test_one_sensor_that_drifts_is_no_fault_of_the_unit(role: Role, a_day: float) -> None:
    assert found(5.0, creeping(UNIT, role, a_day, factor=False)) == set()


@pytest.mark.parametrize("role", [Role.WATER_SUPPLY, Role.WATER_RETURN])
def test_a_chillers_water_sensor_that_drifts_is_no_loss_of_refrigerant(role: Role) -> None:
    assert found(5.0, creeping(CHILLERS[0], role, 0.5, factor=False)) == set()


def with_air_meters(number: int, mean: np.ndarray) -> None:
    fan = mean[:4, ROLE_CODE[Role.FAN_SPEED]]
    mean[:4, ROLE_CODE[Role.AIR_FLOW]] = 50.0 * fan
    mean[:4, ROLE_CODE[Role.PRESSURE]] = np.nan
    mean[:4, ROLE_CODE[Role.VALVE]] = np.nan


def test_a_belt_is_found_by_a_meter_of_its_air_and_what_its_valve_is_asked() -> None:
    less_air = creeping(UNIT, Role.AIR_FLOW, -0.12)
    asked_less = creeping(UNIT, Role.VALVE_COMMAND, -6.0, factor=False)
    assert found(5.0, with_air_meters, less_air, asked_less) == {("belt_slipping", UNIT)}
    assert found(5.0, with_air_meters, less_air) == set()


def air_cooled(number: int, mean: np.ndarray) -> None:
    for role in (Role.CONDENSER_SUPPLY, Role.CONDENSER_RETURN):
        mean[:, ROLE_CODE[role]] = np.nan


def test_chillers_whose_condensers_stand_in_the_air_are_held_against_that() -> None:
    assert found(5.0, air_cooled, *LEAKING) == {("refrigerant_low", CHILLERS[0])}
    assert found(5.0, air_cooled) == set()


def test_a_chiller_that_starts_after_a_night_of_rest_takes_no_more_than_its_like() -> None:
    row = IDS.index(CHILLERS[1])

    def rests(number: int, mean: np.ndarray) -> None:
        mean[row, ROLE_CODE[Role.RUN_STATUS]] = np.nan
        if number % DAY < 96:
            mean[row, ROLE_CODE[Role.POWER]] = 0.2 + 0.1 * math.sin(number)

    assert found(5.0, rests) == set()


def test_a_fan_at_part_speed_that_draws_next_to_nothing_runs() -> None:
    mean = np.full((2, len(ROLES)), np.nan)
    mean[:, ROLE_CODE[Role.FAN_SPEED]] = 100.0, 40.0
    mean[:, ROLE_CODE[Role.POWER]] = 5.0, 0.3
    assert running((0, 1), Table(mean)) == (0, 1)
    mean[:, ROLE_CODE[Role.FAN_SPEED]] = np.nan
    assert running((0, 1), Table(mean)) == (0,)


def warmer(number: int, mean: np.ndarray) -> None:
    """The second day is a warmer one, and a kW of cooling takes the more for it."""
    if number >= DAY:
        for role in (Role.CONDENSER_SUPPLY, Role.CONDENSER_RETURN):
            mean[:, ROLE_CODE[role]] += 3.0
        mean[4:6, ROLE_CODE[Role.POWER]] *= 1.12


def still(number: int, mean: np.ndarray) -> None:
    """The condenser water stays at its coldest whatever the weather, and nobody measures that."""
    mean[IDS.index("plant-a/outside")] = np.nan
    for row in (4, 5):
        supply = mean[row, ROLE_CODE[Role.CONDENSER_SUPPLY]]
        mean[row, ROLE_CODE[Role.POWER]] /= 1.0 + 0.02 * (supply - 24.0)
        mean[row, ROLE_CODE[Role.CONDENSER_RETURN]] += 18.0 - supply
        mean[row, ROLE_CODE[Role.CONDENSER_SUPPLY]] = 18.0


def test_a_slope_that_was_never_seen_is_not_taken_to_be_none() -> None:
    assert found(4.0, still, warmer) == set()


def humid(number: int, mean: np.ndarray) -> None:
    """Nobody measures the wet bulb; from the third day on the air is humid for a day and a half."""
    mean[IDS.index("plant-a/outside"), ROLE_CODE[Role.TEMPERATURE]] = np.nan
    if 3 * DAY <= number < 4.5 * DAY:
        mean[IDS.index("plant-a/tower-1"), ROLE_CODE[Role.FAN_SPEED]] *= 1.6


def test_a_humid_day_scales_no_tower() -> None:
    assert found(6.0, humid) == set()


def test_wet_bulb_alone_scales_no_tower() -> None:
    assert found(5.0, creeping("plant-a/outside", Role.TEMPERATURE, 1.0, factor=False)) == set()


def test_what_all_units_share_is_nobodys_fault() -> None:
    changes = [
        creeping(unit, role, 6.0, factor=False) for unit in UNITS for role in (Role.VALVE, Role.VALVE_COMMAND)
    ]
    assert found(5.0, *changes) == set()


def test_a_new_set_point_is_a_new_region() -> None:
    def change(number: int, mean: np.ndarray) -> None:
        if number >= BEGIN:
            mean[:4, ROLE_CODE[Role.SUPPLY_AIR]] += 2.0
            mean[:4, ROLE_CODE[Role.SUPPLY_AIR_SETPOINT]] += 2.0
            for role in (Role.VALVE, Role.VALVE_COMMAND):
                mean[:4, ROLE_CODE[role]] -= 12.0

    assert found(5.0, change) == set()


def test_a_restored_watch_goes_on_to_the_bit() -> None:
    whole, half = SlowFaults(), SlowFaults()
    for number, mean in blocks(4.0, *CLOGGING, *LEAKING):
        told = step(whole, number, mean)
        if number == 3 * DAY:
            fresh = SlowFaults()
            fresh.restore(decode(encode(half.state())))
            half = fresh
        assert step(half, number, mean) == told
    assert encode(half.state()) == encode(whole.state())
    assert whole.told


def test_gaps_and_missing_values_stop_nothing() -> None:
    rng = np.random.default_rng(3)

    def holes(number: int, mean: np.ndarray) -> None:
        mean[rng.random(mean.shape) < 0.2] = np.nan
        if DAY < number < DAY + 40:
            mean[:] = np.nan

    assert found(4.0, holes) == set()
    assert ("filter_clogged", UNIT) in found(5.0, holes, *CLOGGING)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "PACKED_FROM", sys.maxsize)  # what is learned compresses less well
    slow = SlowFaults()
    sizes = []
    for number, mean in blocks(4.0):
        mean[:4, ROLE_CODE[Role.FAN_SPEED]] *= 1.0 + 0.001 * number
        step(slow, number, mean)
        if number in (DAY, 4 * DAY - 1):
            sizes.append(len(encode(slow.state())))
    assert sizes[0] == pytest.approx(sizes[1], rel=0.05)
    assert slow._reference.samples.max() <= REFERENCE.region_full


def test_equipment_that_appears_when_a_block_closes_is_taken_in() -> None:
    engine = make_engine()
    rows = quiet_hall(1300, racks=1)
    for second in range(0, 1300, 10):
        # A new unit with every tick, so that one comes with the first tick after a block.
        new = [(f"hall-1/crah-{second}/fan_speed", second + 0.5, 70.0)]
        push(engine, [row for row in rows if second <= row[1] < second + 10] + new)
    assert engine.counts.balanced()
