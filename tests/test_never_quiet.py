"""What cannot be understood never ends with exit code 0 and no word, whatever it is."""

from __future__ import annotations

import gzip
import io
import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from config.errors import ConfigError
from detector.service.cli import app

HTML = b"""<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head>
<body><h1>502 Bad Gateway</h1><hr><center>nginx</center></body></html>"""
XML = b"""<?xml version="1.0"?><trend><point name="AHU-1 SAT">
<sample time="2025-06-15T00:00:00Z" value="18.4"/></point></trend>"""
YAML = b"points:\n  - name: AHU-1 SAT\n    time: 2025-06-15T00:00:00Z\n    value: 18.4\n"
LISTING = (
    b"total 8\n-rw-r--r-- 1 root root 821 Nov 30 16:12 case.md\n-rw-r--r-- 1 root root 78 Nov 30 16:12 x\n"
)
PROSE = b"The cooling of hall 1 was looked at on Monday.\nNothing was found.\n" * 5


def noise() -> bytes:
    return random.Random(7).randbytes(5000)


def workbook() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("[Content_Types].xml", XML)
        archive.writestr("xl/worksheets/sheet1.xml", XML)
    return packed.getvalue()


def lines(*messages: object) -> bytes:
    return b"\n".join(json.dumps(message).encode() for message in messages)


def times(count: int) -> list[str]:
    return [f"2025-06-15T00:{minute:02d}:00Z" for minute in range(count)]


def wide(cell: Callable[[int], str], header: str = "time,AHU-1 SAT,AHU-1 RAT") -> bytes:
    rows = [f"{time},{cell(n)},{cell(n)}" for n, time in enumerate(times(30))]
    return "\n".join([header, *rows]).encode()


PROTOBUF = bytes.fromhex("0a12089501121068616c6c2d312f637261632d30311d9a99934120")
READING = {"point": "hall-1/rack-01/inlet_air_temperature", "time": 1_750_000_000_000, "value": 21.0}
INPUTS: dict[str, tuple[str, bytes]] = {
    "prose": ("log.txt", PROSE),
    "prose as messages": ("log.jsonl", PROSE),
    "prose as a table": ("log.csv", PROSE),
    "noise": ("log.jsonl", noise()),
    "noise as a table": ("log.csv", noise()),
    "noise as parquet": ("log.parquet", noise()),
    "nothing": ("log.jsonl", b""),
    "nothing as a table": ("log.csv", b""),
    "blank lines": ("log.jsonl", b"\n\n\n"),
    "a header alone": ("log.csv", b"time,point,value\n"),
    "other JSON": ("log.jsonl", lines(*[{"user": "a", "action": "login"}] * 5)),
    "JSON over several lines": ("log.json", json.dumps([READING, READING], indent=2).encode()),
    "numbers": ("log.jsonl", lines(1, 2, 3)),
    "empty objects": ("log.jsonl", lines({}, [], {})),
    "cut gzip": ("log.jsonl.gz", gzip.compress(lines(*[READING] * 500))[:60]),
    "gzip of noise": ("log.jsonl.gz", gzip.compress(noise())),
    "no gzip": ("log.jsonl.gz", lines(READING)),
    "HTML": ("log.jsonl", HTML),
    "HTML as a table": ("log.csv", HTML),
    "XML": ("log.txt", XML),
    "XML as a table": ("log.csv", XML),
    "YAML": ("log.txt", YAML),
    "YAML as a table": ("log.csv", YAML),
    "a listing": ("log.log", LISTING),
    "a workbook": ("log.csv", workbook()),
    "a workbook by its name": ("log.xlsx", workbook()),
    "protobuf": ("log.jsonl", PROTOBUF * 10),
    "text in every cell": ("log.csv", wide(lambda n: "see remark")),
    "no value in any cell": ("log.csv", wide(lambda n: "")),
    "no value in any message": ("log.jsonl", lines(*[{**READING, "value": None}] * 30)),
    "words for values": ("log.jsonl", lines(*[{**READING, "value": "warm"}] * 30)),
    "one moment": ("log.jsonl", lines(*[READING] * 30)),
    "foreign names alone": ("log.jsonl", lines(*[{**READING, "point": "AHU-1 SAT"}] * 30)),
    "labels alone": ("log.jsonl", lines(*[{**READING, "point": "hall-1/rack-01/door_count"}] * 30)),
    "times alone": ("log.csv", "\n".join(["time", *times(30)]).encode()),
    "SQL": ("log.txt", b"INSERT INTO t VALUES (1, 'hall-1', 21.5);\n" * 20),
    "pcap": ("log.log", bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000") + noise()),
}

UNDERSTOOD_BY_INIT = ("one moment", "foreign names alone", "no gzip", "JSON over several lines")
"""What names points well enough to write a site file from, though nothing can be judged by it."""


@pytest.mark.parametrize("name", INPUTS)
def test_a_replay_of_what_is_not_understood_says_so(name: str, tmp_path: Path) -> None:
    file, content = INPUTS[name]
    log = tmp_path / file
    log.write_bytes(content)
    done = CliRunner().invoke(app, ["replay", str(log), "--dead-letters", str(tmp_path / "rejected.jsonl")])
    if isinstance(done.exception, ConfigError):  # which the command says in words, with the mend
        assert done.exception.problem and done.exception.remedy
        return
    assert isinstance(done.exception, SystemExit), repr(done.exception)
    assert done.exit_code == 1, done.output
    assert "No incident." not in done.output
    assert "Nothing was judged" in done.stdout


@pytest.mark.parametrize("name", [name for name in INPUTS if name not in UNDERSTOOD_BY_INIT])
def test_init_of_what_is_not_understood_says_so(name: str, tmp_path: Path) -> None:
    file, content = INPUTS[name]
    log = tmp_path / file
    log.write_bytes(content)
    done = CliRunner().invoke(app, ["init", "--from", str(log), "--out", str(tmp_path / "out")])
    if isinstance(done.exception, ConfigError):  # which the command says in words, with the mend
        assert done.exception.problem and done.exception.remedy
        return
    assert isinstance(done.exception, SystemExit), repr(done.exception)
    assert done.exit_code == 1, done.output
    assert len(done.output.strip()) > 40, done.output
