"""A starting site and settings: what is written is right, and says what was seen."""

from __future__ import annotations

import json
import resource
from pathlib import Path

import pytest
from typer.testing import CliRunner

from config.errors import ConfigError
from config.kinds import load_kinds
from config.sections.messages import MessagesSettings
from config.settings import LogSettings, Settings
from config.site import Site
from config.times import SECOND
from detector.service.cli import app
from detector.service.setup.written import write_together
from streams.formats.decoder import Decoder
from streams.sources.logs import LogSource
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
    code, output = init("--from", log, "--out", tmp_path)
    assert code == 1, output  # a replay would judge nothing
    assert output.startswith("None of the names in log.csv says which point it is")
    text = (tmp_path / "site.toml").read_text()
    assert Site.load(tmp_path / "site.toml").route("anomaly").ignore
    assert '# match = "Supply Air"' in text
    assert "degC" not in text


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
    log.write_text("CRAC-1 Supply Temp;when\n17,5;01.07.2024 00:00\n17,6;01.07.2024 00:01\n")
    given = tmp_path / "given.toml"
    given.write_text(
        '[log]\nseparator = ";"\ndecimal = ","\ntime_column = "when"\ntime_format = "%d.%m.%Y %H:%M"\n'
        '[engine]\ntick = "20s"\n[kafka]\ntopics = ["a", "b"]\nfast = false\n'
        '[influxdb]\nspool_mib = 7\n[notify]\nrepeat_every = "2h"\n'
    )
    assert init("--from", log, "--config", given, "--out", tmp_path / "out")[0] == 0
    written = tmp_path / "out" / "coolwatch.toml"
    wanted = Settings.load(given)
    told = {"log": wanted.log.model_copy(update={"point": "{column}"}), "site": None}
    for _ in range(2):
        assert Settings.load(written).model_copy(update=told) == wanted.model_copy(update=told)
        for key in wanted.log.model_fields_set:
            assert getattr(Settings.load(written).log, key) == getattr(wanted.log, key)
        assert init("--from", log, "--out", tmp_path / "out", "--force")[0] == 0


def test_how_an_overwritten_file_says_that_another_log_was_laid_out_does_not_stay(tmp_path: Path) -> None:
    apart, joined = tmp_path / "apart.csv", tmp_path / "joined.csv"
    rows = [f"15.06.2025;10:{i:02}:00;18,{i % 10}" for i in range(30)]
    name = "hall-1/crac-01/supply_air_temperature"
    apart.write_text("\n".join(["Export", "", f"Datum;Zeit;{name}", *rows]))
    joined.write_text("\n".join([f"Zeitpunkt;{name}", *(row.replace(";", " ", 1) for row in rows)]))
    (tmp_path / "coolwatch.toml").write_text('[log]\ntime_zone = "Europe/Berlin"\n')
    for log in (apart, joined, apart):
        code, output = init("--from", log, "--out", tmp_path, "--force")
        assert code == 0, output
    written = Settings.load(tmp_path / "coolwatch.toml").log
    assert (written.time_column, written.preamble) == (("Datum", "Zeit"), 2)
    assert written.time_zone == "Europe/Berlin"


def test_a_log_without_messages_makes_no_site(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text("")
    done = CliRunner().invoke(app, ["init", "--from", str(log), "--out", str(tmp_path)])
    assert isinstance(done.exception, ConfigError)
    assert "holds no messages" in str(done.exception)
    assert not (tmp_path / "site.toml").exists()


def rows(*values: object) -> str:
    return ",".join(map(str, values)) + "\n"


def table(path: Path, columns: list[str], row: list[object], minutes: int = 20) -> Path:
    lines = [rows("time", *columns)]
    lines += [rows(f"2026-03-01T10:{i:02}:00Z", *row) for i in range(minutes)]
    path.write_text("".join(lines), encoding="utf-8")
    return path


def test_what_it_is_sure_of_stands_and_works_at_once(tmp_path: Path) -> None:
    columns = [
        "DH2/CRAH-1 SAT (degF)",
        "DH2/CRAH-1 RAT (degF)",
        "DH2/CRAH-1 Fan Spd (%)",
        "DH2/RACK-4 Load [W]",
    ]
    log = table(tmp_path / "trend.csv", columns, [64.9, 84.2, 71.0, 6120])
    code, output = init("--from", log, "--out", tmp_path)
    assert code == 0, output
    site = Site.load(tmp_path / "site.toml")
    supply, power = site.route(columns[0]), site.route(columns[3])
    assert (supply.id, supply.unit) == ("dh-2/crah-1/supply_air_temperature", "degF")
    assert (power.id, power.unit) == ("dh-2/rack-4/power", "W")
    settings = ("--site", tmp_path / "site.toml", "--config", tmp_path / "coolwatch.toml")
    done = CliRunner().invoke(app, ["replay", str(log), *map(str, settings), "--json"])
    told = json.loads(done.output)
    assert (done.exit_code, told["ignored"], told["rejected"]) == (0, 0, 0)


def test_what_it_doubts_is_a_comment_and_what_it_cannot_tell_is_called_unknown(tmp_path: Path) -> None:
    columns = ["CRAC 1 Sup Air T", "CRAC 1 [kW]", "PLC7.AI_12", "CRAC 1 Supply Air Flow"]
    log = table(tmp_path / "trend.csv", columns, [17.1, 4.2, 5.5, 911.0])
    code, output = init("--from", log, "--out", tmp_path)
    assert code == 0, output
    text = (tmp_path / "site.toml").read_text()
    site = Site.load(tmp_path / "site.toml")
    assert site.route("CRAC 1 Sup Air T").id == "hall-1/crac-1/supply_air_temperature"
    assert site.route("CRAC 1 [kW]").id == "hall-1/crac-1/power"
    assert site.route("PLC7.AI_12").id == "PLC7.AI_12"
    assert site.route("CRAC 1 Supply Air Flow").id == "CRAC 1 Supply Air Flow"
    assert '# id = "hall-1/crac-1/supply_air_flow"' in text
    assert "# Unknown" in text
    assert text.index("# Unknown") < text.index('# match = "PLC7.AI_12"')
    assert "degC" not in text
    assert "? PLC7.AI_12: unknown, always 5.5, 20 readings" in output
    assert "hall-1 is a guess" in text


def test_what_could_not_be_read_is_said_first_and_ends_with_exit_code_1(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    good = '{"point":"hall-1/crac-1/power","time":1750000000000,"value":4.5}\n'
    log.write_text(good * 50 + '{"hello": "world"}\n' * 50)
    code, output = init("--from", log, "--out", tmp_path)
    assert code == 1
    assert output.startswith("50 of 100 records of log.jsonl could not be read.")
    assert "hello" in output.splitlines()[1]
    assert (tmp_path / "site.toml").exists()


def test_where_no_name_is_found_nothing_is_written(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text('{"hello": "world"}\n' * 9)
    code, output = init("--from", log, "--out", tmp_path)
    assert code == 1
    assert "could not be read" in output
    assert not (tmp_path / "site.toml").exists()


def test_metrics_that_no_template_wants_are_proposed_with_their_tenths(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    metric = (
        '{"name":"cooler","tags":{"agent_host":"10.1.1.9"},"fields":{"SupplyAirTemp":%d,"Mode":2},'
        '"timestamp":%d}\n'
    )
    log.write_text("".join(metric % (181 + i % 9, 1_750_000_000 + 60 * i) for i in range(30)))
    code, output = init("--from", log, "--out", tmp_path)
    assert "SupplyAirTemp" in (tmp_path / "site.toml").read_text(), output
    assert "10.1.1.9" in output
    assert code in (0, 1)


def test_a_name_that_comes_late_in_a_long_log_is_seen(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    line = '{"point":"h/r-1/power","time":%d,"value":4.5}\n'
    late = '{"point":"CRAC 9 Fan Status","time":%d,"value":%s}\n'
    with log.open("w") as file:
        file.write("".join(line % (1_750_000_000_000 + i) for i in range(210_000)))
        file.write("".join(late % (1_750_000_300_000 + i, "true") for i in range(3)))
    assert init("--from", log, "--out", tmp_path)[0] == 0
    assert Site.load(tmp_path / "site.toml").route("CRAC 9 Fan Status").id == "hall-1/crac-9/run_status"


def test_words_for_states_are_states(tmp_path: Path) -> None:
    log = table(tmp_path / "log.csv", ["CRAC 2 Fan", "CRAC 2 Mode"], ["On", "Turbo"])
    code, output = init("--from", log, "--out", tmp_path)
    assert code == 0, output
    site = Site.load(tmp_path / "site.toml")
    assert site.route("CRAC 2 Fan").id == "hall-1/crac-2/run_status"
    assert site.route("CRAC 2 Mode").id == "CRAC 2 Mode"


def test_the_tick_follows_the_pace(tmp_path: Path) -> None:
    log = table(tmp_path / "log.csv", ["CRAC 2 Supply Air Temp [C]"], [17.5])
    assert init("--from", log, "--out", tmp_path)[0] == 0
    assert Settings.load(tmp_path / "coolwatch.toml").engine.tick == 60 * SECOND
    for i in range(2):
        (tmp_path / "site.toml").unlink(missing_ok=True)
        (tmp_path / "coolwatch.toml").unlink(missing_ok=True)
        fast = tmp_path / "fast.jsonl"
        line = '{"point":"h/crac-1/power","time":%d,"value":4.5}\n'
        fast.write_text("".join(line % (1_750_000_000_000 + 1000 * j) for j in range(50 + i)))
        assert init("--from", fast, "--out", tmp_path)[0] == 0
        assert Settings.load(tmp_path / "coolwatch.toml").engine.tick == 10 * SECOND


def test_how_a_table_is_written_stands_in_the_settings(tmp_path: Path) -> None:
    log = tmp_path / "trend.csv"
    head = "Zeitpunkt;ULK-1 Zulufttemperatur [°C];ULK-1 Betriebsmeldung\n"
    lines = [f"{13 + i // 60}.06.2026 10:{i % 60:02};17,{i % 9};Ein\n" for i in range(70)]
    log.write_text(head + "".join(lines), encoding="cp1252")
    code, output = init("--from", log, "--out", tmp_path)
    assert code == 0, output
    settings = Settings.load(tmp_path / "coolwatch.toml")
    assert (settings.log.separator, settings.log.decimal) == (";", ",")
    site = Site.load(tmp_path / "site.toml")
    assert site.route("ULK-1 Zulufttemperatur [°C]").id == "hall-1/ulk-1/supply_air_temperature"
    assert site.equipment["hall-1/ulk-1"].type == "CRAH"


def test_a_table_that_cannot_be_read_without_doubt_gives_the_doubt_first(tmp_path: Path) -> None:
    log = tmp_path / "trend.csv"
    log.write_text("time,CRAC 1 kW\n" + "".join(f"03/04/2026 10:0{i},4.5\n" for i in range(9)))
    code, output = init("--from", log, "--out", tmp_path)
    assert code == 1
    assert output.startswith("trend.csv cannot be read without doubt")
    assert not (tmp_path / "site.toml").exists()


def test_two_sources_under_one_name_are_said(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    line = '{"point":"h/crac-1/power","time":%d,"value":%s}\n'
    log.write_text("".join(line % (1_750_000_000_000 + 10_000 * (i // 2), 4 + i % 2) for i in range(80)))
    code, output = init("--from", log, "--out", tmp_path)
    assert code == 1
    assert output.startswith("Two sources under one id")


def test_two_machines_that_send_in_turn_under_one_id_are_said(tmp_path: Path) -> None:
    """As after a configuration was copied: no two readings share a stamp, and none is late."""
    levels = {
        "supply_air_temperature": (18.1, 24.3),
        "fan_speed": (74.0, 0.0),
        "return_air_temperature": (28, 28),
    }

    def log(name: str, machines: int) -> Path:
        readings = [
            {
                "point": f"h/crac-1/{measure}",
                "time": 1_750_000_000_000 + 60_000 * i + 7_000 * k,
                "value": both[k],
            }
            for i in range(60)
            for k in range(machines)
            for measure, both in levels.items()
        ]
        (tmp_path / name).write_text("\n".join(map(json.dumps, readings)))
        return tmp_path / name

    assert init("--from", log("one.jsonl", 1), "--out", tmp_path / "one")[0] == 0
    code, output = init("--from", log("two.jsonl", 2), "--out", tmp_path / "two")
    assert code == 1
    assert output.startswith("Two sources under one id? h/crac-1 has two in two.jsonl")
    assert "supply air temperature 18.1 and 24.3" in output and "fan speed 74 and 0" in output


def test_the_pace_is_told_of_times_in_seconds_too(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    line = '{"point":"h/crac-1/power","time":%d,"value":4.25}\n'
    log.write_text("".join(line % (1_750_000_000 + 300 * i) for i in range(20)))
    code, output = init("--from", log, "--out", tmp_path, "--json")
    assert code == 0
    assert json.loads(output)["pace_s"] == 300
    assert Settings.load(tmp_path / "coolwatch.toml").engine.tick == 60 * SECOND


def test_whatever_letters_names_have_what_is_written_can_be_read(tmp_path: Path) -> None:
    names = ["\U00020bb7-1/crah-01/power", "AHU 1\x7f SAT", "AHU 1\n SAT", "\U00020bb7 Kw"]
    log = tmp_path / "log.jsonl"
    messages = [
        {"point": name, "time": 1_750_000_000_000 + i, "value": 4.5} for i in range(9) for name in names
    ]
    log.write_text("\n".join(map(json.dumps, messages)))
    assert "written: " in init("--from", log, "--out", tmp_path)[1]
    site = Site.load(tmp_path / "site.toml")
    assert list(site.equipment) == ["\U00020bb7-1/crah-01"]


def test_all_of_it_as_json(tmp_path: Path) -> None:
    log = table(tmp_path / "log.csv", ["CRAC 2 Supply Air Temp [C]", "AI_3"], [17.5, 3.0])
    code, output = init("--from", log, "--out", tmp_path, "--json")
    assert code == 0
    told = json.loads(output)
    names = {each["name"]: each for each in told["names"]}
    assert names["CRAC 2 Supply Air Temp [C]"]["made"] == "told"
    assert names["CRAC 2 Supply Air Temp [C]"]["id"] == "hall-1/crac-2/supply_air_temperature"
    assert names["AI_3"]["made"] == "unknown"
    assert told["not_understood"] == []
    assert told["pace_s"] == 60


def test_a_site_file_that_is_overwritten_is_kept_beside(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log", minutes=1)
    (tmp_path / "site.toml").write_text("# mine\n")
    assert init("--from", log, "--out", tmp_path, "--force")[0] == 0
    assert (tmp_path / "site.toml.bak").read_text() == "# mine\n"
    assert sorted(path.name for path in tmp_path.glob("*.toml*")) == [
        "coolwatch.toml", "site.toml", "site.toml.bak",
    ]  # fmt: skip


def test_where_one_file_cannot_be_written_whole_none_takes_the_place_of_what_is_there(tmp_path: Path) -> None:
    site, settings = tmp_path / "site.toml", tmp_path / "coolwatch.toml"
    site.write_text("# mine\n")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))  # as a disk on which little is free
    try:
        with pytest.raises(ConfigError, match="cannot be written"):
            write_together([(site, "# new\n"), (settings, "#" * 10_000)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert site.read_text() == "# mine\n"
    assert list(tmp_path.iterdir()) == [site]
    settings.mkdir()
    with pytest.raises(ConfigError, match="is a folder"):
        write_together([(site, "# new\n"), (settings, "")])
    assert site.read_text() == "# mine\n"


def test_a_device_is_never_put_out_of_its_place_and_what_was_found_is_printed(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log", minutes=2)
    (tmp_path / "coolwatch.toml").symlink_to("/dev/null")
    (tmp_path / "coolwatch.toml").resolve(strict=True)
    done = CliRunner().invoke(app, ["init", "--from", str(log), "--out", str(tmp_path), "--force"])
    assert isinstance(done.exception, ConfigError) and "device" in done.exception.problem
    assert "names in" in done.output
    assert Path("/dev/null").is_char_device() and not (tmp_path / "site.toml").exists()


def test_what_makes_a_name_stands_in_the_settings_and_holds_for_another_day(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    for day in (15, 16):
        for n in (1, 2):
            rows = "".join(f"2025-06-{day} 10:{i:02}:00,18.{i},31.{i}\n" for i in range(20))
            (folder / f"CRAC{n}_2025-06-{day}.csv").write_text(f"time,SAT (C),RAT (C)\n{rows}")
        rows = "".join(f"2025-06-{day} 10:{i:02}:00,21.{i}\n" for i in range(20))
        (folder / f"racks_2025-06-{day}.csv").write_text(f"time,Rack 1 inlet (C)\n{rows}")
    code, output = init("--from", folder, "--out", tmp_path)
    assert code == 0, output
    assert Settings.load(tmp_path / "coolwatch.toml").log.point == "{file}/{column}"
    assert set(Site.load(tmp_path / "site.toml").named_points()) == {
        "hall-1/crac-1/supply_air_temperature", "hall-1/crac-1/return_air_temperature",
        "hall-1/crac-2/supply_air_temperature", "hall-1/crac-2/return_air_temperature",
        "hall-1/rack-1/inlet_air_temperature",
    }  # fmt: skip


def test_what_the_proposed_site_file_names_is_not_called_unread(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text(
        "".join(
            f'{{"point": "/Site/Hall/CRAC {n}/{name}", "time": {1_750_000_000 + i}, "value": {value}.{i}}}\n'
            for i in range(9)
            for n in (1, 2)
            for name, value in (("SAT", 18), ("RAT", 27))
        )
    )
    code, output = init("--from", log, "--out", tmp_path)
    assert code == 0, output
    assert "could not be read" not in output
    decoder = Decoder(Site.load(tmp_path / "site.toml"), load_kinds(), MessagesSettings())
    decoded = list(LogSource([log], LogSettings(), MessagesSettings()).decoded(decoder))
    assert sum(len(each.readings) for each in decoded) == 36
    assert not [reject for each in decoded for reject in each.rejects]
