"""``coolwatch refill``: score rows that a full spool dropped, judged again out of Kafka.

The engines start some time earlier, so that their models are warm when the
rows begin; only rows within the span are written. A row's key is (point,
tick), so a row that is there already is written over and not doubled.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import typer

from config.errors import ConfigError, Mistake
from config.kinds import load_kinds
from config.times import parse_duration, parse_instant
from detector.service.configuration import connection, load
from detector.service.progress import progress_bar
from detector.service.router import PartitionEngines
from detector.service.sample import records_since
from streams.errors import SinkAway
from streams.sinks.influx_writer import InfluxWriter
from streams.sinks.rows import ScoreLines, incident_lines
from streams.sources.source import Partition

WRITE_BYTES = 1 << 20


def refill_scores(
    since: str, until: str | None, lead_in: str, config: Path | None, site: Path | None
) -> None:
    """Judge the topics from ``lead_in`` before ``since`` on; write the rows of ``since`` to ``until``."""
    start = _told("--from", since, parse_instant)
    end = time.time_ns() if until is None else _told("--to", until, parse_instant)
    warm = _told("--lead-in", lead_in, parse_duration)
    if not start < min(end, time.time_ns()):
        raise ConfigError("refill", "--from", "is not before --to and now", "give a span that has been")
    settings, model = load(config, site)
    if not settings.influxdb.url:
        raise ConfigError("settings", "influxdb.url", "is empty, so there is nothing to refill", "set it")
    engines: dict[Partition, PartitionEngines] = {}
    lines = ScoreLines()
    rows = 0
    with ExitStack() as parts:
        writer = InfluxWriter(settings.influxdb)
        parts.callback(writer.close)
        tell = parts.enter_context(progress_bar("refill"))
        payload = bytearray()
        for records in records_since(connection(settings.kafka), settings.kafka.topics, start - warm):
            key = (records.topic, records.partition)
            if key not in engines:
                engines[key] = PartitionEngines(model, load_kinds(), settings)
            for verdict in engines[key].push(records).verdicts:
                for tick in verdict.ticks:
                    if start <= tick.end <= end:
                        payload += lines.lines(tick, verdict.ids)
                payload += incident_lines(each for each in verdict.incidents if start <= each.updated <= end)
            if len(payload) > WRITE_BYTES:
                rows += _write(writer, payload)
            if len(records):
                come = (int(records.timestamp[-1]) - (start - warm)) / (time.time_ns() - (start - warm))
                tell(min(max(come, 0.0), 1.0), f"{rows} rows")
        rows += _write(writer, payload)
    typer.echo(f"{rows} rows written to bucket {settings.influxdb.bucket}")


def _write(writer: InfluxWriter, payload: bytearray) -> int:
    """Write and empty the buffer; how many rows. Raises SinkAway, after some tries."""
    rows = payload.count(b"\n")
    for pause in (1.0, 5.0, 15.0, None):
        try:
            if rows:
                writer.write(bytes(payload))
            break
        except SinkAway:
            if pause is None:
                raise
            time.sleep(pause)
    payload.clear()
    return rows


def _told(option: str, text: str, parse: Callable[[object], int]) -> int:
    try:
        return parse(text)
    except Mistake as mistake:
        raise ConfigError("refill", option, str(mistake), mistake.remedy) from mistake
