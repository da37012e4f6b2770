"""Points that spoke once and never again are let go, and nothing else is another for it."""

from __future__ import annotations

from config.kinds import load_kinds
from config.settings import EngineSettings
from config.site import Site
from detector.bulkhead import ContainedEngine
from tests.detector.feeding import Heard, Row, bits, push, quiet_hall


def heard_after(junk: list[Row], give_back: bool) -> tuple[Heard, ContainedEngine]:
    """What is told of a hall of an hour and a half in its last minutes."""
    engine = ContainedEngine("hall-1", Site.empty(), load_kinds(), EngineSettings())
    hall = quiet_hall(5400, every=60)
    push(engine, [r for r in hall if r[1] < 300.0] + junk + [r for r in hall if 300.0 <= r[1] < 4800.0])
    if give_back:
        assert engine.give_back() is not None
    return push(engine, [r for r in hall if r[1] >= 4800.0]), engine


def test_a_hall_is_judged_as_if_they_had_never_been() -> None:
    junk = [(f"hall-1/junk-{n}/{m}", 300.0, 20.0) for n in range(40) for m in ("power", "fan_speed")]
    heard, engine = heard_after(junk, give_back=True)
    alone, never = heard_after([], give_back=False)
    assert [bits(t) for t in heard.ticks] == [bits(t) for t in alone.ticks]
    ids = set(engine.ids)
    assert set(never.ids) <= ids and len(ids) < len(junk)


def test_what_equipment_that_lives_has_told_once_is_kept_for_a_day() -> None:
    once = [(f"hall-1/rack-01/inlet_air_temperature/place-{n}", 300.0, 22.0) for n in range(5)]
    junk = [(f"hall-1/junk-{n}/power", 300.0, 20.0) for n in range(40)]
    _, engine = heard_after(once + junk, give_back=True)
    assert {row[0] for row in once} <= set(engine.ids)
