"""Recorded logs: message lines, CSV and Parquet, whole and damaged."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from config.errors import ConfigError
from config.kinds import load_kinds
from config.sections.log import LogSettings
from config.sections.messages import Format, MessagesSettings
from config.site import Site
from streams.errors import RejectReason
from streams.formats.decoder import Decoder
from streams.messages import Counts, Reject
from streams.sources import log_file
from streams.sources.logs import LogSource

SECOND = 1_000_000_000
START = 1_700_000_000
SITE = """
[[point]]
match = "SA_TEMP"
id = "h/crah/supply_air_temperature"
unit = "degF"
[[point]]
match = "anomaly"
ignore = true
"""
Row = tuple[str, float, float]
"""(point, seconds after START, value)"""


class Played:
    """All that comes out of some logs."""

    def __init__(self, paths: Sequence[Path], messages: Format = "auto", **settings: str) -> None:
        written = MessagesSettings(format=messages)
        self.source = LogSource(paths, LogSettings(**settings), written)
        self.decoder = Decoder(Site.loads(SITE), load_kinds(), written)
        self.rows: list[Row] = []
        self.rejects: list[Reject] = []
        self.counts = Counts()
        for decoded in self.source.decoded(self.decoder):
            self.counts.add(decoded.counts)
            self.rejects += decoded.rejects
            columns = decoded.readings
            for point, time, value in zip(columns.point, columns.time, columns.value, strict=True):
                seconds = (int(time) - START * SECOND) / SECOND
                self.rows.append((self.decoder.directory.ids[point], seconds, round(float(value), 6)))
        assert self.counts.balanced()
        assert self.source.read_bytes == self.source.total_bytes > 0

    def reasons(self) -> list[tuple[int, str]]:
        return [(reject.offset, reject.reason) for reject in self.rejects]


def line(point: str, seconds: float, value: float) -> str:
    return json.dumps({"point": point, "time": START * 1000 + round(seconds * 1000), "value": value})


def written(path: Path, text: str | bytes) -> Path:
    data = text.encode() if isinstance(text, str) else text
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


A, B = "h/a/inlet_air_temperature", "h/b/inlet_air_temperature"


# ---- message lines


@pytest.mark.parametrize("name", ["log.jsonl", "log.jsonl.gz", "log.ndjson", "log.JSON"])
def test_lines_of_messages_in_the_order_in_which_they_stand(tmp_path: Path, name: str) -> None:
    text = "\r\n".join([line(A, 10, 20), "", line(A, 5, 21), "  ", line(B, 10, 22)])
    played = Played([written(tmp_path / name, text)])
    assert played.rows == [(A, 10, 20), (A, 5, 21), (B, 10, 22)]
    assert played.reasons() == [(4, RejectReason.EMPTY)]  # a line of spaces; a blank line is none


def test_lines_longer_than_a_block_and_blocks_that_cut_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_file, "BLOCK", 64)
    array = "[" + ",".join(line(A, i, i) for i in range(30)) + "]"
    text = "\n".join([*(line(B, i, i) for i in range(50)), array, line(B, 99, 1), ""])
    played = Played([written(tmp_path / "log.jsonl", text)])
    assert played.rows == [
        *((B, i, i) for i in range(50)),
        *((A, i, i) for i in range(30)),
        (B, 99, 1),
    ]


def test_a_line_that_never_ends_is_cut_and_what_follows_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_file, "BLOCK", 64)
    monkeypatch.setattr(log_file, "LONGEST_LINE", 256)
    played = Played([written(tmp_path / "log.jsonl", "x" * 2000 + "\n" + line(A, 1, 2))])
    assert played.rows == [(A, 1, 2)]
    assert {reject.reason for reject in played.rejects} == {RejectReason.BROKEN_LINE}


def test_a_log_that_breaks_off_says_so_and_is_played_that_far(tmp_path: Path) -> None:
    path = written(tmp_path / "log.jsonl.gz", "\n".join(line(A, i, 20) for i in range(9000)))
    path.write_bytes(path.read_bytes()[:-2000])
    played = Played([path])
    assert played.rows[:2] == [(A, 0, 20), (A, 1, 20)]
    assert [reject.reason for reject in played.rejects].count(RejectReason.CORRUPT_BATCH) == 1


@pytest.mark.parametrize("rows", [300, 30_000])
def test_a_table_that_breaks_off_is_read_to_its_last_whole_row(tmp_path: Path, rows: int) -> None:
    """However short: how it is written is told from what there is, and no value is cut short."""
    text = f"time;{A}\n" + "".join(f"{START + i};{20 + i % 7},{i % 97:02}\n" for i in range(rows))
    path = written(tmp_path / "log.csv.gz", text)
    path.write_bytes(path.read_bytes()[:-200])
    played = Played([path])
    assert len(played.rows) > rows // 2
    assert played.rows == [(A, i, 20 + i % 7 + i % 97 / 100) for i in range(len(played.rows))]
    assert [reject.reason for reject in played.rejects] == [RejectReason.CORRUPT_BATCH]


def test_times_that_turn_bad_within_a_log_are_rejects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_file, "BLOCK", 200)
    text = f"time,{A}\n" + f"{START},20\n" * 20 + "noon,20\n" * 60
    played = Played([written(tmp_path / "log.csv", text)])
    assert (len(played.rows), len(played.rejects)) == (20, 60)


def test_telegraf_and_line_protocol_lines_too(tmp_path: Path) -> None:
    metric = {
        "name": "m",
        "tags": {"hall": "h", "equipment": "a"},
        "fields": {"inlet_air_temperature": 20},
        "timestamp": START,
    }
    text = f"{json.dumps(metric)}\nm,hall=h,equipment=b inlet_air_temperature=21 {START + 1}000000000\n"
    assert Played([written(tmp_path / "log.txt", text)]).rows == [(A, 0, 20), (B, 1, 21)]


# ---- several logs


def test_logs_side_by_side_are_merged_by_arrival(tmp_path: Path) -> None:
    first = [(A, i, i) for i in range(0, 100, 2)]
    second = [(B, i, i) for i in range(1, 100, 3)]
    paths = [
        written(tmp_path / f"{i}.jsonl", "\n".join(line(*row) for row in rows))
        for i, rows in enumerate([first, second])
    ]
    assert Played(paths).rows == sorted(first + second, key=lambda row: row[1])


def test_logs_of_one_day_after_another_follow_each_other_however_they_are_given(tmp_path: Path) -> None:
    days = [[(A, 86_400 * day + i, i) for i in range(50)] for day in range(3)]
    paths = [
        written(tmp_path / f"{i}.jsonl.gz", "\n".join(line(*row) for row in day))
        for i, day in enumerate(days)
    ]
    assert Played([paths[2], paths[0], paths[1]]).rows == [row for day in days for row in day]


def test_tables_and_messages_go_together(tmp_path: Path) -> None:
    lines = written(tmp_path / "a.jsonl", "\n".join(line(A, i, i) for i in (0, 2, 4)))
    table = written(tmp_path / "b.csv", f"time,{B},SA_TEMP\n{START + 1},1.5,50\n{START + 3},warm,\n")
    played = Played([lines, table])
    supply = "h/crah/supply_air_temperature"
    assert played.rows == [(A, 0, 0), (B, 1, 1.5), (supply, 1, 10), (A, 2, 2), (A, 4, 4)]
    assert [reject.reason for reject in played.rejects] == [RejectReason.WRONG_TYPE]


METRIC = {"name": "m", "tags": {"hall": "h", "equipment": "a"}}
LINES_OF: dict[Format, Callable[[float], str]] = {
    "auto": lambda seconds: line(A, seconds, seconds),
    "json": lambda seconds: line(A, seconds, seconds),
    "telegraf": lambda seconds: json.dumps(
        METRIC | {"fields": {"inlet_air_temperature": seconds}, "timestamp": START + seconds}
    ),
    "line": lambda seconds: (
        f"m,hall=h,equipment=a inlet_air_temperature={seconds} {START + seconds}000000000"
    ),
}
"""A reading of `A` in each format."""


@pytest.mark.parametrize("messages", LINES_OF)
def test_a_table_beside_messages_is_read_as_alone_whatever_format_these_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, messages: Format
) -> None:
    monkeypatch.setattr(log_file, "BLOCK", 500)
    format_of = LINES_OF[messages]
    logs = [
        written(tmp_path / "a.jsonl", "\n".join([*(format_of(i) for i in range(0, 90, 3)), "{broken", " "])),
        written(
            tmp_path / "wide.csv",
            f"time,{B},SA_TEMP,anomaly\n"
            + "".join(f"{START + i}.000000001,{i / 7},{50 + i},0\n" for i in range(90))
            + f"noon,1,2,\n{START + 99},bad,inf,1\n-1.5,1,2,\n",
        ),
        written(
            tmp_path / "long.csv", f"time,point,value,unit\n{START + 8},{A},68,degF\n{START + 9},{A},,\n"
        ),
        written(tmp_path / "late.log", "\n".join(format_of(i) for i in range(200, 210))),
    ]
    alone = [Played([log], messages) for log in logs]
    beside = Played(logs, messages)
    assert sorted(beside.rows) == sorted(row for played in alone for row in played.rows)
    times = [seconds for _, seconds, _ in beside.rows if seconds > 0]
    assert times == sorted(times)
    assert sorted((r.offset, r.reason, r.detail, r.payload) for r in beside.rejects) == sorted(
        (r.offset, r.reason, r.detail, r.payload) for played in alone for r in played.rejects
    )
    together = Counts()
    for played in alone:
        together.add(played.counts)
    assert all(getattr(together, name) == getattr(beside.counts, name) for name in Counts.__slots__)


def test_a_line_without_a_time_beside_a_table_is_refused_as_alone(tmp_path: Path) -> None:
    text = LINES_OF["line"](0) + "\nm,hall=h,equipment=a inlet_air_temperature=20\n"
    lines = written(tmp_path / "a.lp", text)
    table = written(tmp_path / "b.csv", f"time,{B}\n{START + 1},1.5\n")
    assert Played([table, lines]).rows == Played([lines]).rows + Played([table]).rows
    assert Played([table, lines]).reasons() == Played([lines]).reasons()


def test_records_of_any_log_carry_messages_and_arrival(tmp_path: Path) -> None:
    table = written(tmp_path / "b.csv", f"time,{B}\n{START + 1},1.5\n{START},2\n{START + 2}.25,\n")
    source = LogSource([table], LogSettings(), MessagesSettings())
    records = list(source.records())
    values = [json.loads(run.value(i) or b"") for run in records for i in range(len(run))]
    assert values == [
        {"point": B, "time": (START + 1) * 1000, "value": 1.5},
        {"point": B, "time": START * 1000, "value": 2.0},
    ]
    assert np.concatenate([run.timestamp for run in records]).tolist() == [(START + 1) * SECOND] * 2


# ---- tables


def test_wide_csv_is_a_point_a_column(tmp_path: Path) -> None:
    text = f"Time ;SA_TEMP ; {A};anomaly;nobody\n{START};50;20;1;x\n{START + 1};;21.5;0;\n"
    played = Played([written(tmp_path / "log.csv", text)], separator=";")
    supply = "h/crah/supply_air_temperature"
    assert played.rows == [(supply, 0, 10), (A, 0, 20), (A, 1, 21.5)]
    assert (played.counts.records, played.counts.ignored, played.rejects) == (6, 3, [])


def test_long_csv_is_a_reading_a_row_and_may_name_units(tmp_path: Path) -> None:
    text = (
        "time,point,value,unit\n"
        f"2023-11-14T22:13:20Z,{A},68,degF\n"
        f"2023-11-14 22:13:21,{A},20,\n"
        f'2023-11-14T22:13:22+00:00,"h/r/on_off_status",true,\n'
        f"2023-11-14T22:13:23Z,{A},,\n"
        f"2023-11-14T22:13:24Z,{A},20,furlong\n"
        f"2023-11-14T22:13:25Z,,20,\n"
    )
    for name in ("log.csv", "log.csv.gz"):
        played = Played([written(tmp_path / name, text)])
        assert played.rows == [(A, 0, 20), (A, 1, 20), ("h/r/on_off_status", 2, 1)]
        assert played.reasons() == [
            (6, RejectReason.UNKNOWN_UNIT),
            (7, RejectReason.BAD_POINT),
        ]


def test_columns_may_have_other_names(tmp_path: Path) -> None:
    text = f"sensor\treading\twhen\n{A}\t20\t{START}\n"
    columns = {"time_column": "when", "point_column": "sensor", "value_column": "reading"}
    assert Played([written(tmp_path / "log.tsv", text)], **columns).rows == [(A, 0, 20)]
    with pytest.raises(ConfigError, match="sensor, reading, when"):
        Played([written(tmp_path / "log.tsv", text)], time_column="time")


def test_bad_cells_are_rejected_one_by_one(tmp_path: Path) -> None:
    text = (
        f"time,{A},{B}\n{START},20,warm\n{START + 1},NaN,inf\nnoon,20,21\n"
        f"5,20,\n{START + 2},20,21,22\n{START + 3}\n{START + 4}, NA ,\x00\xff\n{START + 5},20,21"
    )
    played = Played([written(tmp_path / "log.csv", text.encode("latin-1"))])
    assert played.rows == [(A, 0, 20), (A, 5, 20), (B, 5, 21)]
    assert sorted(played.reasons()) == [
        (2, RejectReason.WRONG_TYPE),
        (3, RejectReason.NOT_FINITE),
        (4, RejectReason.WRONG_TYPE),
        (4, RejectReason.WRONG_TYPE),
        (5, RejectReason.ABSURD_TIME),
        (6, RejectReason.WRONG_TYPE),
        (8, RejectReason.WRONG_TYPE),
    ]


@pytest.mark.parametrize("unit", [1, 1_000, 1_000_000, 1_000_000_000])
def test_numbers_in_the_time_column_are_told_by_their_size(tmp_path: Path, unit: int) -> None:
    text = f"time,{A}\n{START * unit},20\n{(START + 1) * unit},21\n"
    assert Played([written(tmp_path / "log.csv", text)]).rows == [(A, 0, 20), (A, 1, 21)]


def test_times_by_format_and_zone(tmp_path: Path) -> None:
    text = f"when,{A}\n11/15/2023 6:13,20\n11/15/2023 6:14,21\n"
    path = written(tmp_path / "log.csv", text)
    played = Played([path], time_format="%m/%d/%Y %H:%M", time_zone="Asia/Shanghai")
    assert played.rows == [(A, -20, 20), (A, 40, 21)]
    assert Played([path], time_zone="Asia/Shanghai").rows == played.rows  # no month is the 15th
    text = f"when,{A}\n11/10/2023 6:13,20\n11/10/2023 6:14,21\n"
    with pytest.raises(ConfigError, match="time_format"):
        Played([written(tmp_path / "either.csv", text)])


def test_the_hour_that_comes_twice_and_the_one_that_never_does(tmp_path: Path) -> None:
    text = f"when,{A}\n2023-10-29 02:30:00,20\n2023-03-26 02:30:00,21\n2023-10-29 03:30:00,22\n"
    played = Played([written(tmp_path / "log.csv", text)], time_zone="Europe/Berlin")
    assert [value for _, _, value in played.rows] == [20, 22]
    assert played.rows[1][1] - played.rows[0][1] == 2 * 3600
    assert played.reasons() == [(3, RejectReason.WRONG_TYPE)]


def test_parquet_with_its_own_types(tmp_path: Path) -> None:
    time = pl.Series([START, START + 1, None], dtype=pl.Int64)
    frame = pl.DataFrame(
        {
            "time": pl.from_epoch(time, "s").dt.replace_time_zone("UTC"),
            A: [20, None, 3],
            "h/r/on_off_status": [True, False, True],
            "SA_TEMP": ["50", "warm", None],
        }
    )
    frame.write_parquet(tmp_path / "log.parquet")
    played = Played([tmp_path / "log.parquet"])
    supply, status = "h/crah/supply_air_temperature", "h/r/on_off_status"
    assert played.rows == [(A, 0, 20), (status, 0, 1), (supply, 0, 10), (status, 1, 0)]
    assert played.reasons() == [(2, "wrong_type"), (3, "wrong_type"), (3, "wrong_type")]


def test_a_table_in_small_blocks_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"time,{A},{B}\n" + "".join(f"{START + i},{i},{i if i % 3 else ''}\n" for i in range(500))
    path = written(tmp_path / "log.csv", text)
    whole = Played([path])
    monkeypatch.setattr(log_file, "BLOCK", 100)
    parts = Played([path])
    assert parts.rows == whole.rows
    assert parts.counts == whole.counts
    assert len(whole.rows) == 500 + 333


# ---- what cannot be read at all


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("log.xlsx", b"x", "CSV"),
        ("log.doc", b"x", r"\.jsonl"),
        ("log.parquet", b"not parquet", "whole"),
    ],
)
def test_a_log_that_is_none_says_what_would_be(tmp_path: Path, name: str, content: bytes, match: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigError, match=match):
        Played([tmp_path / name])


def test_a_log_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        Played([tmp_path / "log.jsonl"])


def test_empty_logs_hold_nothing(tmp_path: Path) -> None:
    for name, text in (("a.jsonl", "\n"), ("c.csv", "\n")):
        assert Played([written(tmp_path / name, text)]).counts == Counts()
    header = Played([written(tmp_path / "b.csv", "time,point,value\n")])
    assert header.reasons() == [(1, "empty")]


# ---- hostile

ROUGH = st.text(st.sampled_from('",;\n\r\t 0123456789.-ae\x00é[{}]'), max_size=80)


@settings(max_examples=80)
@example('"', True, "csv")
@example('1\r2,3,4,5\n"', True, "csv")
@given(ROUGH, st.booleans(), st.sampled_from(["csv", "tsv", "jsonl", "txt"]))
def test_rough_text_after_a_good_start_never_raises(
    tmp_path_factory: pytest.TempPathFactory, rough: str, long: bool, suffix: str
) -> None:
    separator = "\t" if suffix == "tsv" else ","
    head = separator.join(["time", "point", "value"] if long else ["time", A, B])
    row = separator.join([str(START), A if long else "20", "20"])
    path = tmp_path_factory.mktemp("rough") / f"log.{suffix}"
    played = Played([written(path, f"{head}\n{row}\n{rough}")])
    assert played.rows or suffix in ("jsonl", "txt")
    assert played.counts.rejected_records <= len(played.rejects)


@settings(max_examples=50)
@given(ROUGH.filter(bool), st.sampled_from(["csv", "jsonl"]))
def test_rough_text_from_the_start_is_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, rough: str, suffix: str
) -> None:
    path = tmp_path_factory.mktemp("rough") / f"log.{suffix}"
    try:
        Played([written(path, rough)])
    except ConfigError as error:
        assert error.remedy
