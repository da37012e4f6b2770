"""The life of an incident: pending, firing, resolved; one for a cause, its name kept, its severity rising."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.incidents.cause import T as CAUSE
from detector.incidents.faults import FAULTS, SEVERITY_CODE, Category, Severity, Tier, category_of, explains
from detector.incidents.incidents import Incidents
from detector.incidents.incidents import T as LIFE
from detector.incidents.outlook import Outlook
from detector.incidents.sign import Sign
from detector.incidents.speaker import Speaker
from streams.messages import SECOND, Incident, ServiceTime
from tests.detector.feeding import START

TICK = 10 * SECOND


def sign(tier: Tier, fault: str, root: str, hall: str = "hall-1", **how: Any) -> Sign:
    usual: dict[str, Any] = {
        "evidence": f"{root}: {fault}",
        "confidence": 0.8,
        "confirm_s": 20,
        "spoke": Speaker.PHYSICS,
    }
    return Sign(tier=tier, fault=fault, root=root, hall=hall, **{**usual, **how})


CHILLERS = sign(Tier.PLANT, "chillers_lost", "plant-a", hall="", severity=Severity.CRITICAL, confidence=0.95)
UNITS = sign(Tier.HALL, "units_lost", "hall-1", severity=Severity.CRITICAL, confidence=0.9)
AIR = sign(Tier.HALL, "cooling_loss", "hall-1", severity=Severity.CRITICAL)
FAN = sign(Tier.UNIT, "unit_failed", "hall-1/crah-01")
FAN_2 = sign(Tier.UNIT, "unit_failed", "hall-1/crah-02")
SPOT = sign(Tier.RACK, "hot_spot", "hall-1/rack-03")
SENSOR = sign(Tier.POINT, "sensor_stuck", "hall-1/rack-01/inlet_air_temperature")


def limit(rack: int, severity: Severity = Severity.WARNING, hall: str = "hall-1") -> Sign:
    return sign(
        Tier.RACK,
        "limit",
        f"{hall}/rack-{rack:02d}",
        hall,
        confirm_s=0,
        spoke=Speaker.LIMITS,
        confidence=0.6,
        severity=severity,
        always_pages=severity is not Severity.WARNING,
    )


class Life:
    """Incidents, one tick after another."""

    def __init__(self, tick: int = TICK) -> None:
        self.length = tick
        self.incidents = Incidents("plant-a", tick)
        self.now = START
        self.told: list[Incident] = []

    def tick(self, *seen: Sign, times: int = 1, outlook: dict[str, Outlook] | None = None) -> list[Incident]:
        told: list[Incident] = []
        for _ in range(times):
            self.now += self.length
            told += self.incidents.observe(list(seen), self.now, self.now + 5 * SECOND, outlook or {})
        self.told += told
        return told

    @property
    def ids(self) -> set[str]:
        return {i.id for i in self.told}


def test_it_is_pending_until_enough_ticks_in_a_row_have_shown_it() -> None:
    life = Life()
    assert not life.tick(FAN)
    (fired,) = life.tick(FAN)
    assert (fired.state, fired.fault, fired.root, fired.severity) == (
        "firing",
        "unit_failed",
        "hall-1/crah-01",
        "warning",
    )
    assert fired.started == START + TICK
    assert fired.warned == START + 2 * TICK + 5 * SECOND


@pytest.mark.parametrize(
    ("tick_s", "confirm_s", "ticks"),
    [(1, 0, 1), (10, 0, 1), (600, 0, 1), (1, 30, 30), (10, 30, 3), (60, 30, 2), (600, 30, 2), (60, 180, 3)],
)
def test_it_is_confirmed_by_seconds_and_by_two_ticks_unless_at_once(
    tick_s: int, confirm_s: int, ticks: int
) -> None:
    life, seen = Life(tick_s * SECOND), sign(Tier.UNIT, "unit_failed", "hall-1/crah-01", confirm_s=confirm_s)
    assert not life.tick(seen, times=ticks - 1)
    (fired,) = life.tick(seen)
    assert fired.started == START + tick_s * SECOND


@pytest.mark.parametrize(("apart", "told"), [(5, True), (9, True), (11, False)])
def test_in_short_ticks_it_may_go_unseen_for_a_few_seconds(apart: int, told: bool) -> None:
    life, seen = Life(SECOND), sign(Tier.UNIT, "unit_failed", "hall-1/crah-01", confirm_s=30)
    for _ in range(10):
        life.tick(seen)
        life.tick(times=apart - 1)
        assert not life.told or life.now >= START + 30 * SECOND
    assert bool(life.told) == told


def test_what_older_snapshots_counted_in_ticks_is_time() -> None:
    seen = sign(Tier.UNIT, "unit_failed", "hall-1/crah-01", confirm_s=60)
    before = Life(5 * SECOND)
    before.tick(seen, times=8)
    saved = [{name: x for name, x in c.items() if name != "seen_for"} for c in before.incidents.state()]
    after = Life(5 * SECOND)
    after.incidents.restore(saved)
    after.now = before.now
    assert not after.tick(seen, times=3)
    assert after.tick(seen)


def test_a_sign_that_goes_away_while_pending_starts_afresh() -> None:
    life = Life()
    for _ in range(5):
        assert not life.tick(FAN)
        assert not life.tick()
    assert not life.incidents.open


def test_it_resolves_when_nothing_has_shown_it_for_a_while() -> None:
    life = Life()
    life.tick(FAN, times=2)
    quiet = LIFE.hold_s * SECOND // TICK
    assert not life.tick(times=quiet - 1)
    (over,) = life.tick()
    assert (over.state, over.resolved, over.id) == ("resolved", life.now, life.told[0].id)
    assert not life.incidents.open


def test_a_sign_that_comes_back_in_time_is_the_same_incident() -> None:
    life = Life()
    life.tick(FAN, times=2)
    for _ in range(5):
        life.tick(times=20)
        life.tick(FAN)
    assert len(life.ids) == 1
    assert {i.state for i in life.told} == {"firing"}


def test_a_sign_that_comes_back_too_late_is_another_incident() -> None:
    life = Life()
    life.tick(FAN, times=2)
    life.tick(times=40)
    life.tick(FAN, times=2)
    assert len(life.ids) == 2


def test_nothing_is_told_twice() -> None:
    life = Life()
    life.tick(FAN, times=2)
    assert not life.tick(FAN, times=50)


def test_plant_units_and_racks_are_one_cause() -> None:
    life = Life()
    life.tick(CHILLERS)
    life.tick(CHILLERS, UNITS, AIR)
    life.tick(CHILLERS, UNITS, AIR, FAN, FAN_2, *(limit(n) for n in range(12)))
    life.tick(CHILLERS, *(limit(n, Severity.EMERGENCY) for n in range(12)))
    assert len(life.ids) == 1
    last = life.told[-1]
    assert (last.fault, last.root, last.severity) == ("chillers_lost", "plant-a", "emergency")
    assert {"physics", "limits"} == set(last.spoke)


def test_what_began_lower_down_keeps_its_name_while_root_and_fault_move_up() -> None:
    life = Life()
    life.tick(FAN, times=3)
    life.tick(UNITS, FAN)
    life.tick(CHILLERS, UNITS, FAN)
    assert len(life.ids) == 1
    assert [(i.fault, i.root) for i in life.told] == [
        ("unit_failed", "hall-1/crah-01"),
        ("units_lost", "hall-1"),
        ("chillers_lost", "plant-a"),
    ]
    assert {i.first_root for i in life.told} == {"hall-1/crah-01"}
    assert len({i.started for i in life.told}) == 1


def test_what_began_long_ago_is_a_cause_of_its_own() -> None:
    life = Life()
    life.tick(FAN, times=CAUSE.same_cause_s * SECOND // TICK + 2)
    life.tick(FAN, CHILLERS, times=2)
    assert len(life.ids) == 2


def test_racks_of_one_hall_that_pass_limits_together_are_one() -> None:
    life = Life()
    for n in range(6):
        life.tick(*(limit(m) for m in range(n + 1)))
    assert len(life.ids) == 1
    assert life.told[-1].root == "hall-1"


def test_a_limit_that_fires_a_pending_spot_leaves_it_its_name() -> None:
    life = Life()
    life.tick(SPOT)
    (fired,) = life.tick(SPOT, limit(3))
    assert (fired.fault, fired.root) == ("hot_spot", "hall-1/rack-03")


def test_spots_at_several_racks_are_the_halls_whichever_is_seen_when_they_fire() -> None:
    life = Life()
    life.tick(SPOT, sign(Tier.RACK, "hot_spot", "hall-1/rack-07"))
    (fired,) = life.tick(SPOT)
    assert (fired.fault, fired.root) == ("hot_spot", "hall-1")


def test_racks_of_two_halls_are_two() -> None:
    life = Life()
    life.tick(limit(1), limit(1, hall="hall-2"))
    assert len(life.ids) == 2


def test_a_sensor_is_no_sign_of_a_loss_of_cooling() -> None:
    life = Life()
    life.tick(CHILLERS, SENSOR, times=2)
    assert {(i.category, i.fault) for i in life.told} == {
        ("cooling", "chillers_lost"),
        ("sensor", "sensor_stuck"),
    }


def test_a_limit_wakes_someone_at_once_even_where_its_cause_is_pending() -> None:
    life = Life()
    life.tick(sign(Tier.HALL, "cooling_loss", "hall-1", confirm_s=60))
    (fired,) = life.tick(sign(Tier.HALL, "cooling_loss", "hall-1", confirm_s=60), limit(1, Severity.CRITICAL))
    assert (fired.state, fired.severity) == ("firing", "critical")


def test_between_ticks_nothing_counts_as_gone() -> None:
    life = Life()
    life.tick(FAN)
    life.incidents.observe([limit(9, hall="hall-2")], life.now + TICK, life.now, {}, tick_done=False)
    (fired,) = life.tick(FAN)
    assert fired.fault == "unit_failed"


def outlook(seconds: float | None, service: str = "messaging") -> dict[str, Outlook]:
    return {"hall-1": Outlook(seconds, (ServiceTime(service, seconds),))}


def test_the_forecast_raises_severity_and_never_lowers_it() -> None:
    life = Life()
    life.tick(sign(Tier.HALL, "cooling_loss", "hall-1"), times=2)
    for seconds in (3600.0, 1500.0, 500.0, 1500.0, 7200.0, None):
        life.tick(AIR, outlook=outlook(seconds))
    assert [i.severity for i in life.told][-1] == "emergency"
    codes = [SEVERITY_CODE[Severity(i.severity)] for i in life.told]
    assert codes == sorted(codes)


def test_the_summary_names_the_service_that_drops_first() -> None:
    life = Life()
    life.tick(AIR, times=2, outlook=outlook(720.0))
    assert "messaging is at its limit in about 12 min" in life.told[-1].summary


any_sign = st.sampled_from(
    [CHILLERS, UNITS, AIR, FAN, FAN_2, SPOT, SENSOR, limit(1), limit(2, Severity.CRITICAL)]
)
any_outlook = st.sampled_from([{}, outlook(None), outlook(400.0), outlook(1200.0), outlook(9000.0)])


@settings(max_examples=60)
@given(st.lists(st.tuples(st.lists(any_sign, max_size=4), any_outlook), max_size=60))
def test_whatever_is_seen_an_incident_lives_by_the_rules(
    course: list[tuple[list[Sign], dict[str, Outlook]]],
) -> None:
    life = Life()
    for seen, ahead in course:
        life.tick(*seen, outlook=ahead)
    life.tick(times=40)
    assert not life.incidents.open
    for id in life.ids:
        versions = [i for i in life.told if i.id == id]
        states = [i.state for i in versions]
        assert states == ["firing"] * (len(states) - 1) + ["resolved"] and len(states) >= 2
        codes = [SEVERITY_CODE[Severity(i.severity)] for i in versions]
        assert codes == sorted(codes)
        assert [i.updated for i in versions] == sorted(i.updated for i in versions)
        assert len({(i.first_root, i.started, i.warned) for i in versions}) == 1
        assert all(i.evidence and i.summary and i.category == category_of(i.fault) for i in versions)


@settings(max_examples=30)
@given(st.lists(st.lists(any_sign, max_size=4), max_size=40), st.integers(0, 40))
def test_put_back_from_their_state_they_go_on_alike(course: list[list[Sign]], cut: int) -> None:
    whole, part = Life(), Life()
    for n, seen in enumerate(course):
        if n == cut:
            state = msgspec.msgpack.decode(msgspec.msgpack.encode(part.incidents.state()))
            part.incidents = Incidents("plant-a", TICK)
            part.incidents.restore(state)
        assert whole.tick(*seen) == part.tick(*seen)


def test_the_name_is_that_of_zone_root_category_and_tick() -> None:
    one, same, later = Life(), Life(), Life()
    later.tick()
    for life in (one, same, later):
        life.tick(FAN, times=2)
    assert one.ids == same.ids != later.ids


def test_each_fault_has_a_parent_of_its_own_category_and_a_way_to_the_top() -> None:
    for fault, (category, parent, meaning) in FAULTS.items():
        assert explains(fault, fault)
        assert isinstance(category, Category)
        assert meaning
        if parent is not None:
            assert category_of(parent) is category
            assert explains(parent, fault) and not explains(fault, parent)
