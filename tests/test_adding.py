"""The pages on adding a rule and a format, followed to the letter in a copy of the code."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, get_args

import pytest

from config.sections.messages import Format
from streams.formats.readers import READERS
from tests.detector.feeding import Row, changed, quiet_hall
from tests.documents import DOCS, REPOSITORY, blocks

START_S = 1_700_000_000
COPIED = ("config", "streams", "detector")
"""Without the kernels, which would be compiled anew."""


class Copy:
    """A copy of the code, with what a page says added to it."""

    def __init__(self, folder: Path, page: str) -> None:
        self.folder = folder
        for room in COPIED:
            shutil.copytree(REPOSITORY / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
        for block in blocks(DOCS / page, "python"):
            self.add(block)

    def add(self, block: str) -> None:
        """A whole file, or lines at the end of a list in one that is there."""
        head, text = block.split("\n", 1)
        where = re.fullmatch(r"# (\S+?)(?:, in (\w+))?", head)
        assert where is not None, f"no file is named at the head of {block}"
        path = self.folder / where[1]
        path.parent.mkdir(parents=True, exist_ok=True)
        if where[2] is None:
            assert not path.exists()
            path.write_text(block, encoding="utf-8")
            return
        lines = text.splitlines(keepends=True)
        imports = "".join(line for line in lines if line.startswith("from "))
        own = "".join(line for line in lines if not line.startswith("from "))
        code = path.read_text(encoding="utf-8")
        in_list = re.compile(rf"^({where[2]}\b.*[\[({{]\n(?:    .*\n)*)", re.MULTILINE)
        code, lists = in_list.subn(lambda found: found[1] + own, code)
        assert lists == 1, f"{where[1]} has {lists} lists {where[2]}"
        code = re.sub(
            r"^from (?!__future__)", lambda found: imports + found[0], code, count=1, flags=re.MULTILINE
        )
        path.write_text(code, encoding="utf-8")

    def run(self, *arguments: str) -> str:
        """What Python prints with the copy in place of the code."""
        environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(self.folder), str(REPOSITORY)))}
        command = [sys.executable, "-P", *arguments]
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def replay(self, log: Path, *arguments: str) -> dict[str, Any]:
        command = "from detector.service.cli import main; main()"
        told: dict[str, Any] = json.loads(self.run("-c", command, "replay", str(log), "--json", *arguments))
        return told


def messages(rows: Iterable[Row]) -> str:
    return "".join(
        json.dumps({"point": point, "time": round((START_S + second) * 1e3), "value": value}) + "\n"
        for point, second, value in rows
    )


def test_a_rule_is_added_and_speaks_in_a_replay(tmp_path: Path) -> None:
    copy = Copy(tmp_path / "copy", "adding-a-rule.md")
    log = tmp_path / "log.jsonl"
    log.write_text(messages(changed(quiet_hall(900), "hall-1/crah-02/return_air_temperature", 400, 15.0)))
    told = copy.replay(log)
    assert [(i["fault"], i["root"]) for i in told["incidents"]] == [("reversed_air", "hall-1/crah-02")]
    assert "CRAH-02 takes in 15.0 C" in told["incidents"][0]["summary"]
    page = copy.run("-m", "detector.rules.reference")
    assert "| `reversed_air` | `unit_failed` | `cooling` | a cooling unit supplies air" in page
    assert "| `reversed_air` | `reversed_air` | Cooling units that run and whose return air" in page


def test_a_format_is_added_and_read_in_a_replay(tmp_path: Path) -> None:
    copy = Copy(tmp_path / "copy", "adding-a-format.md")
    rows = changed(quiet_hall(300), "hall-1/rack-01/inlet_air_temperature", 200, 43.0)
    lines = [f"{point.replace('/', '.')} {value} {START_S + second}" for point, second, value in rows]
    log = tmp_path / "log.txt"
    log.write_text("\n".join([*lines, "hall-1.rack-01.inlet_air_temperature warm now", ""]))
    (tmp_path / "coolwatch.toml").write_text('[messages]\nformat = "graphite"\n')
    told = copy.replay(log, "--config", str(tmp_path / "coolwatch.toml"))
    assert (told["readings"], told["rejected"], told["ignored"]) == (len(rows) + 1, 1, 0)
    assert {i["root"] for i in told["incidents"]} == {"hall-1/rack-01/inlet_air_temperature"}
    assert "auto, json, telegraf, line, graphite" in copy.run("-m", "config.reference")


@pytest.mark.parametrize("name", get_args(Format))
def test_settings_and_readers_name_the_same_formats(name: str) -> None:
    assert name in READERS and set(READERS) == set(get_args(Format))
