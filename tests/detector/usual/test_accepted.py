"""What an operator accepts is usual from then on; the rest is not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from config.kinds import load_kinds
from config.settings import EngineSettings
from config.site import Site
from detector.engine import Engine
from streams.messages import Incident
from tests.detector.feeding import START, Row, make_engine, push, readings_of, second_of
from tests.detector.hand_fed import SITE, Values, fed, healthy

CHANGES_AT = 3600.0
ACCEPTED_AT = 4800.0
LASTS_S = 6600.0
PERIOD_S = 10.0


def entry(match: str, second: float = ACCEPTED_AT) -> str:
    at = datetime.fromtimestamp(START / 1e9 + second, UTC)
    return f'[[accepted]]\nmatch = "{match}"\nat = {at:%Y-%m-%dT%H:%M:%SZ}\nnote = "a smaller coil"\n'


def rows() -> list[Row]:
    """A unit that after an hour supplies air 4 K warmer, its valve wide open: the new coil is smaller."""

    def at(second: float) -> Values:
        values = healthy()
        if second >= CHANGES_AT:
            values["hall-1/crah-02/supply_air_temperature"] += 4.0
            values["hall-1/crah-02/valve_position"] = values["hall-1/crah-02/valve_command"] = 90.0
        return values

    return fed(at, LASTS_S, PERIOD_S)


def open_at_the_end(site: str) -> list[Incident]:
    engine = make_engine(SITE + site, zone="plant-a")
    heard = push(engine, rows())
    assert [i.root for i in heard.of("unit_failed")][:1] == ["hall-1/crah-02"]
    return [i for i in engine.open_incidents() if i.category == "cooling"]


def test_without_an_operators_word_it_stays_open() -> None:
    assert [i.root for i in open_at_the_end("")] == ["hall-1/crah-02"]
    assert open_at_the_end(entry("hall-1/crah-03")), "another unit's new coil"


@pytest.mark.parametrize("match", ["hall-1/crah-02", "hall-1"])
def test_what_is_accepted_is_usual_from_then_on(match: str) -> None:
    assert not open_at_the_end(entry(match))


def test_what_was_accepted_while_nobody_looked_counts_from_the_next_start() -> None:
    engine = make_engine(SITE, zone="plant-a")
    push(engine, rows())
    again, _ = Engine.restore(
        engine.snapshot(),
        Site.loads(SITE + entry("hall-1/crah-02", LASTS_S - 600.0)),
        load_kinds(),
        EngineSettings(),
    )
    later = [(name, second + LASTS_S, value) for name, second, value in rows() if second >= CHANGES_AT]
    push(again, [(name, second - CHANGES_AT, value) for name, second, value in later])
    assert not [i for i in again.open_incidents() if i.category == "cooling"]


def test_it_is_forgotten_once_also_across_a_restart() -> None:
    site = SITE + entry("hall-1/crah-02")
    first = make_engine(site, zone="plant-a")
    parts = rows()
    cut = next(k for k, row in enumerate(parts) if row[1] > ACCEPTED_AT - 5.0)
    push(first, parts[:cut])
    again, dropped = Engine.restore(first.snapshot(), Site.loads(site), load_kinds(), EngineSettings())
    assert not dropped
    for engine in (first, again):
        engine.push(readings_of(engine, parts[cut:]))
    assert first.snapshot() == again.snapshot()
    assert second_of(first.event_time or 0) > ACCEPTED_AT
