"""Messages that stand the wrong way round are told as that."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from detector.service.cli import app

POINT = "hall-1/rack-01/inlet_air_temperature"


def test_a_log_of_messages_that_begins_with_the_newest_is_named(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    times = range(1_750_000_000_000, 1_750_000_900_000, 10_000)
    messages = [{"point": POINT, "time": time, "value": 21.0} for time in reversed(times)]
    log.write_text("\n".join(map(json.dumps, messages)))
    said = "The newest message stands first in log.jsonl: its times run backwards"
    replayed = CliRunner().invoke(
        app, ["replay", str(log), "--json", "--dead-letters", str(tmp_path / "rejected.jsonl")]
    )
    assert replayed.exit_code == 1
    assert any(each.startswith(said) for each in json.loads(replayed.stdout)["not_understood"])
    found = CliRunner().invoke(app, ["init", "--from", str(log), "--out", str(tmp_path / "out"), "--json"])
    assert found.exit_code == 1
    assert any(each.startswith(said) for each in json.loads(found.stdout)["not_understood"])
