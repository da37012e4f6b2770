"""Shapes and dialects of tables as sites have them, told without settings."""

from __future__ import annotations

import gzip
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from config.errors import ConfigError
from config.sections.log import LogSettings
from config.sections.messages import MessagesSettings
from kernels.rfc3339 import NOT_A_TIME
from streams.sources.logs import LogSource
from streams.sources.tables import Table
from tests.streams.played_logs import SECOND, Cell, cells_of, told_of, units_of


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))
    return path


AT = [f"2025-03-03T10:{minute:02}:00Z" for minute in range(8)]
TWO: list[Cell] = [
    cell for i, at in enumerate(AT) for cell in (("A Zuluft [°C]", at, 18.0 + i / 10), ("B", at, 1.0 + i))
]


def wide(rows: int = 8, *, day: str = "03.03.2025", joint: str = " ") -> str:
    """Two columns as a German export has them."""
    lines = [
        f"{day}{joint}10:{i:02}:00;{18 + i / 10:.1f};{1 + i:.1f}".replace(".", ",").replace(
            day.replace(".", ","), day
        )
        for i in range(rows)
    ]
    head = "Datum;Zeit" if joint == ";" else "Zeitpunkt"
    return "\n".join([f"{head};A Zuluft [°C];B", *lines, ""])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("joint", [" ", ";"])
@pytest.mark.parametrize("preamble", ["", "Trendexport Halle 1\nZeitraum: 03.03.2025 00:00\n\n"])
def test_a_german_export_is_read_as_it_is(tmp_path: Path, encoding: str, joint: str, preamble: str) -> None:
    log = write(tmp_path / "trend.csv", preamble + wide(joint=joint), encoding)
    assert cells_of(log) == TWO
    assert units_of(log) == {"A Zuluft [°C]": "degC", "B": ""}


def test_a_date_whose_time_of_day_is_left_out_is_refused(tmp_path: Path) -> None:
    log = write(tmp_path / "trend.csv", wide(joint=";"))
    with pytest.raises(ConfigError, match=r"midnight[\s\S]*time_column"):
        cells_of(log, time_column="Datum", time_format="%d.%m.%Y")
    assert cells_of(log, time_format="%d.%m.%Y") == TWO  # the time of day is in the next column


def test_a_row_a_machine_makes_a_point_of_machine_and_column(tmp_path: Path) -> None:
    rows = [f"{at},cdu-{n},{18 + n},{30 + n}" for at in AT for n in (1, 2)]
    log = write(tmp_path / "cdus.csv", "\n".join(["timestamp,unit_id,supply,return", *rows]))
    assert cells_of(log)[:4] == [
        ("cdu-1/supply", AT[0], 19),
        ("cdu-1/return", AT[0], 31),
        ("cdu-2/supply", AT[0], 20),
        ("cdu-2/return", AT[0], 32),
    ]


def test_a_file_a_point_is_named_by_its_file(tmp_path: Path) -> None:
    flags = ["{ok}"] * 6 + ["{fault,down,stale}"] * 2
    logs = [
        write(
            tmp_path / f"{name}.csv",
            "Timestamp,Trend Flags,Status,Value (°F)\n"
            + "".join(
                f"03-Mar-25 {5 + i // 60:02}:{i:02}:00 AM EST,{{ }},{flags[i]},{65 + i}\n" for i in range(8)
            ),
        )
        for name in ("crac-01_sup", "crac-02_sup")
    ]
    cells = cells_of(*logs)
    assert cells[:2] == [("crac-01_sup", AT[0], 65), ("crac-02_sup", AT[0], 65)]
    assert cells[-2:] == [(f"crac-0{n}_sup", AT[7], "72.0 {fault|down|stale}") for n in (1, 2)]
    assert set(units_of(*logs).values()) == {"degF"}


def test_a_file_a_metric_with_a_column_of_devices(tmp_path: Path) -> None:
    logs = [
        write(
            tmp_path / f"{name}.csv",
            "timestamp,value,device,plugin\n" + "".join(f"{at},{n},cdz{n},v\n" for at in AT for n in (1, 2)),
        )
        for name in ("Fan_Speed", "Supply")
    ]
    assert [cell[0] for cell in cells_of(*logs)[:4]] == [
        "Fan_Speed/cdz1", "Fan_Speed/cdz2", "Supply/cdz1", "Supply/cdz2",
    ]  # fmt: skip


def test_a_long_table_under_other_headers(tmp_path: Path) -> None:
    rows = [f"{at};{tag};{value}" for at in AT for tag, value in (("T1", "18,5"), ("Pump", "Ein"))]
    log = write(tmp_path / "long.csv", "\n".join(["Zeit;Messpunkt;Wert", *rows]))
    assert cells_of(log)[:2] == [("T1", AT[0], 18.5), ("Pump", AT[0], "Ein")]


def test_rows_that_nothing_tells_apart_are_refused(tmp_path: Path) -> None:
    rows = [f"{at},{18 + n},{30 + n}" for at in AT for n in range(4)]
    log = write(tmp_path / "mixed.csv", "\n".join(["timestamp,supply,return", *rows]))
    with pytest.raises(ConfigError, match=r"time of another[\s\S]*point ="):
        cells_of(log)


def test_days_that_may_be_months_are_told_by_what_follows_or_refused(tmp_path: Path) -> None:
    one = "when,A\n" + "".join(f"05/06/2025 {hour}:00 PM,{hour}\n" for hour in range(1, 9))
    with pytest.raises(ConfigError, match=r"day or month first[\s\S]*time_format"):
        cells_of(write(tmp_path / "one.csv", one))
    two = "when,A\n" + "".join(f"05/{day:02}/2025 1:00 PM,{day}\n" for day in (6, 7, 8))
    assert cells_of(write(tmp_path / "two.csv", two))[1] == ("A", "2025-05-07T13:00:00Z", 7)
    assert told_of(tmp_path / "two.csv")[1] == []


def test_a_folder_and_a_zip_file_are_several_logs(tmp_path: Path) -> None:
    for hall in ("hall-1", "hall-2"):
        for n in (1, 2):
            rows = "".join(f"{at},{18 + n},{30 + n}\n" for at in AT)
            write(tmp_path / "export" / hall / f"crac-{n}.csv", "time,supply,return\n" + rows)
    write(tmp_path / "export" / "README.txt", "Exported by hand.")
    folder = cells_of(tmp_path / "export", point="{folder}/{file}/{column}")
    assert [cell[0] for cell in folder[:8:2]] == [f"hall-{h}/crac-{n}/supply" for h in (1, 2) for n in (1, 2)]
    with zipfile.ZipFile(tmp_path / "export.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted((tmp_path / "export").rglob("*.csv")):
            packed = gzip.compress(path.read_bytes())
            archive.writestr(f"{path.parent.name}/{path.name}.gz", packed)
    assert cells_of(tmp_path / "export.zip", point="{folder}/{file}/{column}") == folder
    assert cells_of(tmp_path / "export.zip") == folder  # nothing else tells the four apart


@pytest.mark.parametrize(
    ("name", "match"),
    [("trend.xlsx", "CSV"), ("logs.tar", "unpack"), ("logs.zip", "right file"), ("logs", "no logs")],
)
def test_what_holds_no_logs_says_what_to_do(tmp_path: Path, name: str, match: str) -> None:
    if "." in name:
        write(tmp_path / name, "no log")
    else:
        (tmp_path / name).mkdir()
    with pytest.raises(ConfigError, match=match):
        cells_of(tmp_path / name)


def test_files_of_one_header_at_the_same_times_are_of_several_machines(tmp_path: Path) -> None:
    rows = "".join(f"{at},18,30\n" for at in AT)
    logs = [write(tmp_path / f"crac-{n}.csv", "time,supply,return\n" + rows) for n in (1, 2)]
    assert {cell[0] for cell in cells_of(*logs)} == {
        f"crac-{n}/{m}" for n in (1, 2) for m in ("supply", "return")
    }
    later = write(tmp_path / "crac-3.csv", "time,supply,return\n" + rows.replace("-03T", "-04T"))
    assert {cell[0] for cell in cells_of(logs[0], later)} == {"supply", "return"}  # one day after another
    with pytest.raises(ConfigError, match=r"other values[\s\S]*\{file\}"):
        write(tmp_path / "crac-2.csv", "time,supply,return\n" + rows.replace("18", "19"))
        cells_of(*logs, point="{column}")


def test_annotated_csv_changes_its_header_within_the_file(tmp_path: Path) -> None:
    def block(field: str, tags: dict[str, str], value: str) -> str:
        head = ["", "result", "table", "_start", "_stop", "_time", "_value", "_field", "_measurement", *tags]
        rows = [["", "", "0", AT[0], AT[-1], at, value, field, "crac", *tags.values()] for at in AT[:3]]
        notes = [
            ["#group"] + ["false"] * 8,
            ["#datatype"] + ["string"] * 8,
            ["#default", "_result"] + [""] * 7,
        ]
        return "\r\n".join(",".join(row) for row in [*notes, head, *rows, [], []])

    text = block("supply", {"host": "a"}, "18.5") + block("fan", {"host": "a", "unit": "c1"}, "70")
    cells = cells_of(write(tmp_path / "flux.csv", text))
    assert [cell[0] for cell in cells] == ["crac/a/supply"] * 3 + ["crac/a/c1/fan"] * 3
    assert [cell[1:] for cell in cells[:2]] == [(AT[0], 18.5), (AT[1], 18.5)]


def test_a_header_that_comes_again_is_no_row(tmp_path: Path) -> None:
    rows = [f"{at},{i}" for i, at in enumerate(AT)]
    text = "\n".join(["time,A", *rows[:3], "# restarted", "time,A", *rows[3:5], "time,B", *rows[5:]])
    cells = cells_of(write(tmp_path / "restarts.csv", text))
    assert [(name, value) for name, _, value in cells] == [("A", i) for i in range(5)] + [
        ("B", i) for i in (5, 6, 7)
    ]


@pytest.mark.parametrize("suffix", ["csv", "csv.gz"])
def test_one_point_after_the_other_and_the_newest_first_are_put_in_order(tmp_path: Path, suffix: str) -> None:
    def saved(name: str, lines: list[str]) -> Path:
        text = "\n".join(lines).encode()
        path = tmp_path / f"{name}.{suffix}"
        path.write_bytes(gzip.compress(text) if suffix.endswith("gz") else text)
        return path

    times = [
        f"2025-03-{day:02}T{hour:02}:{minute:02}:00Z"
        for day in (3, 4)
        for hour in range(24)
        for minute in range(60)
    ]
    pairs = [(tag, at) for tag in ("T1", "T2", "T3") for at in times]
    by_point = saved("points", ["time,tag,value", *(f"{at},{tag},1" for tag, at in pairs)])
    cells = cells_of(by_point)
    assert [cell[1] for cell in cells] == sorted(at for _, at in pairs)
    assert "one point stands after the other" in told_of(by_point)[0]
    backwards = saved("backwards", ["time,A", *(f"{at},{i}" for i, at in reversed(list(enumerate(times))))])
    assert [cell[2] for cell in cells_of(backwards)] == list(range(len(times)))
    assert cells_of(backwards, order="file") == list(reversed(cells_of(backwards)))


AUTUMN = ["01:30", "02:00", "02:30", "02:00", "02:30", "03:00"]
UTC_TIMES = ["23:30", "00:00", "00:30", "01:00", "01:30", "02:00"]


@pytest.mark.parametrize("newest_first", [False, True])
def test_in_the_hour_that_comes_twice_the_order_of_the_rows_decides(
    tmp_path: Path, newest_first: bool
) -> None:
    minutes = [f"{hour}:{m:02}" for hour in ("01", "02", "02", "03") for m in range(60)]
    rows = [f"26.10.2025 {at};{i}" for i, at in enumerate(minutes)]
    log = write(tmp_path / "wide.csv", "\n".join(["Zeit;A", *(reversed(rows) if newest_first else rows)]))
    cells = cells_of(log, time_zone="Europe/Berlin")
    start = datetime(2025, 10, 25, 23, tzinfo=UTC)
    assert [cell[1] for cell in cells] == [
        f"{start + timedelta(minutes=i):%Y-%m-%dT%H:%M:%SZ}" for i in range(240)
    ]


def test_each_point_goes_through_the_hour_that_comes_twice_by_itself(tmp_path: Path) -> None:
    rows = [f"26.10.2025 {at};{tag};{i}" for tag in ("T1", "T2") for i, at in enumerate(AUTUMN)]
    log = write(tmp_path / "long.csv", "\n".join(["Zeit;Tag;Wert", *rows]))
    cells = cells_of(log, time_zone="Europe/Berlin", order="file")
    assert [cell[1][11:16] for cell in cells] == UTC_TIMES * 2


def test_a_zone_in_the_text_needs_no_order(tmp_path: Path) -> None:
    zones = ["MESZ", "MESZ", "MESZ", "MEZ", "MEZ", "MEZ"]
    rows = [f"26.10.2025 {at} {zone};{i}" for i, (at, zone) in enumerate(zip(AUTUMN, zones, strict=True))]
    log = write(tmp_path / "zones.csv", "\n".join(["Zeit;A", *rows]))
    assert [cell[1][11:16] for cell in cells_of(log)] == UTC_TIMES
    shanghai = [f"2025-06-15 08:00:00 CST,{i}" for i in range(3)]
    log = write(tmp_path / "cst.csv", "\n".join(["time,A", *shanghai]))
    with pytest.raises(ConfigError, match=r"CST[\s\S]*time_zone"):
        cells_of(log)
    assert cells_of(log, time_zone="Asia/Shanghai")[0][1] == "2025-06-15T00:00:00Z"
    assert cells_of(log, time_zone="America/Chicago")[0][1] == "2025-06-15T14:00:00Z"


def test_in_spring_the_hour_that_is_left_out_is_no_time(tmp_path: Path) -> None:
    rows = [f"30.03.2025 {at};{i}" for i, at in enumerate(["01:30", "01:59", "02:30", "03:00"])]
    log = write(tmp_path / "spring.csv", "\n".join(["Zeit;A", *rows]))
    batches = LogSource([log], LogSettings(time_zone="Europe/Berlin"), MessagesSettings()).batches()
    time = np.concatenate([batch.time for batch in batches if isinstance(batch, Table)])
    assert time[2] == NOT_A_TIME
    assert np.diff(time[[0, 1, 3]]).tolist() == [29 * 60 * SECOND, 60 * SECOND]


def test_a_header_of_several_lines_names_units_and_machines(tmp_path: Path) -> None:
    rows = [f'"{at}",{18 + i},{70 + i}' for i, at in enumerate(AT)]
    log = write(
        tmp_path / "logger.csv", "\n".join(['"TS","T","RH"', '"time","degC","%"', '"","Avg","Smp"', *rows])
    )
    assert cells_of(log)[:2] == [("T [degC]", AT[0], 18), ("RH [%]", AT[0], 70)]
    assert units_of(log) == {"T [degC]": "degC", "RH [%]": "%"}
    rows = [f"{at},18,28,19,29" for at in AT]
    text = "\n".join([",CRAC-1,,CRAC-2,", "Time,Supply,Return,Supply,Return", *rows])
    cells = cells_of(write(tmp_path / "machines.csv", text))
    assert [cell[0] for cell in cells[:4]] == [
        "CRAC-1 Supply",
        "CRAC-1 Return",
        "CRAC-2 Supply",
        "CRAC-2 Return",
    ]


def test_settings_that_fit_another_log_are_an_error_in_words(tmp_path: Path) -> None:
    log = write(tmp_path / "trend.csv", wide(), "utf-16")
    with pytest.raises(ConfigError, match="'Datum'"):
        cells_of(log, time_column=("Datum", "Zeit"), preamble=4, separator=";", decimal=",")


@pytest.mark.parametrize(
    "key", ["time_column", "value_column", "unit_column", "quality_column", "point_column"]
)
def test_a_column_that_the_settings_name_and_that_is_not_there_is_an_error(tmp_path: Path, key: str) -> None:
    """And is not told from the log instead, as if nothing had been said."""
    rows = "".join(f"{at},crac-1,{20 + i}\n" for i, at in enumerate(AT))
    log = write(tmp_path / "log.csv", "time,point,value\n" + rows)
    assert len(cells_of(log)) == len(AT)
    with pytest.raises(ConfigError, match=r"'Valeu'[\s\S]*is not there"):
        cells_of(log, **{key: "Valeu"})


def test_a_quality_beside_each_value_is_heeded(tmp_path: Path) -> None:
    rows = [f"{at},18,Good,19,{'Bad' if i else 'Good'}" for i, at in enumerate(AT)]
    log = write(tmp_path / "pairs.csv", "\n".join(["time,T1,T1 Status,T2,T2 Status", *rows]))
    assert cells_of(log)[:4] == [
        ("T1", AT[0], 18), ("T2", AT[0], 19), ("T1", AT[1], 18), ("T2", AT[1], "19.0 {Bad}"),
    ]  # fmt: skip
