"""A small log of two halls for tests of the whole way: a rack that overheats, and rubbish between."""

from __future__ import annotations

import gzip
import json
import math
import random
from pathlib import Path

START_MS = 1_700_000_000_000
STEP_MS = 10_000
SITE = """
[site]
name = "test"

[[service]]
name = "mail"
racks = ["hall-2/rack-*"]
needs = 4
"""
RUBBISH = (
    b'{"point": "hall-1/crah-01/supply_air_temperature", "time":',
    b'{"point": "hall-1/crah-01/supply_air_temperature", "time": 1700000000000, "value": NaN}',
    b'{"point": "hall-1/crah-01/fan_speed", "time": 1700000000000, "value": 3, "unit": "furlong"}',
    b"\x00\xff\xfe",
)


def write_log(folder: Path, minutes: int, racks: int = 4) -> Path:
    """``telemetry.jsonl.gz`` and ``site.toml``; every reading is on time, so the order of halls is free."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "site.toml").write_text(SITE)
    path = folder / "telemetry.jsonl.gz"
    with gzip.open(path, "wb", compresslevel=1) as out:
        for number, line in enumerate(_lines(minutes, racks)):
            out.write(line + b"\n")
            if number % 997 == 500:
                out.write(RUBBISH[number // 997 % len(RUBBISH)] + b"\n")
            if number % 1499 == 700:
                out.write(line + b"\n")  # told twice
    return path


def _lines(minutes: int, racks: int) -> list[bytes]:
    noise = random.Random(7)
    lines = []
    steps = minutes * 60_000 // STEP_MS
    for step in range(steps):
        time = START_MS + step * STEP_MS
        values: dict[str, float | bool] = {}
        for hall in ("hall-1", "hall-2"):
            load = 4.0 + math.sin(step / 200)
            for unit in range(1, 4):
                name = f"{hall}/crah-{unit:02d}"
                values[f"{name}/supply_air_temperature"] = round(20 + noise.gauss(0, 0.1), 2)
                values[f"{name}/return_air_temperature"] = round(30 + load / 4 + noise.gauss(0, 0.1), 2)
                values[f"{name}/fan_speed"] = round(60 + noise.gauss(0, 0.5), 1)
                values[f"{name}/run_status"] = True
            for rack in range(1, racks + 1):
                name = f"{hall}/rack-{rack:02d}"
                heat = max(0.0, step - steps * 0.6) * 0.2 if (hall, rack) == ("hall-2", 2) else 0.0
                values[f"{name}/inlet_air_temperature"] = round(min(21 + heat, 38) + noise.gauss(0, 0.1), 2)
                values[f"{name}/power"] = round(load + noise.gauss(0, 0.05), 3)
        for point, value in values.items():
            late = noise.randrange(3000)
            lines.append(json.dumps({"point": point, "time": time + late, "value": value}).encode())
    return lines
