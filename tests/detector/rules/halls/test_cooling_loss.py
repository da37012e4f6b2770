"""All cooling lost, played by the simulator: who pages, when, and that it is one incident."""

from __future__ import annotations

import pytest

from detector.incidents.faults import explains
from streams.messages import SECOND, Incident
from tests.detector.feeding import Heard
from tests.detector.played import PLANT_AND_UNITS, POWER, Recording, hidden, recorded

pytestmark = pytest.mark.numbers

SEEDS = (0, 1, 2)
CLOSED_WITHIN = 25 * SECOND
"""Of the default tick and lateness, and the slowest gateways."""


@pytest.fixture(scope="module", params=SEEDS)
def recording(request: pytest.FixtureRequest) -> Recording:
    return recorded(seed=request.param)


def cooling(heard: Heard) -> list[Incident]:
    return heard.of_category("cooling")


def first_page(heard: Heard, recording: Recording) -> Incident:
    pages = [i for i in cooling(heard) if i.warned is not None]
    assert pages, "nobody was woken"
    first = min(pages, key=lambda i: i.warned or 0)
    assert first.warned is not None and first.warned >= recording.onset
    return first


@pytest.fixture(scope="module")
def seen(recording: Recording) -> Heard:
    return recording.play()


def test_nothing_is_wrong_before_the_onset(recording: Recording, seen: Heard) -> None:
    assert not [i for i in cooling(seen) if i.started < recording.onset]


def test_it_pages_before_any_inlet_reaches_its_warning_limit(recording: Recording, seen: Heard) -> None:
    page = first_page(seen, recording)
    assert page.warned is not None and page.warned < recording.first_inlet_above(27.0)
    assert "physics" in page.spoke


def test_it_pages_within_a_tenth_of_the_time_to_the_first_drop(recording: Recording, seen: Heard) -> None:
    page = first_page(seen, recording)
    allowed = max(45 * SECOND, (recording.first_drop - recording.onset) // 10)
    assert (page.warned or 0) - recording.onset <= allowed


def test_plant_units_and_racks_are_one_incident(seen: Heard) -> None:
    assert len({i.id for i in cooling(seen)}) == 1


def test_its_root_is_the_plant(seen: Heard) -> None:
    assert cooling(seen)[-1].root == "plant-a"


def test_its_severity_only_rises_and_ends_as_an_emergency(seen: Heard) -> None:
    order = ["warning", "critical", "emergency"]
    ranks = [order.index(i.severity) for i in cooling(seen)]
    assert ranks == sorted(ranks)
    assert ranks[-1] == 2


def test_the_time_to_the_limit_is_told_and_shrinks(recording: Recording, seen: Heard) -> None:
    emergency = [i for i in cooling(seen) if i.severity == "emergency"]
    assert emergency and emergency[-1].time_to_limit is not None
    assert {s.name for s in emergency[-1].services} == set(recording.truth.services)


def told_by_physics(heard: Heard) -> int:
    """When the hall's own physics had spoken at the latest: a tick is judged when lateness has passed."""
    spoke = [i for i in cooling(heard) if i.fault == "cooling_loss" and "physics" in i.spoke]
    assert spoke, "the physics said nothing"
    return spoke[0].updated + CLOSED_WITHIN


def test_with_plant_and_units_hidden_the_physics_of_the_hall_pages_before_the_limit(
    recording: Recording,
) -> None:
    heard = recording.play(hide=hidden(PLANT_AND_UNITS))
    assert told_by_physics(heard) < recording.first_inlet_above(32.0)
    assert len({i.id for i in cooling(heard)}) == 1


def test_with_power_hidden_the_plant_pages_before_the_warning_limit(recording: Recording) -> None:
    heard = recording.play(hide=hidden(POWER))
    page = first_page(heard, recording)
    assert (page.warned or 0) < recording.first_inlet_above(27.0)
    assert explains("cooling_loss", page.fault)


def test_with_nothing_but_inlets_it_still_pages_before_the_critical_limit(recording: Recording) -> None:
    heard = recording.play(hide=lambda id: "/inlet_air_temperature" not in id)
    assert told_by_physics(heard) < recording.first_inlet_above(32.0)


def test_with_inlets_hidden_the_plant_still_pages(recording: Recording) -> None:
    heard = recording.play(hide=lambda id: "/inlet_air_temperature" in id)
    assert (first_page(heard, recording).warned or 0) - recording.onset <= 60 * SECOND
