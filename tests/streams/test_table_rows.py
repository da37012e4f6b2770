"""Every line of a table is read, or known to be none, or refused by name."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from config.kinds import load_kinds
from config.sections.log import LogSettings
from config.sections.messages import MessagesSettings
from config.site import Site
from streams.errors import RejectReason
from streams.formats.decoded import Decoded
from streams.formats.decoder import Decoder
from streams.formats.not_understood import UNREAD_PART
from streams.formats.understood import Understood
from streams.messages import Reject
from streams.sources.logs import LogSource
from streams.sources.tables import Table

A, B = "hall-1/crah-01/supply_air_temperature", "hall-1/crah-01/return_air_temperature"
START = datetime(2025, 6, 15)

READ = {
    "row": "{at},{a},28.5\n",
    "row of Windows": "{at},{a},28.5\r\n",
    "row of an old Mac": "{at},{a},28.5\r",
    "row with separators behind": "{at},{a},28.5,,\n",
    "row with one value": "{at},{a}\n",
}
NO_ROWS = {
    "blank": "\n",
    "nothing but separators": ",,\n",
    "comment": "# service at the plant\n",
    "header again": f"time,{A},{B}\n",
    "header of a file that was joined": f"\ufefftime,{A},{B}\n",
    "time alone": "{at},,\n",
}
REFUSED = {
    "other separator": "{at};{a};28.5\n",
    "tabs": "{at}\t{a}\t28.5\n",
    "too many cells": "{at},{a},28.5,99\n",
    "quote never closed": '{at},"{a},28.5\n',
    "total": "Total;;;\n",
    "footer": "***** End of report *****\n",
    "no time": ",{a},28.5\n",
}
LINES = READ | NO_ROWS | REFUSED


def decoded_of(log: Path, **given: str) -> Decoded:
    source = LogSource([log], LogSettings(**given), MessagesSettings())
    decoder = Decoder(Site.empty(), load_kinds(), MessagesSettings())
    whole, *rest = source.decoded(decoder)
    for part in rest:
        whole = whole.then(part, 0)
    assert whole.counts.records == whole.counts.decoded + whole.counts.rejected_records
    return whole


def rejects_of(log: Path) -> list[Reject]:
    return decoded_of(log).rejects


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(sorted(LINES)), min_size=1, max_size=25))
def test_no_line_vanishes(tmp_path_factory: pytest.TempPathFactory, kinds: list[str]) -> None:
    log = tmp_path_factory.mktemp("lines") / "log.csv"
    kinds = ["row"] * 30 + kinds
    times = [f"{START + timedelta(minutes=i):%Y-%m-%d %H:%M}" for i in range(len(kinds))]
    lines = [LINES[kind].format(at=times[i], a=f"{18 + i / 100:.2f}") for i, kind in enumerate(kinds)]
    # A carriage return and the line feed of a blank line are one line's end.
    assume(not any(one.endswith("\r") and next_.startswith("\n") for one, next_ in pairwise(lines)))
    log.write_text(f"time,{A},{B}\n" + "".join(lines), newline="")
    numbers = dict(enumerate(kinds, 2))
    source = LogSource([log], LogSettings(), MessagesSettings())
    read: dict[int, float] = {}
    unread: set[int] = set()
    for batch in source.batches():
        assert isinstance(batch, Table)
        for row, line in enumerate(batch.offset.tolist()):
            if row in batch.written or row in batch.text:
                unread.add(line)
            elif batch.ids[batch.point[row]] == A:
                read[line] = float(batch.value[row])
    unread |= {reject.offset for books in source.damage() for reject in books.rejects}
    assert read == {n: 18 + (n - 2) / 100 for n, kind in numbers.items() if kind in READ}
    assert unread == {n for n, kind in numbers.items() if kind in REFUSED}


def table(log: Path, *more: str) -> Path:
    rows = [f"{START + timedelta(minutes=i):%Y-%m-%d %H:%M},18.4,28.5" for i in range(50)]
    log.write_text("\n".join([f"time,{A},{B}", *rows, *more, ""]), encoding="utf-8")
    return log


@pytest.mark.parametrize("width", [1, 300])
def test_lines_of_which_nothing_can_be_read_are_not_quiet_however_wide_the_table_is(
    tmp_path: Path, width: int
) -> None:
    cells = ["18.4"] * width
    rows = [[f"{START + timedelta(minutes=i):%Y-%m-%d %H:%M}", *cells] for i in range(20)]
    names = [f"hall-1/rack-{i:03}/inlet_air_temperature" for i in range(width)]
    log = tmp_path / "log.csv"
    good, other = rows[:18], rows[18:]
    lines = [",".join(["time", *names]), *map(",".join, good), *map(";".join, other), ""]
    log.write_text("\n".join(lines))
    understood = Understood(Site.empty())
    source = LogSource([log], LogSettings(), MessagesSettings())
    decoder = Decoder(Site.empty(), load_kinds(), MessagesSettings())
    for each in source.decoded(decoder):
        understood.take(each, decoder.directory)
    assert (understood.rows, understood.lost_rows) == (20, 2)
    assert understood.unread_part > UNREAD_PART
    reason, detail = (
        understood.reasons["wrong_type"].first.reason,
        understood.reasons["wrong_type"].first.detail,
    )
    assert (reason, detail) == ("wrong_type", "no row of the table: ';' separates it, ',' the others")


def test_what_stands_below_a_report_is_refused_and_nothing_to_worry_about(tmp_path: Path) -> None:
    log = table(tmp_path / "log.csv", "Total;;;", "***** End of report *****")
    understood = Understood(Site.empty())
    decoder = Decoder(Site.empty(), load_kinds(), MessagesSettings())
    for each in LogSource([log], LogSettings(), MessagesSettings()).decoded(decoder):
        understood.take(each, decoder.directory)
    assert understood.counts.rejected_records == 2
    assert understood.unread_part == 0.0


@pytest.mark.parametrize(
    "time", ["2610-01-01 00:00", "9999-12-31 23:59", "0001-01-01 00:00", "1970-01-01 00:00"]
)
def test_years_that_are_none_of_ours_are_refused_as_they_stand(tmp_path: Path, time: str) -> None:
    refused = rejects_of(table(tmp_path / "log.csv", f"{time},18.5,28.5"))
    assert [reject.reason for reject in refused] == [RejectReason.ABSURD_TIME] * 2
    assert all(f"time '{time}' is not from 2000 to 2099" in reject.detail for reject in refused)
    assert refused[0].payload == f"{time} 18.5".encode()


@pytest.mark.parametrize("time", ["2025-02-30 00:00", "99:99", "2025-06-15T02:00:00 Mars/Phobos", "null"])
def test_a_time_that_is_none_is_named(tmp_path: Path, time: str) -> None:
    refused = rejects_of(table(tmp_path / "log.csv", f"{time},18.5,28.5"))
    assert [reject.reason for reject in refused] == [RejectReason.WRONG_TYPE] * 2
    assert all(f"time '{time}' cannot be read" in reject.detail for reject in refused)


def test_years_that_are_none_of_ours_in_parquet(tmp_path: Path) -> None:
    log = tmp_path / "log.parquet"
    times = [datetime(2025, 6, 15), datetime(2610, 1, 1)]
    pl.DataFrame(
        {"time": times, A: [18.4, 18.5]}, schema_overrides={"time": pl.Datetime("us")}
    ).write_parquet(log)
    decoded = decoded_of(log)
    assert decoded.readings.value.tolist() == [18.4]
    assert [reject.reason for reject in decoded.rejects] == [RejectReason.ABSURD_TIME]
    assert "2610-01-01 00:00:00" in decoded.rejects[0].detail


@pytest.mark.parametrize("year", [1816, 1970, 2262, 2610, 9999])
def test_a_log_of_no_year_of_ours_is_refused_to_the_last_reading(tmp_path: Path, year: int) -> None:
    log = tmp_path / "log.csv"
    rows = [f"{year}-03-12 {i // 60:02}:{i % 60:02},18.4,28.5" for i in range(90)]
    log.write_text("\n".join([f"time,{A},{B}", *rows, ""]), encoding="utf-8")
    decoded = decoded_of(log)
    assert len(decoded.readings) == 0
    assert [reject.reason for reject in decoded.rejects] == [RejectReason.ABSURD_TIME] * 180
    assert f"time '{year}-03-12 00:00' is not from 2000 to 2099" in decoded.rejects[0].detail
