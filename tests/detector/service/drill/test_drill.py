"""Drills: what is lost, what follows, whether it was warned of; and what the command says of it."""

from __future__ import annotations

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest
from typer.testing import CliRunner

from config.errors import ConfigError
from config.kinds import load_kinds
from config.settings import Settings
from config.site import Site
from detector.service.cli import app
from detector.service.daemon.partition import SavedPartition
from detector.service.daemon.snapshots import SnapshotName, Snapshots
from detector.service.drill.drill import drill, parse_load
from detector.service.drill.drilled import Drilled, Outcome
from detector.service.drill.learned import learned_zones
from detector.service.drill.losses import group_losses, machines, pair_losses, single_losses
from detector.service.drill.picture import picture
from detector.service.drill.table import report
from detector.service.engines.pipeline import Pipeline
from detector.service.people.terminal import terminal
from streams.messages import Readings
from streams.simulator.from_site import Load, model_zone
from streams.simulator.known import Known
from streams.simulator.simulation import simulate
from tests.streams.simulated import scenario

SITE = """
[site]
name = "annex"
[[zone]]
name = "plant-a"
halls = ["hall-1"]
[[hall]]
name = "hall-1"
air_volume_m3 = 120
[[equipment]]
id = "plant-a/chiller-1"
capacity_kw = 60
[[equipment]]
id = "plant-a/chiller-2"
capacity_kw = 60
[[equipment]]
id = "plant-a/pump-1"
[[equipment]]
id = "plant-a/pump-2"
[[equipment]]
id = "hall-1/crah-01"
capacity_kw = 20
[[equipment]]
id = "hall-1/crah-02"
capacity_kw = 20
[[equipment]]
id = "hall-1/crah-03"
capacity_kw = 20
[[service]]
name = "messaging"
racks = ["hall-1/rack-0[1-4]"]
needs = 3
[[service]]
name = "elsewhere"
racks = ["hall-9/rack-01"]
[[limit]]
match = "*/rack-*/inlet_air_temperature/**"
critical = 32
shutdown = 36
"""


@pytest.fixture(scope="module")
def drilled() -> Drilled:
    site = Site.loads(SITE)
    return drill(site, "site.toml", Settings.load(None), Load(part=0.9), outdoor=25.0, minutes=40.0)


def outcome(drilled: Drilled, name: str) -> Outcome:
    return next(each for each in drilled.zones[0].drills if each.name == name)


def test_everything_is_lost_in_turn(drilled: Drilled) -> None:
    (zone,) = drilled.zones
    alone = [each.name for each in zone.drills if each.scope == "one"]
    assert alone == [
        *(f"plant-a/chiller-{n}" for n in (1, 2)),
        *(f"plant-a/pump-{n}" for n in (1, 2)),
        *(f"hall-1/crah-0{n}" for n in (1, 2, 3)),
    ]
    assert (zone.chillers, zone.pumps, zone.towers, zone.units) == (2, 2, 0, 3)
    assert drilled.left_out and "elsewhere" in drilled.left_out[0]


def test_a_unit_of_n_plus_one_is_carried_and_told(drilled: Drilled) -> None:
    healthy = drilled.zones[0].healthy
    assert healthy.carried and healthy.spare.units == {"hall-1": 1} and healthy.false_warnings == []
    for number in (1, 2, 3):
        lost = outcome(drilled, f"hall-1/crah-0{number}")
        assert lost.holds and lost.critical_s is None and lost.services == []
        assert lost.spare.units == {"hall-1": 0}
        assert lost.warned is not None and lost.warned.root == lost.lost[0]


def test_what_takes_all_cooling_drops_the_service_and_is_warned_of_before(drilled: Drilled) -> None:
    for name in ("plant-a/pump-1 + plant-a/pump-2", "all 3 units of hall-1", "all cooling"):
        lost = outcome(drilled, name)
        assert not lost.holds
        assert [service.name for service in lost.services] == ["messaging"]
        assert lost.warned is not None and lost.critical_s is not None and lost.drop_s is not None
        assert 0.0 < lost.warned.after_s < lost.critical_s < lost.drop_s
        assert lost.lead_s == pytest.approx(lost.drop_s - lost.warned.after_s)


def test_fans_and_pumps_that_go_on_gain_time(drilled: Drilled) -> None:
    chillers = outcome(drilled, "plant-a/chiller-1 + plant-a/chiller-2")
    everything = outcome(drilled, "all cooling")
    assert chillers.spare.chillers == -1 and not chillers.holds
    assert everything.critical_s is not None
    assert chillers.critical_s is None or chillers.critical_s > 2.0 * everything.critical_s


def test_the_same_seed_drills_the_same(drilled: Drilled) -> None:
    site = Site.loads(SITE)
    settings = Settings.load(None)
    again = drill(site, "site.toml", settings, Load(part=0.9), outdoor=25.0, minutes=40.0, pairs=False)
    assert {each.name: each for each in again.zones[0].drills if each.scope == "one"} == {
        each.name: each for each in drilled.zones[0].drills if each.scope == "one"
    }


def test_two_of_a_kind_stand_for_any_two() -> None:
    there = machines(model_zone(Site.loads(SITE), "plant-a", Known(), Load(), None))
    assert [loss.name for loss in single_losses(there)] == [machine.id for machine in there]
    pairs, left_out = pair_losses(there, lambda machine: float(machine.id.endswith("2")))
    names = {pair.name: pair.stands_for for pair in pairs}
    assert left_out == 0
    assert names["hall-1/crah-02 + hall-1/crah-01"] == "any two of 3 units of hall-1"
    assert names["plant-a/pump-1 + hall-1/crah-02"] == "plant-a/pump-1 + any of 3 units of hall-1"
    assert len({frozenset(machine.id for machine in pair.lost) for pair in pairs}) == len(pairs)
    assert all(len({machine.id for machine in pair.lost}) == 2 for pair in pairs)
    assert "both pumps" in {loss.name for loss in group_losses(there, pairs=False)}
    assert "both pumps" not in {loss.name for loss in group_losses(there, pairs=True)}


def test_a_load_that_is_not_carried_is_said_and_nothing_is_lost() -> None:
    found = drill(Site.loads(SITE), "site.toml", Settings.load(None), Load(part=1.8), minutes=5.0)
    (zone,) = found.zones
    assert not zone.healthy.carried and zone.drills == []
    console = terminal(record=True, width=120, file=StringIO())
    report(found, console)
    assert "NOT CARRIED EVEN WITH NOTHING LOST" in console.export_text()


def test_the_table_says_it_all(drilled: Drilled) -> None:
    console = terminal(record=True, width=200, file=StringIO())
    report(drilled, console)
    text = console.export_text()
    for words in (
        "hall-1/crah-01 to crah-03, each",
        " messaging",
        "NO: too few pumps",
        "yes, none to spare: units of hall-1",
        "single losses: redundancy holds in 7 of 7",
        "each was warned of before",
    ):
        assert words in text, text


def test_the_picture_has_a_line_for_each_loss_and_loads_nothing(drilled: Drilled) -> None:
    svg = picture(drilled)
    root = ElementTree.fromstring(svg)
    groups = root.findall("{http://www.w3.org/2000/svg}g")
    assert len(groups) == len(drilled.zones[0].drills)
    assert "href" not in svg and "@import" not in svg
    width = float(root.get("width") or 0)
    for box in root.iter("{http://www.w3.org/2000/svg}rect"):
        x, across = float(box.get("x") or 0), float(box.get("width") or 0)
        assert x >= 0.0 and x + across <= width and across > 0.0


def write_snapshot(folder: Path, hours: float) -> Site:
    """A snapshot as the daemon writes it, of a small simulated hall."""
    simulation = simulate(scenario(hours=hours, layout={"rows": 1, "racks_per_row": 5, "unit_kw": 15.0}), 1)
    site = Site.loads(simulation.site_toml)
    engines = Pipeline(site, load_kinds(), Settings.load(None))
    for id in simulation.ids:
        engines.decoder.directory.slot(id)
    for chunk in simulation.chunks():
        engines.zones.judge(Readings(chunk.point, chunk.time, chunk.value), list(simulation.ids))
    body = msgspec.msgpack.encode(SavedPartition("telemetry", 0, 7, 1, engines.save()))
    store = Snapshots(str(folder))
    store.write("telemetry", 0, SnapshotName(7, 1), body)
    return site


def test_a_snapshot_tells_equipment_and_load(tmp_path: Path) -> None:
    site = write_snapshot(tmp_path, 0.5)
    settings = Settings.load(None)
    known = learned_zones([tmp_path], site, load_kinds(), settings.engine)["plant-a"]
    assert {f"hall-1/rack-0{n}" for n in range(1, 6)} <= set(known.equipment)
    racks = [kw for id, kw in known.power_kw.items() if "/rack-" in id]
    assert racks and all(1.0 < kw < 10.0 for kw in racks)
    assert any(id.startswith("plant-a/chiller") for id in known.running)
    assert known.supply_setpoint == pytest.approx(21.2, abs=0.3)
    (file,) = tmp_path.rglob("*.snapshot")
    found = drill(site, "site.toml", settings, Load(), None, [file], pairs=False, minutes=3.0)
    (zone,) = found.zones
    assert zone.racks == 5
    measured = sum(racks) + (5 - len(racks)) * sum(racks) / len(racks)
    assert zone.load_kw == pytest.approx(measured, rel=0.01)


def test_what_is_no_snapshot_is_said(tmp_path: Path) -> None:
    settings = Settings.load(None)
    (tmp_path / "x.snapshot").write_bytes(b"not one")
    for source, words in (
        (tmp_path / "missing", "no such file"),
        (tmp_path, "holds no snapshot"),
        (tmp_path / "x.snapshot", "no snapshot"),
    ):
        with pytest.raises(ConfigError, match=words):
            learned_zones([source], Site.empty(), load_kinds(), settings.engine)


@pytest.mark.parametrize(
    ("text", "load"),
    [
        ("450", Load(kw=450.0)),
        ("450 kW", Load(kw=450.0)),
        ("82.5%", Load(part=0.825)),
        (None, Load()),
    ],
)
def test_loads_are_read(text: str | None, load: Load) -> None:
    assert parse_load(text) == load


@pytest.mark.parametrize("text", ["", "0", "-3", "lots", "80 C"])
def test_what_is_no_load_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="--load"):
        parse_load(text)


def test_the_command_prints_json_and_writes_the_picture(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text(SITE, encoding="utf-8")
    arguments = ["drill", "--site", str(tmp_path / "site.toml"), "--no-pairs", "--minutes", "2", "--json"]
    done = CliRunner().invoke(app, [*arguments, "--picture", str(tmp_path / "drill.svg")])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert list(found) == ["site", "seed", "minutes", "left_out", "zones"]
    assert msgspec.convert(found, Drilled).site == "annex"
    assert {"name", "scope", "lost", "warned", "critical_s", "services", "holds", "spare"} <= set(
        found["zones"][0]["drills"][0]
    )
    ElementTree.parse(tmp_path / "drill.svg")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["drill.svg", "site.toml"]


def test_a_site_with_nothing_to_lose_is_an_error_that_helps(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text('[site]\nname = "bare"\n', encoding="utf-8")
    command = [sys.executable, "-m", "detector.service.cli", "drill", "--site", str(tmp_path / "site.toml")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert "names no cooling unit" in done.stderr and "CRAH" in done.stderr
    assert "Traceback" not in done.stderr
