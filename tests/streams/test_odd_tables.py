"""Tables that something is wrong with are told for what they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.errors import ConfigError
from config.kinds import load_kinds
from config.sections.log import LogSettings
from config.sections.messages import MessagesSettings
from config.site import Site
from streams.formats.decoder import Decoder
from streams.sources.logs import LogSource
from tests.streams.played_logs import cells_of, told_of

SUPPLY = "hall-1/crah-01/supply_air_temperature"
TIMES = [f"2025-06-15 00:{minute:02}" for minute in range(60)]


def written(log: Path, *lines: str, encoding: str = "utf-8") -> Path:
    log.write_bytes("\n".join([*lines, ""]).encode(encoding))
    return log


def rejects_of(log: Path) -> list[tuple[str, str]]:
    decoder = Decoder(Site.empty(), load_kinds(), MessagesSettings())
    source = LogSource([log], LogSettings(), MessagesSettings())
    return [(each.reason, each.detail) for part in source.decoded(decoder) for each in part.rejects]


@pytest.mark.parametrize("again", [SUPPLY, f" {SUPPLY}"])
def test_two_columns_of_one_header_are_refused_by_name(tmp_path: Path, again: str) -> None:
    log = written(tmp_path / "log.csv", f"time,{SUPPLY},{again}", *(f"{at},18.4,28.5" for at in TIMES))
    _, [doubt] = told_of(log)
    assert doubt.startswith(f"2 columns are called '{SUPPLY}'")
    with pytest.raises(ConfigError, match="2 columns are called"):
        cells_of(log)
    names = {name for name, _, _ in cells_of(log, columns=["time", "a", "b"], preamble=1)}
    assert names == {"a", "b"}


def test_columns_without_a_header_are_no_points(tmp_path: Path) -> None:
    log = written(tmp_path / "log.csv", "time,a,b,,", *(f"{at},18.4,28.5,1,2" for at in TIMES))
    assert {name for name, _, _ in cells_of(log)} == {"a", "b"}


@pytest.mark.parametrize("stray", ["head", "middle", "everywhere after"])
def test_a_few_bytes_of_another_encoding_change_no_other_name(tmp_path: Path, stray: str) -> None:
    latin = {"head": {0}, "middle": {30}, "everywhere after": set(range(30, 60))}[stray]
    lines = [f"{at},18.4,Grün" for at in TIMES]
    header = "time,Kühlung Zulufttemperatur [°C],Zustand"
    log = tmp_path / "log.csv"
    encoded = [line.encode("cp1252" if i in latin else "utf-8") for i, line in enumerate(lines)]
    log.write_bytes(b"\n".join([header.encode(), *encoded, b""]))
    cells = cells_of(log)
    assert {name for name, _, _ in cells} == {"Kühlung Zulufttemperatur [°C]", "Zustand"}
    assert {value for name, _, value in cells if name == "Zustand"} == {"Grün"}


def test_text_in_cp1252_stays_what_it_is(tmp_path: Path) -> None:
    lines = ["time,Kühlung Zuluft [°C],Zustand", *(f"{at},18.4,Grün" for at in TIMES)]
    log = written(tmp_path / "log.csv", *lines, encoding="cp1252")
    assert {name for name, _, _ in cells_of(log)} == {"Kühlung Zuluft [°C]", "Zustand"}


def test_rows_that_become_wider_leave_the_header_where_it_is(tmp_path: Path) -> None:
    narrow = [f"{at},18.4,28.5" for at in TIMES[:20]]
    wide = [f"{at},18.4,28.5,99,98" for at in TIMES[20:50]]
    log = written(tmp_path / "log.csv", "time,a,b", *narrow, *wide)
    assert len(cells_of(log)) == 40
    assert len(rejects_of(log)) == 30


def test_rows_that_end_with_a_separator_have_the_header_above(tmp_path: Path) -> None:
    log = written(tmp_path / "log.csv", "time,a,b", *(f"{at},18.4,28.5," for at in TIMES))
    assert {name for name, _, _ in cells_of(log)} == {"a", "b"}


def test_a_table_without_a_header_shows_its_first_line(tmp_path: Path) -> None:
    log = written(tmp_path / "log.csv", *(f"{at},18.4,28.5" for at in TIMES))
    _, [doubt] = told_of(log)
    assert doubt.startswith(f"there is no header, the first line is '{TIMES[0]},18.4,28.5'")


def test_a_header_alone_is_named(tmp_path: Path) -> None:
    assert rejects_of(written(tmp_path / "log.csv", "time,a,b")) == [
        ("empty", "a header, and no rows under it")
    ]


@pytest.mark.parametrize(
    "page", ["<html><body><h1>Login</h1></body></html>", "\ufeff<!DOCTYPE html>\n<p>a,b\n<p>c,d"]
)
def test_a_web_page_is_named(tmp_path: Path, page: str) -> None:
    [(reason, detail)] = rejects_of(written(tmp_path / "log.csv", page))
    assert reason == "unknown_format"
    assert detail.startswith("a web page (HTML or XML), as a login")
