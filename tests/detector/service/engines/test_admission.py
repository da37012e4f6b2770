"""Ids that come without end: they use up no other's place, and what they displace is told."""

from __future__ import annotations

from typing import Any

import pytest

from config.kinds import load_kinds
from config.settings import Settings
from config.site import Site
from detector.service.daemon.conditions import conditions
from detector.service.daemon.facts import Facts
from detector.service.engines.pipeline import Pipeline
from streams.messages import Incident
from streams.records import Records
from tests.detector.feeding import bits
from tests.detector.service.fakes import message, records_of

SITE = Site.loads(
    """
[[zone]]
name = "plant-a"
halls = ["hall-1"]
[[hall]]
name = "hall-2"
[[limit]]
match = "*/rack-*/inlet_air_temperature"
warning = 27.0
critical = 32.0
shutdown = 40.0
"""
)
INLET = "{}/rack-{:02d}/inlet_air_temperature"


def engines(max_points: int = 100, max_zone_points: int = 40) -> Pipeline:
    settings = Settings()
    engine = settings.engine.model_copy(update={"max_points": max_points, "max_zone_points": max_zone_points})
    return Pipeline(SITE, load_kinds(), settings.model_copy(update={"engine": engine}))


def junk(
    count: int, hall: str = "hall-1", measure: str = "power", first: int = 0, at: float = 0.0
) -> Records:
    """Ids of which each speaks once."""
    return records_of([message(f"{hall}/junk-{first + n}/{measure}", at, 20.0) for n in range(count)])


def hot(partition: Pipeline, hall: str, racks: tuple[int, ...] = (1, 2, 3)) -> list[Incident]:
    """What is told of racks that were never seen and are at 43 C."""
    log = [message(INLET.format(hall, rack), 100.0 + s, 43.0) for s in range(5) for rack in racks]
    return [i for verdict in partition.push(records_of(log)).verdicts for i in verdict.incidents]


def test_ids_without_end_in_one_zone_leave_room_for_others() -> None:
    partition = engines()
    partition.push(junk(1000))
    partition.push(junk(10, "hall-2"))
    assert {zone: engine.points.held for zone, engine in partition.zones.engines.items()} == {
        "plant-a": 16,
        "hall-2": 10,
    }


@pytest.mark.parametrize("hall", ["hall-1", "hall-2"])
def test_new_racks_in_halls_of_the_site_are_held_against_their_limits_beyond_every_budget(hall: str) -> None:
    partition = engines()
    for zone in ("hall-1", "hall-2", "elsewhere"):
        partition.push(junk(1000, zone))
    assert hot(partition, hall)[0].severity == "emergency"


def test_so_are_those_of_a_hall_that_has_long_been_heard() -> None:
    partition = engines()
    known = [message(INLET.format("old-hall", rack), float(s), 22.0) for s in range(3) for rack in (7, 8, 9)]
    partition.push(records_of(known))
    partition.push(junk(1000, "old-hall"))
    assert hot(partition, "old-hall")[0].severity == "emergency"


def test_beyond_the_ceiling_nothing_is_let_in() -> None:
    partition = engines()
    partition.push(junk(1000, measure="inlet_air_temperature/top"))
    partition.push(junk(1000, measure="inlet_air_temperature"))
    assert partition.zones.engines["plant-a"].points.held == 80


def test_a_part_of_the_budget_is_for_ids_that_spoke_once_and_more_come_as_these_prove_themselves() -> None:
    partition = engines(max_points=10_000, max_zone_points=400)
    held = []
    for second in range(6):
        racks = [message(f"hall-2/rack-{n}/power", float(second), 5.0) for n in range(300)]
        partition.push(records_of(racks))
        held.append(partition.zones.engines["hall-2"].points.held)
    assert held[0] == 160 and held[-1] == 300
    partition.push(junk(1000, "hall-2"))
    assert partition.zones.engines["hall-2"].points.held == 400


def test_every_refused_reading_is_in_the_books_and_a_letter() -> None:
    partition = engines()
    judged = partition.push(junk(1000))
    refused = [r for verdict in judged.verdicts for r in verdict.rejected]
    assert len(refused) == 984
    assert {r.reason for r in refused} == {"too_many_points"}
    counts = partition.counts()
    assert counts.balanced() and counts.readings == 1000 and counts.rejected == 984


def test_the_loss_is_told_with_zone_count_samples_and_the_setting_that_mends_it() -> None:
    partition = engines()
    partition.push(junk(1000))
    admission = partition.zones.admission
    facts = Facts(points_refused={"plant-a": (admission.refused["plant-a"], admission.samples["plant-a"])})
    (condition,) = conditions(facts)
    assert (condition.fault, condition.root) == ("points_refused", "plant-a")
    assert "984 readings of plant-a" in condition.summary
    assert "hall-1/junk-999/power" in condition.summary
    assert "max_zone_points" in condition.summary


def test_halls_that_spoke_once_give_their_place_back() -> None:
    partition = engines(max_points=1000)
    for n in range(80):
        partition.push(records_of([message(f"junk-{300 * n + k}/a/power", 0.0, 1.0) for k in range(300)]))
        assert len(partition.zones.engines) <= 256
    counts = partition.counts()
    assert counts.balanced() and counts.readings == 24_000
    assert all(int(zone.split("-")[1]) > 20_000 for zone in partition.zones.engines)


def living(first: int, last: int, racks: int = 20, every: int = 60) -> list[bytes]:
    """A hall of the site that goes on, a round every so many seconds."""
    return [
        message(f"hall-2/rack-{rack:02d}/power", float(second), 5.0)
        for second in range(first, last, every)
        for rack in range(racks)
    ]


def test_ids_that_spoke_once_in_a_living_zone_give_their_place_back_after_an_hour() -> None:
    partition = engines(max_points=1000, max_zone_points=200)
    partition.push(records_of(living(0, 120)))
    partition.push(junk(500, "hall-2", at=120.0))
    full = partition.zones.engines["hall-2"].points.held
    partition.push(records_of(living(120, 7200)))
    partition.push(records_of([message(f"hall-2/new-{n}/power", 7200.0, 5.0) for n in range(60)]))
    points = partition.zones.engines["hall-2"].points
    assert full == 100 and points.held < full
    assert all(points.find(f"hall-2/rack-{rack:02d}/power") is not None for rack in range(20))
    assert points.find("hall-2/new-59/power") is not None
    assert partition.counts().balanced()


@pytest.mark.parametrize("cut", [7, 500])
def test_that_they_do_so_depends_on_no_batch_and_no_restart(cut: int) -> None:
    log = living(0, 120) + [message(f"hall-2/junk-{n}/power", 120.0, 1.0) for n in range(300)]
    log += living(120, 5400) + [message(f"hall-2/more-{n}/power", 5400.0, 1.0) for n in range(300)]
    log += living(5400, 7200)

    def play(size: int, restarts: bool) -> tuple[Pipeline, list[Any]]:
        played, told = engines(max_points=1000, max_zone_points=200), []
        for first in range(0, len(log), size):
            judged = played.push(records_of(log[first : first + size], first_offset=first))
            told += [bits(tick) for verdict in judged.verdicts for tick in verdict.ticks]
            if restarts and first // size % 20 == 0:
                saved, played = played.save(), engines(max_points=1000, max_zone_points=200)
                played.load(saved)
        return played, told

    (whole, told), (parts, told_in_parts) = play(len(log), False), play(cut, True)
    assert told_in_parts == told
    assert parts.counts() == whole.counts()
    assert parts.zones.engines["hall-2"].ids == whole.zones.engines["hall-2"].ids
    assert parts.zones.admission.state() == whole.zones.admission.state()


@pytest.mark.parametrize("cut", [1, 37, 500])
def test_batches_and_restarts_change_nothing(cut: int) -> None:
    log = [message(f"hall-{n % 400 % 7}/r-{n % 900}/power", n / 50.0, 1.0) for n in range(2500)]
    log += [message(f"junk-{n % 300}/r/power", n / 50.0, 1.0) for n in range(2500)]
    whole, parts = engines(), engines()
    whole.push(records_of(log))
    for first in range(0, len(log), cut):
        parts.push(records_of(log[first : first + cut], first_offset=first))
        if first % 1500 == 0:
            saved, parts = parts.save(), engines()
            parts.load(saved)
    assert parts.counts() == whole.counts()
    assert {z: e.ids for z, e in parts.zones.engines.items()} == {
        z: e.ids for z, e in whole.zones.engines.items()
    }
    assert parts.zones.admission.state() == whole.zones.admission.state()
