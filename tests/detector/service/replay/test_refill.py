"""Refill refuses a span that has not been, and says how to go on; what it writes is tested end to end."""

from __future__ import annotations

import gzip
import shlex
from pathlib import Path

import pytest
import typer

from config.errors import ConfigError
from detector.service.replay import refill
from detector.service.replay.refill import refill_scores
from streams.errors import SinkAway, StreamError
from streams.sinks.influx_writer import InfluxWriter
from tests.detector.service.halls import write_log
from tests.detector.service.rows import rows_of_database
from tests.services.influxdb import InfluxDB
from tests.services.kafka import Broker
from tests.streams.kafka_reading import send

SINCE, UNTIL = "2023-11-14T22:15:00Z", "2023-11-14T22:20:00Z"


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("2026-03-01T05:00:00Z", "2026-03-01T04:00:00Z"),
        ("2026-03-01T05:00:00Z", "2026-03-01T05:00:00Z"),
        ("2199-01-01T00:00:00Z", None),
    ],
)
def test_a_span_that_has_not_been_is_refused(since: str, until: str | None) -> None:
    with pytest.raises(ConfigError, match="not before"):
        refill_scores(since, until, "1h", None, None)


@pytest.mark.kafka
@pytest.mark.influxdb
@pytest.mark.parametrize("broken", [KeyboardInterrupt(), SinkAway("gone")])
def test_broken_off_it_says_how_to_go_on_and_then_no_row_is_missing(
    tmp_path: Path,
    kafka: Broker,
    influxdb: InfluxDB,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    broken: BaseException,
) -> None:
    topic = kafka.topic()
    with gzip.open(write_log(tmp_path, minutes=8)) as log:
        send(kafka, topic, log.read().splitlines(), per_batch=500)
    monkeypatch.setenv("COOLWATCH_INFLUXDB__TOKEN", influxdb.token)
    monkeypatch.setattr(refill, "WRITE_BYTES", 10_000)
    monkeypatch.setattr(refill, "PIECE_BYTES", 10_000)
    whole = settings(tmp_path, kafka, topic, influxdb, f"{topic}-whole")
    refill_scores(SINCE, UNTIL, "1h", whole, None)

    parts = settings(tmp_path, kafka, topic, influxdb, f"{topic}-parts")
    writes = 0

    def write(writer: InfluxWriter, payload: bytearray) -> int:
        nonlocal writes
        writes += 1
        if writes == 3:
            raise broken
        return written(writer, payload)

    written = refill._write
    with monkeypatch.context() as breaking, pytest.raises((typer.Exit, StreamError)):
        breaking.setattr(refill, "_write", write)
        refill_scores(SINCE, UNTIL, "1h", parts, None)
    said = capsys.readouterr().err
    command = shlex.split(said[said.index("coolwatch refill") :])
    assert SINCE < command[3] < UNTIL
    assert command[4:] == ["--to", UNTIL]
    refill_scores(command[3], UNTIL, "1h", parts, None)
    assert rows_of_database(influxdb, f"{topic}-parts") == rows_of_database(influxdb, f"{topic}-whole") != {}


def settings(folder: Path, kafka: Broker, topic: str, influxdb: InfluxDB, bucket: str) -> Path:
    path = folder / f"{bucket}.toml"
    path.write_text(
        f"""
site = "site.toml"
[kafka]
bootstrap = "{kafka.bootstrap}"
topics = ["{topic}"]
[influxdb]
url = "{influxdb.url}"
org = "{influxdb.org}"
bucket = "{bucket}"
"""
    )
    return path
