"""What could be read and was then refused does not end with exit code 0 and no word."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from detector.service.cli import app

STEP_S = 10
START = 1_750_000_000


def test_readings_that_are_refused_for_their_clock_are_told(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    racks = 20
    ahead = {racks - 1: 3600}
    log.write_text(
        "\n".join(
            json.dumps(
                {
                    "point": f"hall-1/rack-{rack:02}/inlet_air_temperature",
                    "time": (START + STEP_S * step + ahead.get(rack, 0)) * 1000,
                    "value": 21.0 + step % 3 / 10,
                }
            )
            for step in range(90)
            for rack in range(racks)
        )
    )
    letters = tmp_path / "rejected.jsonl"
    result = CliRunner().invoke(app, ["replay", str(log), "--json", "--dead-letters", str(letters)])
    told = json.loads(result.stdout)
    refused = sum(json.loads(line)["reason"] == "bad_clock" for line in letters.read_text().splitlines())
    assert refused > 18
    assert result.exit_code == 1
    [said] = [each for each in told["not_understood"] if "bad_clock" in each]
    assert said.startswith(
        f"{refused} of 1800 readings of log.jsonl were read and then refused as bad_clock: "
    )
