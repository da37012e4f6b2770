"""What a log is told to be by what stands in it, and what breaks off, is hidden, or is none."""

from __future__ import annotations

import gzip
import io
import json
import os
import threading
import zipfile
from pathlib import Path

import pytest

from config.errors import ConfigError
from config.kinds import load_kinds
from config.sections.log import LogSettings
from config.sections.messages import MessagesSettings
from config.site import Site
from streams.formats.decoder import Decoder
from streams.sources import log_document, log_file
from streams.sources.logs import LogSource

START = 1_750_000_000
Row = tuple[str, int, float]


def message(n: int) -> dict[str, object]:
    return {
        "point": f"hall-1/crah-{n % 3}/supply_air_temperature",
        "time": (START + n) * 1000,
        "value": 18.0 + n,
    }


def rows(count: int) -> list[Row]:
    return [(f"hall-1/crah-{n % 3}/supply_air_temperature", n, 18.0 + n) for n in range(count)]


def lines(count: int) -> bytes:
    return b"".join(json.dumps(message(n)).encode() + b"\n" for n in range(count))


def table(count: int, separator: str = ",") -> bytes:
    header = separator.join(["time", "point", "value"])
    cells = (separator.join([str(START + n), point, str(value)]) for point, n, value in rows(count))
    return "\n".join([header, *cells, ""]).encode()


def packed(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return out.getvalue()


def read(path: Path) -> tuple[list[Row], LogSource]:
    source = LogSource([path], LogSettings(), MessagesSettings())
    decoder = Decoder(Site.loads(""), load_kinds(), MessagesSettings())
    found: list[Row] = []
    for decoded in source.decoded(decoder):
        readings = decoded.readings
        for point, time, value in zip(readings.point, readings.time, readings.value, strict=True):
            found.append((decoder.directory.ids[point], int(time) // 10**9 - START, float(value)))
    assert source.read_bytes == source.total_bytes
    return found, source


def indented(count: int) -> bytes:
    return json.dumps([message(n) for n in range(count)], indent=1).encode()


CONTENT: dict[str, tuple[str, bytes]] = {
    "a table with tabs as text": ("log.txt", table(40, "\t")),
    "a table with semicolons as data": ("log.dat", table(40, ";")),
    "a table without an ending": ("log", table(40)),
    "a table as messages": ("log.jsonl", table(40)),
    "messages as a table": ("log.csv", lines(40)),
    "messages without an ending": ("log", lines(40)),
    "messages under another ending": ("log.out", lines(40)),
    "an array over many lines": ("log.json", indented(40)),
    "an array over many lines as a table": ("log.csv", indented(40)),
    "an element a line": ("log.json", b"[\n" + lines(40).replace(b"}\n", b"},\n").rstrip(b",\n") + b"\n]\n"),
    "objects over many lines": (
        "log.json",
        b"\n".join(json.dumps(message(n), indent=2).encode() for n in range(40)),
    ),
    "an array with a mark": ("log.json", b"\xef\xbb\xbf" + indented(40)),
    "an array in UTF-16": ("log.json", indented(40).decode().encode("utf-16")),
    "a gzip under another name": ("log.jsonl", gzip.compress(lines(40))),
    "a table in a gzip under another name": ("log.csv", gzip.compress(table(40))),
    "plain text under the name of a gzip": ("log.jsonl.gz", lines(40)),
    "several gzips in one file": (
        "log.jsonl.gz",
        gzip.compress(lines(40)[:900]) + gzip.compress(lines(40)[900:]),
    ),
    "a gzip with padding": ("log.jsonl.gz", gzip.compress(lines(40)) + bytes(512)),
    "a zip under another name": ("log.csv", packed(a_jsonl=lines(40))),
    "messages under the name of a zip": ("log.zip", lines(40)),
    "a zip in a zip": ("log.zip", packed(inner_zip=packed(a_jsonl=lines(40)))),
    "a gzip in a zip": ("log.zip", packed(a_jsonl_gz=gzip.compress(lines(40)))),
    "a table as text in a zip": ("log.zip", packed(a__b_dat=table(40, "\t"))),
}


@pytest.mark.parametrize("name", CONTENT)
def test_content_tells_what_a_log_is(name: str, tmp_path: Path) -> None:
    file, content = CONTENT[name]
    (tmp_path / file).write_bytes(content)
    found, source = read(tmp_path / file)
    assert found == rows(40)
    assert source.not_read() == []


def test_an_array_on_one_long_line_is_read_element_by_element(tmp_path: Path) -> None:
    count = 20_000
    (tmp_path / "log.json").write_text(json.dumps([message(n) for n in range(count)]))
    assert (tmp_path / "log.json").stat().st_size > 1 << 20
    assert read(tmp_path / "log.json")[0] == rows(count)


def test_a_large_object_with_an_array_is_read_in_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_document, "LARGE", 1000)
    monkeypatch.setattr(log_document, "AT_ONCE", 7)
    metrics = [
        {
            "name": "m",
            "tags": {"hall": "h", "equipment": "a"},
            "fields": {"inlet_air_temperature": 20 + n},
            "timestamp": START + n,
        }
        for n in range(40)
    ]
    (tmp_path / "log.json").write_text(json.dumps({"metrics": metrics}, indent=1))
    assert read(tmp_path / "log.json")[0] == [("h/a/inlet_air_temperature", n, 20.0 + n) for n in range(40)]


def test_an_object_that_is_too_large_says_how_to_convert_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_document, "MOST_HELD", 1000)
    monkeypatch.setattr(log_file, "BLOCK", 1000)
    monkeypatch.setattr(log_file, "PIECE", 1000)
    (tmp_path / "log.json").write_text(json.dumps({"a": list(range(30_000))}, indent=1))
    with pytest.raises(ConfigError, match="jq -c"):
        read(tmp_path / "log.json")


@pytest.mark.parametrize("cut", [100, 2500])
def test_a_document_that_breaks_off_is_read_that_far_and_says_so(cut: int, tmp_path: Path) -> None:
    (tmp_path / "log.json").write_bytes(indented(40)[:-cut])
    found, source = read(tmp_path / "log.json")
    assert 0 < len(found) < 40 and found == rows(len(found))
    assert "log.json breaks off" in source.not_read()[0]


@pytest.mark.parametrize(
    ("content", "what", "mend"),
    [
        (b"SQLite format 3\0" + bytes(100), "SQLite", "sqlite3"),
        (b"%PDF-1.7\n%" + bytes(100), "PDF", "CSV"),
        (packed(xl__workbook_xml=b"<x/>"), "spreadsheet", "CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "spreadsheet", "CSV"),
        (b"\xfd7zXZ\0" + bytes(100), "packed", "unpack"),
    ],
)
@pytest.mark.parametrize("name", ["log.csv", "log.jsonl", "log"])
def test_what_is_no_log_is_named_as_what_it_is(
    name: str, content: bytes, what: str, mend: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigError) as refused:
        read(tmp_path / name)
    assert what in refused.value.problem and mend in refused.value.remedy


def test_prose_under_a_strange_ending_is_refused(tmp_path: Path) -> None:
    (tmp_path / "log.doc").write_text("The cooling of hall 1 was looked at.\n" * 9)
    with pytest.raises(ConfigError, match="neither messages nor a table"):
        read(tmp_path / "log.doc")


# ---- what breaks off

LONG = lines(4000)


def damaged_zip(method: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("a.jsonl", LONG)
    return out.getvalue()


BROKEN: dict[str, tuple[str, bytes, int]] = {
    "cut short": ("log.jsonl.gz", gzip.compress(LONG)[: len(gzip.compress(LONG)) // 2], 1000),
    "garbage behind it": ("log.jsonl.gz", gzip.compress(LONG) + b"garbage garbage", 4000),
    "a bad checksum": ("log.jsonl.gz", gzip.compress(LONG)[:-8] + bytes(8), 4000),
    "a bad checksum in a zip": (
        "log.zip",
        damaged_zip(zipfile.ZIP_STORED).replace(b'"value": 22.0', b'"value": 23.0'),
        4000,
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_all_that_can_be_unpacked_is_read_and_the_break_is_told(name: str, tmp_path: Path) -> None:
    file, content, least = BROKEN[name]
    (tmp_path / file).write_bytes(content)
    found, source = read(tmp_path / file)
    assert least <= len(found) <= 4000
    assert [row for row in found if row[1] != 4] == [row for row in rows(len(found)) if row[1] != 4]
    said = source.not_read()
    assert len(said) == 1 and "breaks off" in said[0]


def test_of_a_gzip_that_is_cut_short_nothing_is_lost_but_what_is_missing(tmp_path: Path) -> None:
    whole = gzip.compress(LONG)
    (tmp_path / "log.jsonl.gz").write_bytes(whole[:-9])  # all of it but the last byte before the checksum
    found, _ = read(tmp_path / "log.jsonl.gz")
    assert len(found) >= 3999


# ---- what is not read beside logs


def test_what_a_folder_holds_and_is_not_read_is_listed(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(lines(40))
    (tmp_path / "README.md").write_text("words")
    (tmp_path / "site.toml").write_text("")
    (tmp_path / "b.xlsx").write_bytes(packed(xl__workbook_xml=b"<x/>"))
    (tmp_path / "c.doc").write_text("words\n" * 9)
    (tmp_path / "d.jsonl").symlink_to("nowhere")
    os.mkfifo(tmp_path / "e.jsonl")
    found, source = read(tmp_path)
    assert found == rows(40)
    (said,) = source.not_read()
    for name, why in {
        "b.xlsx": "spreadsheet",
        "c.doc": "neither",
        "d.jsonl": "No such",
        "e.jsonl": "pipe",
    }.items():
        assert f"{name} (" in said and why in said
    assert "README" not in said and "toml" not in said


def test_what_a_zip_holds_and_is_not_read_is_listed(tmp_path: Path) -> None:
    deep = packed(one_zip=packed(two_zip=packed(a_jsonl=lines(4))))
    (tmp_path / "log.zip").write_bytes(
        packed(a_jsonl=lines(40), b_pdf=b"%PDF-1.4", c_zip=deep, README_md=b"x")
    )
    found, source = read(tmp_path / "log.zip")
    assert found == rows(40)
    (said,) = source.not_read()
    assert ("b.pdf (is a PDF" in said and "two.zip" in said) or "one.zip" in said
    assert "README" not in said


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "log.jsonl")
    refused: list[str] = []

    def look() -> None:
        with pytest.raises(ConfigError) as error:
            read(tmp_path / "log.jsonl")
        refused.append(str(error.value))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    thread.join(20)
    assert refused and "pipe" in refused[0] and "cat" in refused[0]


def test_a_parquet_in_a_zip_that_is_too_large_is_refused_by_the_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "log.zip").write_bytes(packed(a_parquet=b"PAR1" + bytes(5000)))
    monkeypatch.setattr(log_file, "MOST_UNPACKED", 1000)
    with pytest.raises(ConfigError, match="too large"):
        read(tmp_path / "log.zip")


def test_a_line_too_long_to_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_file, "BLOCK", 1000)
    monkeypatch.setattr(log_file, "PIECE", 1000)
    monkeypatch.setattr(log_file, "LONGEST_LINE", 3000)
    (tmp_path / "log.jsonl").write_bytes(lines(40) + b'{"point": "' + b"y" * 9000 + b'"}\n' + lines(40))
    found, source = read(tmp_path / "log.jsonl")
    assert found == [*rows(40), *rows(40)]
    assert "holds a line of more than" in source.not_read()[0]
