"""Score rows as plain data, from a line-protocol file and from a Flux query, to be compared."""

from __future__ import annotations

import re
from pathlib import Path

from tests.services.influxdb import InfluxDB

MEASUREMENTS = ("cooling_score", "cooling_forecast", "cooling_service", "cooling_hall", "cooling_incident")

Rows = dict[tuple[str, ...], object]
"""(measurement, tags..., time in ns, field) -> value"""

_PART = re.compile(r'((?:[^\\, ="]|\\.)+)=("(?:[^"\\]|\\.)*"|[^, ]+)')


def rows_of_file(path: Path) -> Rows:
    """The rows of ``scores.lp``. Tags and text in the tests hold nothing that is escaped but blanks."""
    rows: Rows = {}
    for line in path.read_text().splitlines():
        head, rest = re.split(r"(?<!\\) ", line, maxsplit=1)
        fields, time = rest.rsplit(" ", 1)
        measurement, _, tags = head.partition(",")
        named = {key: value.replace("\\", "") for key, value in _PART.findall(tags)}
        for field, value in _PART.findall(fields):
            rows[_key(measurement, named, int(time), field)] = (
                value[1:-1].replace('\\"', '"') if value.startswith('"') else float(value)
            )
    return rows


def rows_of_database(database: InfluxDB, bucket: str) -> Rows:
    """What a Flux query finds of the same measurements."""
    own = 'filter(fn: (r) => r._measurement != "cooling_daemon")'
    found = database.query(
        f'from(bucket: "{bucket}") |> range(start: 0, stop: 2200-01-01T00:00:00Z) |> {own}'
    )
    rows: Rows = {}
    for record in found:
        tags = {
            key: str(value)
            for key, value in record.items()
            if not key.startswith("_") and key not in ("result", "table")
        }
        moment = record["_time"]
        assert hasattr(moment, "timestamp")
        time = round(moment.timestamp() * 1_000_000) * 1000 + getattr(moment, "nanosecond", 0) % 1000
        rows[_key(str(record["_measurement"]), tags, time, str(record["_field"]))] = record["_value"]
    return rows


def _key(measurement: str, tags: dict[str, str], time: int, field: str) -> tuple[str, ...]:
    # A query gives times to the microsecond.
    told = [f"{key}={value}" for key, value in sorted(tags.items()) if value]
    return (measurement, *told, str(time // 1000), field)
