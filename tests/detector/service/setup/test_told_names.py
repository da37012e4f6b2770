"""What init makes of names whose readings do not all say the same."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from config.sections.messages import MessagesSettings
from config.site import Site
from detector.service.setup.seen_names import SeenNames
from detector.service.setup.starting_site import site_text
from detector.service.setup.told_names import ToldName, told_names
from tests.streams.messages import records_of


def test_readings_without_a_value_take_nothing_from_those_with_a_unit() -> None:
    seen = SeenNames(MessagesSettings())
    values = ["No Data", "24.1 °C", "24.3 °C", "Comm Fail"]
    messages = (
        f'{{"point": "CRAC 2 Ret Air T", "time": {1_750_000_000 + i}, "value": "{value}"}}'
        for i, value in enumerate(values)
    )
    seen.take(records_of([message.encode() for message in messages]))
    (told,) = told_names(seen.tallies)
    assert told.made == "told"
    assert told.proposal is not None
    assert told.proposal.measure == "return_air_temperature"
    assert (told.tally.unit, told.tally.values.count) == ("degC", 2)


def told_of(readings: Iterable[tuple[str, float]], *, minutes: int = 20) -> dict[str, ToldName]:
    """What is made of names in canonical JSON, each with a value around the given one."""
    seen = SeenNames(MessagesSettings())
    named = list(readings)
    messages = (
        f'{{"point": "{name}", "time": {1_750_000_000 + 60 * i}, "value": {value + (i % 3) / 10}}}'
        for i in range(minutes)
        for name, value in named
    )
    seen.take(records_of([message.encode() for message in messages]))
    return {told.tally.name: told for told in told_names(seen.tallies)}


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("crac-1/gauge/supply_air_temperature", "hall-1/crac-1/supply_air_temperature"),
        ("crac/crac-03/supply_air_temperature", "hall-1/crac-03/supply_air_temperature"),
        ("crac-01/trend/Supply_Air_Temperature", "hall-1/crac-01/supply_air_temperature"),
        ("sensor/crac-3/supply_air_temperature", "hall-1/crac-3/supply_air_temperature"),
        ("modbus/dh2-crac-3/supply_air_temperature", "dh-2/crac-3/supply_air_temperature"),
        ("temperature/crac-3/supply_air_temperature", "hall-1/crac-3/supply_air_temperature"),
    ],
)
def test_a_name_of_three_parts_whose_first_is_no_hall_is_mapped(name: str, id: str) -> None:
    told = told_of([(name, 18.0)])[name]
    assert (told.made, told.proposal and told.proposal.id) == ("told", id)


@pytest.mark.parametrize(
    "name",
    [
        "hall-1/crac-03/supply_air_temperature",
        "plant-a/chiller-2/power",
        "dc1/rack-07/inlet_air_temperature/top",
        "tower-2/crac-03/supply_air_temperature",
        "rack-room/crac-03/supply_air_temperature",
        "outside/weather/outside_air_temperature",
    ],
)
def test_an_id_stays_as_it_is(name: str) -> None:
    assert told_of([(name, 20.0)])[name].made == "point"


def test_two_first_parts_that_split_each_machine_are_no_halls() -> None:
    names = [(f"analog/crac-{i}/supply_air_temperature", 18.0) for i in (1, 2, 3)]
    names += [(f"binary/crac-{i}/fan_speed", 60.0) for i in (1, 2, 3)]
    told = told_of(names)
    assert {each.made for each in told.values()} == {"told"}
    assert {each.proposal.equipment_id for each in told.values() if each.proposal} == {
        f"hall-1/crac-{i}" for i in (1, 2, 3)
    }
    halls = [(f"{hall}/crac-1/{measure}", 18.0) for hall in "ab" for measure in ("supply_air_temperature",)]
    assert {each.made for each in told_of(halls).values()} == {"point"}


def test_a_machine_stands_in_the_hall_that_other_names_say() -> None:
    told = told_of([("dh-2/crac-03/supply_air_temperature", 18.0), ("CRAC 3 Return Temp (C)", 27.0)])
    proposal = told["CRAC 3 Return Temp (C)"].proposal
    assert proposal is not None
    assert proposal.id == "dh-2/crac-03/return_air_temperature"


def test_a_name_that_reads_like_an_id_and_is_in_doubt_is_not_read_as_one() -> None:
    told = told_of([("crac-1/gauge/value", 18.0)])
    (each,) = told.values()
    assert each.made != "told"
    site = Site.loads(site_text(list(told.values()), "a test"), "site.toml")
    assert site.route("crac-1/gauge/value").ignore


def test_what_goes_with_a_value_is_left_out_by_the_site_file() -> None:
    told = told_of([("BMS.CRAH01.SupplyAirTemp/v", 18.0), ("BMS.CRAH01.SupplyAirTemp/q", 1.0)])
    assert [each.made for each in told.values()] == ["told", "label"]
    site = Site.loads(site_text(list(told.values()), "a test"), "site.toml")
    assert site.route("BMS.CRAH01.SupplyAirTemp/q").ignore
