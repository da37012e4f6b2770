"""Times in tables, however they are written, are what the calendar says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from config.sections.log import LogSettings
from streams.sources.sniff_time_columns import stamps_of, times_told
from tests.streams.played_logs import cells_of, told_of

DAY = datetime(2025, 6, 24)
"""Its numbers are those of an hour's last half and of the hour that ends a day."""
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata")
SECONDS = (0, 24, 59)


def clock12(at: datetime) -> str:
    return f"{at.hour % 12 or 12}:{at:%M:%S %p}"


FORMATS: dict[str, Callable[[datetime], str]] = {
    "ISO": lambda at: f"{at:%Y-%m-%d %H:%M:%S}",
    "ISO with a T": lambda at: f"{at:%Y-%m-%dT%H:%M:%S}",
    "ISO with a fraction": lambda at: f"{at:%Y-%m-%d %H:%M:%S}.240",
    "year first, slashes": lambda at: f"{at:%Y/%m/%d %H:%M:%S}",
    "year first, nothing padded": lambda at: f"{at.year}/{at.month}/{at.day} {at.hour}:{at:%M:%S}",
    "US, 12 hours": lambda at: f"{at.month}/{at.day}/{at.year} {clock12(at)}",
    "US, 12 hours, padded": lambda at: f"{at:%m/%d/%Y %I:%M:%S %p}",
    "US, 12 hours, a.m.": lambda at: f"{at:%m/%d/%Y} {clock12(at)[:-2]}{'ap'[at.hour // 12]}.m.",
    "US, 24 hours": lambda at: f"{at.month}/{at.day}/{at.year} {at.hour}:{at:%M:%S}",
    "points": lambda at: f"{at:%d.%m.%Y %H:%M:%S}",
    "points, not padded": lambda at: f"{at.day}.{at.month}.{at.year} {at.hour}:{at:%M:%S}",
    "points throughout": lambda at: f"{at:%d.%m.%Y %H.%M.%S}",
    "short year": lambda at: f"{at:%d.%m.%y %H:%M:%S}",
    "dashes, day first": lambda at: f"{at:%d-%m-%Y %H:%M:%S}",
    "slashes, day first": lambda at: f"{at:%d/%m/%Y %H:%M:%S}",
    "month's name": lambda at: f"{at:%d-%b-%y %I:%M:%S %p}",
    "month's whole name": lambda at: f"{at:%d %B %Y %H:%M:%S}",
    "weekday": lambda at: f"{at:%a, %d %b %Y %H:%M:%S}",
    "month's name first": lambda at: f"{at:%b %d, %Y} {clock12(at)}",
    "no separators": lambda at: f"{at:%Y%m%d %H:%M:%S}",
}


@pytest.mark.parametrize("written", FORMATS.values(), ids=FORMATS)
def test_every_minute_of_a_day_is_what_the_calendar_says(written: Callable[[datetime], str]) -> None:
    local = [DAY + timedelta(minutes=m, seconds=s) for m in range(1440) for s in SECONDS]
    frame = pl.DataFrame({"time": [written(at) for at in local]})
    for zone in ZONES:
        settings = LogSettings(time_zone=zone)
        times = times_told(frame, settings, lambda columns: ())
        assert not times.doubts
        read = stamps_of(frame, ("time",), settings.model_copy(update={"time_format": times.formats}))
        fraction = 240_000_000 if written(DAY).endswith(".240") else 0
        expected = [int(at.replace(tzinfo=ZoneInfo(zone)).timestamp()) for at in local]
        assert ((read - fraction) // 1_000_000_000).tolist() == expected


@pytest.mark.parametrize("offset", ["Z", "+02:00", " +0200", " GMT+1", " EDT", " MESZ", "-05:30"])
def test_every_minute_of_a_day_with_a_zone_of_its_own(offset: str) -> None:
    east = {"Z": 0, "+02:00": 120, " +0200": 120, " GMT+1": 60, " EDT": -240, " MESZ": 120, "-05:30": -330}
    local = [DAY + timedelta(minutes=m) for m in range(1440)]
    for written in (f"{{:%Y-%m-%dT%H:%M:%S}}{offset}", f"{{:%d.%m.%Y %H:%M:%S}}{offset}"):
        frame = pl.DataFrame({"time": [written.format(at) for at in local]})
        settings = LogSettings(time_zone="Asia/Kolkata")
        formats = times_told(frame, settings, lambda columns: ()).formats
        read = stamps_of(frame, ("time",), settings.model_copy(update={"time_format": formats}))
        since = [at.replace(tzinfo=UTC) - timedelta(minutes=east[offset]) for at in local]
        assert (read // 1_000_000_000).tolist() == [int(at.timestamp()) for at in since]


@pytest.mark.parametrize(
    "format", ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%d.%m.%Y %H:%M", "%m/%d/%Y %H:%M:%S"]
)
def test_the_hour_24_is_the_midnight_that_ends_the_day(tmp_path: Path, format: str) -> None:
    rows = [f"{DAY.replace(hour=22) + timedelta(minutes=10 * i):{format}}" for i in range(12)]
    last = f"{DAY:{format}}".replace("00:00", "24:00", 1)
    log = tmp_path / "log.csv"
    log.write_text("\n".join(["time,a", *(f"{row},1" for row in [*rows, last]), ""]))
    assert [at for _, at, _ in cells_of(log)][-2:] == ["2025-06-24T23:50:00Z", "2025-06-25T00:00:00Z"]


def test_months_of_three_letters_and_of_more_in_one_log(tmp_path: Path) -> None:
    rows = [datetime(2025, month, 12, 5, 24) for month in range(5, 13)]
    log = tmp_path / "log.csv"
    log.write_text("\n".join(["time,a", *(f"{at:%d %B %Y %H:%M},1" for at in rows), ""]))
    assert [at for _, at, _ in cells_of(log)] == [f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in rows]


@pytest.mark.parametrize(("places", "mark"), [(6, "."), (10, "."), (6, ",")])
def test_days_as_spreadsheets_number_them(tmp_path: Path, places: int, mark: str) -> None:
    log = tmp_path / "log.csv"
    start = datetime(2025, 6, 15, 22)
    rows = [start + timedelta(minutes=10 * i) for i in range(20)]
    days = [
        f"{(at - datetime(1899, 12, 30)) / timedelta(days=1):.{places}f}".replace(".", mark) for at in rows
    ]
    log.write_text("\n".join(["Date/Time;a", *(f"{day};18{mark}5" for day in days), ""]))
    assert [at for _, at, _ in cells_of(log)] == [f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in rows]
    found, _ = told_of(log)
    assert f"times as '{days[0]}': Excel's days since 1899-12-30" in found
    assert cells_of(log, time_zone="Europe/Berlin")[0][1] == "2025-06-15T20:00:00Z"


def test_numbers_that_may_be_days_of_a_spreadsheet_are_asked_about(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text("\n".join(["count,a", *(f"{45823 + i / 100:.2f},1" for i in range(20)), ""]))
    _, [doubt] = told_of(log)
    assert doubt.endswith('set time_column = "count" and time_format = "excel"')
    assert cells_of(log, time_column="count", time_format="excel")[0][1] == "2025-06-15T00:00:00Z"
