"""The order of a table's rows, and the zone of its times, are told by all of its times."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from config.sections.log import LogSettings
from config.sections.messages import MessagesSettings
from streams.sources.logs import LogSource
from streams.sources.sniff import NO_ZONE
from tests.streams.played_logs import cells_of, told_of

START = datetime(2025, 6, 15, tzinfo=UTC)
MINUTES = 240
ANNOTATED = """\
#datatype,string,long,dateTime:RFC3339,double,string,string,string
#group,,,,,,,
#default,_result,,,,,,
"""


def series(name: str, minutes: range) -> list[str]:
    return [f"{START + timedelta(minutes=m):%Y-%m-%dT%H:%M:%SZ},{name},{18 + m / 100:.2f}" for m in minutes]


def order_of(log: Path, **given: str) -> str:
    [layout] = LogSource([log], LogSettings(**given), MessagesSettings()).layouts()
    return layout.settings.order


def written(log: Path, lines: list[str]) -> Path:
    log.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return log


def test_one_series_behind_another_with_a_header_each_is_put_in_order(tmp_path: Path) -> None:
    tables = []
    for unit in range(4):
        tables.append(ANNOTATED + ",result,table,_time,_value,_field,_measurement,host")
        for m in range(MINUTES):
            at = f"{START + timedelta(minutes=m):%Y-%m-%dT%H:%M:%SZ}"
            tables.append(f",,{unit},{at},{18 + m / 100:.2f},supply,crac,crac-{unit}")
        tables.append("")
    log = written(tmp_path / "export.csv", tables)
    assert order_of(log) == "time"
    times = [at for _, at, _ in cells_of(log)]
    assert len(times) == 4 * MINUTES
    assert times == sorted(times)


def test_a_header_of_its_own_in_the_middle_of_the_log_is_seen(tmp_path: Path) -> None:
    lines = []
    for rack in range(5):
        lines.append(f"time,rack {rack} inlet")
        lines += [f"{START + timedelta(seconds=10 * i):%Y-%m-%d %H:%M:%S},21.{i % 10}" for i in range(4000)]
    log = written(tmp_path / "log.csv", lines)
    times = [at for _, at, _ in cells_of(log, time_zone="UTC")]
    assert len(times) == 20_000
    assert times == sorted(times)


def test_series_in_the_middle_that_stand_behind_each_other_are_seen(tmp_path: Path) -> None:
    """Of which the first and the last are of one point, so that head and tail say nothing."""
    half = MINUTES // 2
    rows = series("a", range(half)) + series("b", range(MINUTES)) + series("c", range(MINUTES))
    log = written(tmp_path / "log.csv", ["time,tag,value", *rows, *series("a", range(half, MINUTES))])
    assert order_of(log) == "time"


def test_what_comes_in_late_or_by_a_clock_that_is_behind_stays_where_it_stands(tmp_path: Path) -> None:
    side_by_side = [row for m in range(MINUTES) for name in "abcd" for row in series(name, range(m, m + 1))]
    late = series("a", range(30, 90))
    log = written(tmp_path / "late.csv", ["time,tag,value", *side_by_side, *late])
    assert order_of(log) == "file"
    behind = [
        row
        for m in range(60, MINUTES)
        for row in (*series("a", range(m, m + 1)), *series("b", range(m - 60, m - 59)))
    ]
    assert order_of(written(tmp_path / "behind.csv", ["time,tag,value", *behind])) == "file"


def test_rows_in_no_order_are_put_in_order(tmp_path: Path) -> None:
    rows = [row for m in range(MINUTES) for name in "ab" for row in series(name, range(m, m + 1))]
    random.Random(7).shuffle(rows)
    log = written(tmp_path / "log.csv", ["time,tag,value", *rows])
    times = [at for _, at, _ in cells_of(log)]
    assert len(times) == 2 * MINUTES
    assert times == sorted(times)


def local(log: Path, place: str, start: datetime, *, every: int, of: int, names: str = "") -> Path:
    """A table in local time of a place, without a zone; ``names`` puts a column of tags in it."""
    rows = []
    for i in range(of):
        at = (start + timedelta(seconds=every * i)).astimezone(ZoneInfo(place))
        rows += [
            f"{at:%d.%m.%Y %H:%M:%S},{f'{name},' if name else ''}{18 + i % 7}.5" for name in names or ("",)
        ]
    return written(log, ["time,tag,value" if names else "time,supply temp", *rows])


AUTUMN = {"Europe/Berlin": (2024, 10, 27), "Europe/London": (2024, 10, 27), "America/New_York": (2024, 11, 3)}
SPRING = {"Europe/Berlin": (2025, 3, 30), "Europe/London": (2025, 3, 30), "America/New_York": (2025, 3, 9)}


@pytest.mark.parametrize("every", [60, 1800, 3600])
@pytest.mark.parametrize("place", AUTUMN)
@pytest.mark.parametrize("names", ["", "abc"])
def test_an_hour_that_comes_twice_is_asked_about(tmp_path: Path, place: str, every: int, names: str) -> None:
    night = datetime(*AUTUMN[place], tzinfo=ZoneInfo(place))
    log = local(
        tmp_path / "log.csv", place, night.astimezone(UTC), every=every, of=6 * 3600 // every, names=names
    )
    _, [doubt] = told_of(log)
    said = f"its times run back by 1 h on the night of {night:%Y-%m-%d}: local time: set time_zone = "
    assert doubt.startswith(f'{said}"{place}"')
    if not names:
        assert told_of(log, time_zone=place)[1] == told_of(log, time_zone="UTC")[1] == []


@pytest.mark.parametrize("every", [10, 900])
@pytest.mark.parametrize("place", SPRING)
def test_an_hour_that_is_left_out_is_asked_about(tmp_path: Path, place: str, every: int) -> None:
    night = datetime(*SPRING[place], tzinfo=ZoneInfo(place))
    log = local(tmp_path / "log.csv", place, night.astimezone(UTC), every=every, of=6 * 3600 // every)
    _, [doubt] = told_of(log)
    said = f"its times leave out an hour on the night of {night:%Y-%m-%d}: local time: set time_zone = "
    assert doubt.startswith(f'{said}"{place}"')


@pytest.mark.parametrize("night", [(2024, 10, 27), (2025, 3, 30), (2024, 11, 3)])
def test_times_that_go_through_such_a_night_evenly_are_taken_as_utc(
    tmp_path: Path, night: tuple[int, int, int]
) -> None:
    log = local(tmp_path / "log.csv", "UTC", datetime(*night, tzinfo=UTC), every=60, of=600)
    found, doubts = told_of(log)
    assert doubts == []
    assert NO_ZONE in found
    assert NO_ZONE not in told_of(log, time_zone="UTC")[0]


def test_times_with_a_zone_need_no_setting(tmp_path: Path) -> None:
    log = written(tmp_path / "log.csv", ["time,tag,value", *series("a", range(60))])
    assert NO_ZONE not in told_of(log)[0]
    seconds = [f"{int((START + timedelta(minutes=m)).timestamp())},18.5" for m in range(60)]
    assert NO_ZONE not in told_of(written(tmp_path / "epoch.csv", ["time,a", *seconds]))[0]
