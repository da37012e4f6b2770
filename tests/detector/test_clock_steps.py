"""The clocks of a zone step: nothing falls silent, one incident says so, and judging goes on.

Every case is told by how the clocks of a hall go wrong; then all its racks get hot.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.kinds import load_kinds
from config.settings import EngineSettings
from config.site import Site
from detector.engine import Engine
from streams.messages import SECOND, Incident
from tests.detector.feeding import START, Heard, Row, bits, make_engine, push, quiet_hall, readings_of

pytestmark = pytest.mark.numbers

SITE = """
[[limit]]
match = "*/rack-*/inlet_air_temperature/**"
warning = 27.0
critical = 32.0
shutdown = 40.0
"""
HOUR, DAY = 3600.0, 86400.0
STEP_AT, HOT_AT, ENDS = 300.0, 1200.0, 1500.0
RACKS = 12
Arrival = tuple[float, Row]
"""When a reading arrives, in seconds that no clock tells, and what it says."""


def hall(ends: float = ENDS, hot_at: float = HOT_AT, racks: int = RACKS) -> list[Arrival]:
    """A hall whose racks climb from usual to 43 C within two minutes."""
    rows = []
    for point, when, value in quiet_hall(int(ends), racks=racks):
        if "inlet" in point and when >= hot_at:
            value = min(43.0, 22.0 + (when - hot_at) * 0.175)
        rows.append((when, (point, when, value)))
    return rows


def stamped(rows: list[Arrival], by: Callable[[str, float], float]) -> list[Arrival]:
    """The same arrivals with clocks that are off by so many seconds."""
    return [(when, (point, when + by(point, when), value)) for when, (point, _, value) in rows]


def once(rows: list[Arrival], at: float, by: float, racks: int = 99) -> list[Arrival]:
    """One round is wrong."""

    def off(point: str, when: float) -> float:
        chosen = racks > RACKS or any(f"/rack-{n:02d}/" in point for n in range(1, racks + 1))
        return by if at <= when < at + 5.0 and chosen else 0.0

    return stamped(rows, off)


def from_then(by: float, until: float = 1e9) -> list[Arrival]:
    return stamped(hall(), lambda _, when: by if STEP_AT <= when < until else 0.0)


def junk_once(at: float) -> list[Arrival]:
    """Four ids that nobody knows speak once in 2099."""
    far = 4_070_908_800.0 - START / SECOND
    junk = [(at + 0.01 * n, (f"hall-1/rack-9{n}/power", far + n, 1.0)) for n in range(4)]
    return sorted([*hall(), *junk], key=lambda a: a[0])


def newest_first() -> list[Arrival]:
    """Half an hour is kept while nothing comes through, and then sent newest first within a minute."""
    rows = [(w, r) for w, r in hall(ends=ENDS + 1800.0, hot_at=HOT_AT + 1800.0)]
    kept = [(w, r) for w, r in rows if STEP_AT <= w < STEP_AT + 1800.0]
    rest = [(w, r) for w, r in rows if not STEP_AT <= w < STEP_AT + 1800.0]
    sent = [(STEP_AT + 1800.0 + 60.0 * n / len(kept), row) for n, (_, row) in enumerate(reversed(kept))]
    return sorted([*rest, *sent], key=lambda a: a[0])


CASES: dict[str, Callable[[], tuple[list[Arrival], int]]] = {
    # name: arrivals, and how many steps are told
    "one round 10 years ahead": lambda: (once(hall(), STEP_AT, 3650 * DAY), 0),
    "one round 10 years ago": lambda: (once(hall(), STEP_AT, -3650 * DAY), 0),
    "back 2 h": lambda: (from_then(-2 * HOUR), 1),
    "back 20 min": lambda: (from_then(-1200.0), 1),
    "back 1 h": lambda: (from_then(-HOUR), 1),
    "on 1 h": lambda: (from_then(HOUR), 1),
    "on 10 years": lambda: (from_then(3650 * DAY), 1),
    "on 2 h and back": lambda: (from_then(2 * HOUR, STEP_AT + 450.0), 2),
    "back 2 h and on": lambda: (from_then(-2 * HOUR, STEP_AT + 450.0), 2),
    "back 2 h for half a minute": lambda: (from_then(-2 * HOUR, STEP_AT + 30.0), 0),
    "on 2 h for half a minute": lambda: (from_then(2 * HOUR, STEP_AT + 30.0), 0),
    "three racks once far ahead": lambda: (once(hall(), STEP_AT, 3650 * DAY, racks=3), 0),
    "junk once in 2099": lambda: (junk_once(STEP_AT), 0),
    "junk in 2099 first": lambda: (junk_once(-1.0), 0),
    "first round 10 years ahead": lambda: (once(hall(), 0.0, 3650 * DAY), 0),
    "first round in 1970": lambda: (once(hall(), 0.0, -START / SECOND), 0),
    "newest first after half an hour": lambda: (newest_first(), 1),
}
EVERY = pytest.mark.parametrize("name", CASES)


@dataclass
class Told:
    """What was said, and after which arrival."""

    heard: Heard
    engine: Engine
    at: list[tuple[float, Incident]]


def tell(arrivals: list[Arrival]) -> Told:
    """Second by second, so that it is known what each of them brought."""
    engine, heard, at = make_engine(SITE), Heard(), []
    for second, rows in groupby(arrivals, key=lambda arrival: int(arrival[0])):
        before = len(heard.incidents)
        heard.push(engine, readings_of(engine, [row for _, row in rows]))
        at += [(float(second), incident) for incident in heard.incidents[before:]]
    return Told(heard, engine, at)


_told: dict[str, Told] = {}


def told(name: str) -> Told:
    if name not in _told:
        _told[name] = tell(CASES[name]()[0])
    return _told[name]


def first(of: Told, severity: str) -> float:
    return min(when for when, i in of.at if i.severity == severity and i.category == "cooling")


@EVERY
def test_a_limit_pages_as_soon_as_it_does_by_clocks_that_are_right(name: str) -> None:
    shift = 1800.0 if "newest" in name else 0.0
    plain = first(told_plainly(), "emergency") + shift
    assert plain - 1.0 <= first(told(name), "emergency") <= plain + 10.0


def told_plainly() -> Told:
    if "" not in _told:
        _told[""] = tell(hall())
    return _told[""]


@EVERY
def test_ticks_are_judged_to_the_end(name: str) -> None:
    last = max(stamp for _, (_, stamp, _) in CASES[name]()[0][-50:])
    assert told(name).heard.ticks[-1].end >= START + (last - 90.0) * SECOND


@EVERY
def test_each_step_is_told_once(name: str) -> None:
    steps = {i.id: i for i in told(name).heard.of("clock_step")}
    assert len(steps) == CASES[name]()[1]
    assert {i.category for i in steps.values()} <= {"telemetry"}


@EVERY
def test_nothing_else_is_told_but_the_heat(name: str) -> None:
    others = {i.fault for when, i in told(name).at if when < HOT_AT} - {"clock_step"}
    assert not others
    plain = {i.category for i in told_plainly().heard.incidents}
    assert {i.category for i in told(name).heard.incidents} <= plain | {"telemetry"}


@EVERY
def test_nothing_vanishes(name: str) -> None:
    heard = told(name).heard
    assert heard.counts.balanced() and heard.counts.readings == len(CASES[name]()[0])
    assert heard.counts.rejected == len(heard.rejected)
    assert {r.reason for r in heard.rejected} <= {"bad_clock"}


@EVERY
def test_versions_of_an_incident_keep_their_order(name: str) -> None:
    updated: dict[str, int] = {}
    for incident in told(name).heard.incidents:
        assert incident.updated >= updated.get(incident.id, 0)
        updated[incident.id] = incident.updated


# ---- heat while nothing is known of the step


@pytest.fixture(scope="module")
def hot_by_right_clocks() -> float:
    return first(hot_at_the_step(0.0), "critical")


def hot_at_the_step(by: float) -> Told:
    rows = hall(ends=STEP_AT + 200.0, hot_at=STEP_AT)
    return tell(stamped(rows, lambda _, when: by if when >= STEP_AT else 0.0))


@pytest.mark.parametrize("by", [-2 * HOUR, -1200.0, -100.0, HOUR, 3650 * DAY])
def test_heat_that_comes_with_the_step_pages_as_soon(by: float, hot_by_right_clocks: float) -> None:
    assert first(hot_at_the_step(by), "critical") <= hot_by_right_clocks + 1.0


# ---- cut anywhere, stopped anywhere


SECONDS = 400
offsets = st.sampled_from([-2 * HOUR, -1200.0, -400.0, -90.0, 0.0, 100.0, 1000.0, HOUR, 3650 * DAY])
clock_faults = st.lists(
    st.tuples(st.integers(0, SECONDS), st.integers(1, 9), offsets, st.sampled_from([5, 30, SECONDS])),
    max_size=4,
)


def faulty(faults: list[tuple[int, int, float, int]]) -> list[Row]:
    """A hall in which some or all clocks (from the first rack on) are off at some times."""

    def off(point: str, when: float) -> float:
        by = 0.0
        for since, racks, seconds, lasts in faults:
            chosen = racks > 7 or any(f"/rack-{n:02d}/" in point for n in range(1, racks + 1))
            by = seconds if chosen and since <= when < since + lasts else by
        return by

    return [row for _, row in stamped(hall(ends=SECONDS, hot_at=150.0, racks=6), off)]


def named(rows: list[Row]) -> Engine:
    engine = make_engine(SITE)
    for point, _, _ in rows:
        engine.slot(point)
    return engine


@settings(max_examples=6)
@given(clock_faults, st.sets(st.integers(1, 1700), max_size=30))
def test_any_cut_into_batches_says_the_same_whatever_the_clocks_do(
    faults: list[tuple[int, int, float, int]], cuts: set[int]
) -> None:
    rows = faulty(faults)
    whole, cut = named(rows), named(rows)
    heard = push(whole, rows)
    assert bits(push(cut, rows, cuts)) == bits(heard)
    assert cut.snapshot() == whole.snapshot()
    assert heard.counts.balanced() and heard.counts.readings == len(rows)


@settings(max_examples=6)
@given(clock_faults, st.integers(0, 1700))
def test_a_restart_anywhere_changes_nothing_whatever_the_clocks_do(
    faults: list[tuple[int, int, float, int]], at: int
) -> None:
    rows = faulty(faults)
    whole, engine = named(rows), named(rows)
    unbroken, heard = Heard(), Heard()
    unbroken.push(whole, readings_of(whole, rows))
    heard.push(engine, readings_of(engine, rows[:at]))
    engine, dropped = Engine.restore(engine.snapshot(), Site.loads(SITE), load_kinds(), EngineSettings())
    heard.push(engine, readings_of(engine, rows[at:]))
    assert not dropped
    assert bits(heard) == bits(unbroken)
    assert engine.snapshot() == whole.snapshot()
