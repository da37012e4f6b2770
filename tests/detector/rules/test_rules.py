"""One list of rules: each can be switched off, and one that raises loses its own voice and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import wraps
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.kinds import load_kinds
from config.settings import EngineSettings
from config.site import Site
from detector.bulkhead import ContainedEngine
from detector.incidents.faults import FAULTS, Category, Tier
from detector.incidents.sign import Sign
from detector.incidents.speaker import Speaker
from detector.rules import RULES, Rule, without
from detector.tick import Tick
from streams.messages import Incident
from tests.detector.feeding import Heard, Row, bits, changed, push, quiet_hall, readings_of, second_of

OF_THE_ENGINE = {"limit", "limit_unconfirmed", "bad_clock", "clock_step", "renamed"}
OF_THE_ENGINE |= {"sensor_fault", "efficiency_lost"}
"""Faults that no rule tells: limits, clocks and names are no rules, and two are told in finer words only."""
WET = "hall-1/floor-1/leak_alarm"


class NoSuchThing(Exception):
    pass


def failing(name: str, since: float = 0.0, until: float = 1e9) -> tuple[Rule, ...]:
    """All rules, of which one raises for a time, when it has said all that it had to say."""

    def of(rule: Rule) -> Rule:
        @wraps(rule.signs)
        def signs(tick: Tick) -> Iterator[Sign]:
            yield from rule.signs(tick)
            if since <= second_of(tick.end) < until:
                raise NoSuchThing(name)

        return Rule(signs, rule.faults)

    return tuple(of(rule) if rule.name == name else rule for rule in RULES)


def contained(rules: Sequence[Rule] = RULES, saved: bytes | None = None) -> ContainedEngine:
    return ContainedEngine("hall-1", Site.empty(), load_kinds(), EngineSettings(), saved, rules)


def troubled_hall() -> list[Row]:
    """A meter reads nonsense and a unit stops at 200 s; two racks are beyond a limit from 600 s on."""
    rows = changed(quiet_hall(900), "hall-1/rack-04/power", 200, -1e9)
    for point in ("run_status", "fan_speed"):
        rows = changed(rows, f"hall-1/crah-01/{point}", 200, 0.0)
    for rack in ("01", "02"):
        rows = changed(rows, f"hall-1/rack-{rack}/inlet_air_temperature", 600, 43.0)
    return rows


ROWS = troubled_hall()


def but_for(incidents: list[Incident], fault: str) -> list[Incident]:
    return [incident for incident in incidents if incident.fault != fault]


def test_every_rule_has_a_name_of_its_own_words_and_faults_of_the_tree() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(rule.about.endswith(".") for rule in RULES)
    told = {fault for rule in RULES for fault in rule.faults}
    of_the_site = {name for name, fault in FAULTS.items() if fault.category != Category.OPERATIONS}
    assert told == of_the_site - OF_THE_ENGINE


def test_a_rule_that_raises_says_nothing_and_all_others_what_they_did() -> None:
    whole, broken = push(contained(), ROWS), push(contained(failing("sensor_fault")), ROWS)
    assert whole.of("sensor_implausible") and not broken.of("sensor_implausible")
    assert bits(but_for(whole.incidents, "sensor_implausible")) == bits(broken.incidents)
    assert broken.of("unit_failed")[-1].spoke == ("physics", "limits")
    assert broken.counts == whole.counts
    assert len(broken.ticks) == len(whole.ticks)


def test_it_is_named_with_what_it_failed_with_and_the_ticks_that_went_without_it() -> None:
    engine = contained(failing("leak", since=300, until=500))
    heard = push(engine, ROWS)
    (trouble,) = engine.trouble.rules.items()
    name, each = trouble
    assert (name, each.ticks, second_of(each.since), second_of(each.last)) == ("leak", 20, 300, 490)
    assert each.failure.what == "NoSuchThing: leak"
    assert not engine.trouble.limits_only and engine.trouble.ticks == 0
    assert heard.counts.set_aside == 0
    again = contained(saved=engine.snapshot())
    assert again.trouble == engine.trouble


@pytest.mark.parametrize(
    ("told", "named"),
    [("no_such_fault", "no_such_fault"), ("door_open", "hot_spot")],
    ids=["not in the tree", "not in the rule's entry"],
)
def test_a_sign_of_a_fault_that_nobody_named_is_a_failure_of_its_rule_alone(told: str, named: str) -> None:
    def misnamed(tick: Tick) -> Iterator[Sign]:
        yield Sign(Tier.HALL, told, "hall-1", "hall-1", "", 1.0, 1, Speaker.PHYSICS)

    whole, engine = push(contained(), ROWS), contained((Rule(misnamed, (named,)), *RULES))
    assert bits(push(engine, ROWS).incidents) == bits(whole.incidents)
    (trouble,) = engine.trouble.rules.items()
    assert trouble[0] == "misnamed" and told in trouble[1].failure.what


def test_what_it_had_told_stays_open_until_it_is_sound_and_sees_that_it_is_over() -> None:
    rows = [(p, t, 0.0 if p == WET and t >= 320 else x) for p, t, x in quiet_wet()]
    whole = push(contained(), rows).of("leak")
    broken = push(contained(failing("leak", since=300, until=1500)), rows).of("leak")
    assert [i.state for i in whole] == [i.state for i in broken] == ["firing", "resolved"]
    assert second_of(whole[-1].updated) < 700 and second_of(broken[-1].updated) > 1700


def quiet_wet() -> list[Row]:
    rows = quiet_hall(2100, every=10)
    rows += [(WET, second + 0.3, float(second >= 200)) for second in range(0, 2100, 10)]
    return sorted(rows, key=lambda row: row[1])


@settings(max_examples=6)
@given(st.sets(st.integers(1, len(ROWS) - 1), max_size=6), st.sets(st.integers(1, len(ROWS) - 1), max_size=3))
def test_neither_batches_nor_restarts_move_it(cuts: set[int], restarts: set[int]) -> None:
    rules = failing("unit_failed", since=250, until=450)
    whole = contained(rules)
    for point, _, _ in ROWS:
        whole.slot(point)
    expected = push(whole, ROWS)
    engine, heard = contained(rules), Heard()
    for point, _, _ in ROWS:
        engine.slot(point)
    for first, last in pairwise(sorted({0, len(ROWS), *cuts, *restarts})):
        heard.push(engine, readings_of(engine, ROWS[first:last]))
        if last in restarts:
            engine = contained(rules, engine.snapshot())
    assert bits(heard) == bits(expected)
    assert engine.snapshot() == whole.snapshot()


def test_while_every_rule_raises_limits_page_within_seconds() -> None:
    """Two racks warm by 9 K a minute, as air can, and pass their first limit at about 573 s."""
    heat = {f"hall-1/rack-{rack}/inlet_air_temperature" for rack in ("01", "02")}
    rows = [(p, t, x + 0.15 * max(t - 540.0, 0.0) if p in heat else x) for p, t, x in quiet_hall(900)]
    beyond = next(t for p, t, x in rows if p in heat and x > 27.0)
    engine = contained(tuple(failing(rule.name)[n] for n, rule in enumerate(RULES)))
    fired = [i for i in push(engine, rows).of("limit") if i.state == "firing"]
    assert fired and second_of(fired[0].warned or 0) < beyond + 12
    assert set(engine.trouble.rules) == {rule.name for rule in RULES}
    assert not engine.trouble.limits_only


def test_a_rule_that_is_switched_off_says_nothing_and_all_others_what_they_did() -> None:
    whole, engine = push(contained(), ROWS), contained(without(["sensor_fault"]))
    off = push(engine, ROWS)
    assert whole.of("sensor_implausible") and not off.of("sensor_implausible")
    assert bits(but_for(whole.incidents, "sensor_implausible")) == bits(off.incidents)
    assert not engine.trouble.rules
