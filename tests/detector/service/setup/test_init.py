"""A starting site and settings: what is written is right, and says what was seen."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from config.errors import ConfigError
from config.settings import Settings
from config.site import Site
from detector.service.cli import app
from tests.detector.service.halls import write_log


def init(*arguments: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["init", *map(str, arguments)])
    return done.exit_code, done.output


def test_a_log_of_ids_gives_a_site_of_them(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log", minutes=2)
    code, output = init("--from", log, "--out", tmp_path)
    assert code == 0, output
    site = Site.load(tmp_path / "site.toml")
    assert site.equipment["hall-1/crah-02"].type == "CRAH"
    assert not any("rack" in id for id in site.equipment)
    settings = Settings.load(tmp_path / "coolwatch.toml")
    assert settings.site == tmp_path / "site.toml"
    assert settings.kafka == Settings.load(None).kafka


def test_foreign_names_and_labels_of_a_table(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text("datetime,Supply Air,anomaly\n2020-01-01 00:00:00,17.5,0\n2020-01-01 00:01:00,17.6,1\n")
    assert init("--from", log, "--out", tmp_path)[0] == 0
    text = (tmp_path / "site.toml").read_text()
    assert Site.load(tmp_path / "site.toml").route("anomaly").ignore
    assert '# match = "Supply Air"' in text


def test_plant_that_stands_alone_becomes_a_zone(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    points = ("plant-a/chiller-1/power", "hall-1/rack-01/power", "hall-2/crah-01/fan_speed")
    log.write_text("".join(f'{{"point":"{p}","time":1700000000000,"value":1}}\n' for p in points))
    assert init("--from", log, "--out", tmp_path)[0] == 0
    assert Site.load(tmp_path / "site.toml").zone_of("hall-2/crah-01") == "plant-a"


def test_files_that_are_there_stay(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log", minutes=1)
    (tmp_path / "site.toml").write_text("# mine\n")
    assert init("--from", log, "--out", tmp_path)[0] != 0
    assert (tmp_path / "site.toml").read_text() == "# mine\n"
    assert init("--from", log, "--out", tmp_path, "--force")[0] == 0


def test_what_the_given_settings_say_stands_in_those_that_are_written(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text("Supply;when\n17,5;01.07.2024 00:00\n17,6;01.07.2024 00:01\n")
    given = tmp_path / "given.toml"
    given.write_text(
        '[log]\nseparator = ";"\ntime_column = "when"\ntime_format = "%d.%m.%Y %H:%M"\n'
        '[engine]\ntick = "20s"\n[kafka]\ntopics = ["a", "b"]\nfast = false\n'
        '[influxdb]\nspool_mib = 7\n[notify]\nrepeat_every = "2h"\n'
    )
    assert init("--from", log, "--config", given, "--out", tmp_path / "out")[0] == 0
    written = tmp_path / "out" / "coolwatch.toml"
    wanted = Settings.load(given)
    assert Settings.load(written).model_copy(update={"site": None}) == wanted
    assert init("--from", log, "--out", tmp_path / "out", "--force")[0] == 0
    assert Settings.load(written).model_copy(update={"site": None}) == wanted


def test_a_log_without_messages_makes_no_site(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text("")
    done = CliRunner().invoke(app, ["init", "--from", str(log), "--out", str(tmp_path)])
    assert isinstance(done.exception, ConfigError)
    assert "holds no messages" in str(done.exception)
    assert not (tmp_path / "site.toml").exists()
