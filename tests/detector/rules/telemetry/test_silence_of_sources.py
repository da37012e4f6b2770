"""What falls silent together is one incident, which lasts until the last of it is heard again."""

from __future__ import annotations

import numpy as np
import pytest

from config.kinds import load_kinds
from config.settings import EngineSettings
from config.site import Site
from detector.engine import Engine
from streams.messages import Incident, State
from tests.detector.feeding import Heard, Row, make_engine, push, quiet_hall, readings_of

HOUR = 3600
RACKS = 12


def silent(rows: list[Row], machines: str, since: float, until: float = 1e9) -> list[Row]:
    """Rows but for those of machines whose ids begin so, from a second to another."""
    return [r for r in rows if not (r[0].startswith(machines) and since <= r[1] < until)]


def hall(seconds: int, every: int = 60) -> list[Row]:
    return quiet_hall(seconds, racks=RACKS, units=4, every=every)


def told(heard: Heard) -> dict[str, list[str]]:
    """States of each incident's versions, by root."""
    found: dict[str, list[str]] = {}
    for incident in heard.incidents:
        assert incident.fault == "telemetry_lost", incident.summary
        found.setdefault(incident.root, []).append(incident.state)
    return found


def is_open(heard: Heard) -> bool:
    return heard.incidents[-1].state is State.FIRING


def test_silence_stays_told_until_it_is_over() -> None:
    heard = push(make_engine(), silent(hall(16 * HOUR, every=300), "hall-1/crah-02", 2 * HOUR, 15 * HOUR))
    (states,) = told(heard).values()
    assert states == ["firing", "resolved"]
    over = [i.resolved for i in heard.incidents if i.resolved is not None]
    assert [round((time - heard.ticks[0].end) / 1e9 / HOUR) for time in over] == [15]


def test_it_stays_told_over_a_restart() -> None:
    rows = silent(hall(12 * HOUR, every=300), "hall-1/crah-02", 2 * HOUR)
    engine = make_engine()
    half = len(rows) // 2
    heard = push(engine, rows[:half])
    engine, _ = Engine.restore(engine.snapshot(), Site.empty(), load_kinds(), EngineSettings())
    heard.push(engine, readings_of(engine, rows[half:]))
    assert told(heard) == {"hall-1/crah-02": ["firing"]}


def test_a_machine_that_the_site_leaves_out_is_missed_no_more() -> None:
    rows = silent(hall(8 * HOUR, every=300), "hall-1/crah-02", 2 * HOUR)
    engine = make_engine()
    half = len(rows) // 2
    heard = push(engine, rows[:half])
    assert is_open(heard)
    retired = Site.loads('[[point]]\nmatch = "hall-1/crah-02/**"\nignore = true\n')
    engine, _ = Engine.restore(engine.snapshot(), retired, load_kinds(), EngineSettings())
    heard.push(engine, readings_of(engine, rows[half:]))
    assert told(heard) == {"hall-1/crah-02": ["firing", "resolved"]}


@pytest.mark.parametrize("every", [10, 60, 300])
def test_machines_behind_one_gateway_are_one_incident_that_names_them(every: int) -> None:
    since = max(HOUR // 4, 12 * every)
    rows = silent(hall(since + max(HOUR // 4, 8 * every), every), "hall-1/crah-", since)
    (incident,) = push(make_engine(), rows).incidents
    assert incident.root == "hall-1/crah-*"
    assert incident.summary.startswith("20 points of 4 machines (crah-01 to crah-04) send nothing any more")


def test_what_falls_silent_at_another_time_is_another_incident() -> None:
    rows = silent(silent(hall(4 * HOUR), "hall-1/crah-", 2 * HOUR), "hall-1/rack-02", 2.5 * HOUR)
    assert told(push(make_engine(), rows)) == {"hall-1/crah-*": ["firing"], "hall-1/rack-02": ["firing"]}


def test_those_that_return_are_taken_out_and_the_others_stay_named() -> None:
    rows = silent(hall(6 * HOUR), "hall-1/", 2 * HOUR, 3 * HOUR)
    rows = silent(silent(rows, "hall-1/rack-0", 2 * HOUR), "hall-1/rack-10", 2 * HOUR, 4 * HOUR)
    rows += [(f"hall-2/rack-{n}/power", float(s), 4.0) for s in range(0, 6 * HOUR, 60) for n in (1, 2, 3)]
    site = '[[zone]]\nname = "plant-a"\nhalls = ["hall-1", "hall-2"]\n'
    engine = make_engine(site, zone="plant-a")
    heard = push(engine, sorted(rows, key=lambda r: r[1]))
    assert told(heard) == {"hall-1": ["firing"]}
    (incident,) = engine.open_incidents()
    assert "9 of 16 machines that fell silent at" in incident.summary
    assert incident.summary.endswith("have not come back: rack-01 to rack-09")


def test_what_does_not_return_from_a_silence_of_the_whole_zone_is_named() -> None:
    rows = silent(hall(24 * HOUR), "hall-1/", 2 * HOUR, 21 * HOUR)
    rows = silent(rows, "hall-1/rack-0", 2 * HOUR)
    heard = push(make_engine(), rows)
    incidents = [i for i in heard.incidents if i.fault == "telemetry_lost"]
    assert [i.state for i in incidents] == ["firing"]
    assert "9 of 16 machines that fell silent at" in incidents[0].summary
    assert (incidents[0].started - heard.ticks[0].end) / 1e9 < 21.5 * HOUR


def test_what_is_read_seldom_is_not_silent_before_its_pace_is_known() -> None:
    rows = [r for r in hall(HOUR, every=10) if "rack" in r[0] or r[1] % 900 < 1]
    assert not push(make_engine(), rows).incidents


def test_what_is_sent_when_it_changes_is_not_missed_while_its_machine_is_heard() -> None:
    rng = np.random.default_rng(2)
    rows = [r for r in hall(30 * HOUR, every=300) if not r[0].endswith("rack-03/inlet_air_temperature")]
    # By day it changes every minute or so, at night it has nothing to say for ten hours.
    changes = np.cumsum(rng.uniform(40, 400, 4000))
    by_day = changes[(changes < 30 * HOUR) & (changes % (20 * HOUR) < 10 * HOUR)]
    rows += [("hall-1/rack-03/inlet_air_temperature", s, 22.0 + rng.normal(0, 0.2)) for s in by_day.tolist()]
    heard = push(make_engine(), sorted(rows, key=lambda r: r[1]))
    assert not heard.of_category("telemetry")


@pytest.mark.parametrize("heartbeat", [300, 900])
def test_a_heartbeat_of_minutes_is_no_silence(heartbeat: int) -> None:
    rng = np.random.default_rng(3)
    rows: list[Row] = []
    for name, _, value in hall(1):
        changes = np.cumsum(rng.uniform(5, 40, 100)) if rng.random() < 0.5 else np.empty(0)
        beats = np.arange(rng.uniform(0, heartbeat), 3 * HOUR, heartbeat)
        rows += [(name, float(s // 10 * 10), value + rng.normal(0, 0.05)) for s in (*changes, *beats)]
    assert not push(make_engine(), sorted(rows, key=lambda r: r[1])).of_category("telemetry")


def test_all_open_incidents_of_silence_are_of_one_source() -> None:
    """Nine units behind one gateway, each with a lone point besides: one incident, not nine."""
    rows = quiet_hall(4 * HOUR, units=9, racks=3, every=60)
    rows = silent(rows, "hall-1/crah-", 2 * HOUR)
    incidents: list[Incident] = push(make_engine(), rows).incidents
    assert [i.root for i in incidents] == ["hall-1"]


def test_a_named_source_that_falls_silent_is_told_by_its_name_and_apart_from_others() -> None:
    site = '[[source]]\nname = "gateway-3"\nmatch = ["hall-1/crah-*"]\n'
    rows = silent(silent(hall(3 * HOUR), "hall-1/crah", HOUR), "hall-1/rack-01", HOUR)
    heard = push(make_engine(site), rows)
    said = {i.root: i.summary for i in heard.incidents}
    assert set(said) == {"hall-1/crah-*", "hall-1/rack-01"}
    assert said["hall-1/crah-*"].startswith("gateway-3 is mute: ")
    assert "gateway" not in said["hall-1/rack-01"]


def test_a_part_of_a_named_source_is_told_as_a_part() -> None:
    site = '[[source]]\nname = "gateway-3"\nmatch = ["hall-1/crah-*"]\n'
    heard = push(make_engine(site), silent(hall(3 * HOUR), "hall-1/crah-02", HOUR))
    (summary,) = {i.summary for i in heard.incidents}
    assert summary.startswith("part of what comes through gateway-3: hall-1/crah-02")
