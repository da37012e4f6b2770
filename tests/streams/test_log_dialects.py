"""A table reads back the same in whatever dialect it is written."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.sections.log import LogSettings
from config.sections.messages import MessagesSettings
from streams.sources.logs import LogSource
from tests.streams.played_logs import Cell, cells_of

START = datetime(2025, 6, 14, 21, 7, 9, tzinfo=UTC)
NAMES = ("Zuluft [°C]", "Fan")
FORMATS = (
    "%d.%m.%Y %H:%M:%S",
    "%m/%d/%Y %I:%M:%S %p",
    "%d/%m/%Y;%H:%M:%S",
    "%d-%b-%y %I:%M:%S %p %Z",
    "%Y-%m-%dT%H:%M:%S%z",
    "%Y/%m/%d %H:%M:%S",
    "%a %d %b %Y %H:%M:%S",
    "%Y%m%d %H:%M:%S",
)
DOCS = Path(__file__).parents[2] / "docs" / "logs.md"


@st.composite
def dialects(draw: st.DrawFn) -> dict[str, str]:
    separator = draw(st.sampled_from([",", ";", "\t", "|"]))
    return {
        "separator": separator,
        "decimal": draw(st.sampled_from([".", ","])),
        "format": draw(st.sampled_from(FORMATS)),
        "zone": draw(st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Shanghai"])),
        "encoding": draw(st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"])),
        "preamble": draw(
            st.sampled_from(["", "Export\n\n", "# made by hand\n", "Von: Anlage 1\nBis: heute\n"])
        ),
        "end": draw(st.sampled_from(["\n", "\r\n"])),
    }


def written(path: Path, dialect: dict[str, str], rows: list[tuple[datetime, list[float]]]) -> Path:
    separator, zone = dialect["separator"], ZoneInfo(dialect["zone"])
    form = dialect["format"].replace(";", separator)
    time = ["Datum", "Zeit"] if separator in form else ["Zeitpunkt"]
    lines = [separator.join([*time, *NAMES])]
    for at, values in rows:
        cells = [f"{value:.2f}".replace(".", dialect["decimal"]) for value in values]
        quoted = [f'"{cell}"' if separator in cell else cell for cell in cells]
        lines.append(separator.join([at.astimezone(zone).strftime(form), *quoted]))
    text = dialect["preamble"] + dialect["end"].join([*lines, ""])
    path.write_bytes(text.encode(dialect["encoding"]))
    return path


@settings(max_examples=40, deadline=None)
@given(dialects(), st.lists(st.lists(st.floats(-99, 999), min_size=2, max_size=2), min_size=8, max_size=12))
def test_any_dialect_reads_back(
    tmp_path_factory: pytest.TempPathFactory, dialect: dict[str, str], values: list[list[float]]
) -> None:
    rows = [(START + i * timedelta(hours=1), [round(v, 2) for v in row]) for i, row in enumerate(values)]
    log = written(tmp_path_factory.mktemp("dialect") / "log.csv", dialect, rows)
    expected: list[Cell] = [
        (name, f"{at:%Y-%m-%dT%H:%M:%SZ}", value)
        for at, row in rows
        for name, value in zip(NAMES, row, strict=True)
    ]
    assert cells_of(log, time_zone=dialect["zone"]) == expected


def shapes() -> list[tuple[str, str]]:
    """(point, table) of the page's examples."""
    page = DOCS.read_text(encoding="utf-8").split("## Shapes")[1]
    return re.findall(r"\(`point = \"([^`]+)\"`\).*?```text\n(.*?)```", page, re.DOTALL)


@pytest.mark.parametrize(("point", "table"), shapes(), ids=[point for point, _ in shapes()])
def test_the_examples_of_the_page_are_told_to_be_what_it_says(tmp_path: Path, point: str, table: str) -> None:
    log = tmp_path / "Supply_Air_Temperature.csv"
    log.write_text(table, encoding="utf-8")
    [layout] = LogSource([log], LogSettings(), MessagesSettings()).layouts()
    assert (layout.settings.point or "{column}", layout.doubts) == (point, [])


def test_what_was_told_reads_the_same_as_settings(tmp_path: Path) -> None:
    for i, (_, table) in enumerate(shapes()):
        log = tmp_path / f"{i}.csv"
        log.write_text(table, encoding="utf-8")
        [layout] = LogSource([log], LogSettings(), MessagesSettings()).layouts()
        assert cells_of(log, **layout.settings.model_dump()) == cells_of(log)


def test_tables_are_published_as_messages_that_read_the_same(tmp_path: Path) -> None:
    log = tmp_path / "cdus.csv"
    log.write_text(next(table for point, table in shapes() if "unit_id" in point), encoding="utf-8")
    [records] = LogSource([log], LogSettings(), MessagesSettings()).records()
    values = [records.value(i) for i in range(len(records))]
    assert values[0] == b'{"point": "cdu-1/supply_temp", "time": 1749945600000, "value": 19.4}'
    assert len(values) == 4
