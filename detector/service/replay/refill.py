"""``coolwatch refill``: score rows that a full spool dropped, judged again out of Kafka.

The engines start some time earlier, so that their models are warm when the
rows begin; only rows within the span are written. A row's key is (point,
tick), so a row that is there already is written over and not doubled, and a
refill that was broken off says from where to go on.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import typer

from config.errors import ConfigError, Mistake
from config.kinds import load_kinds
from config.settings import Settings
from config.site import Site
from config.times import parse_duration, parse_instant
from detector.service.engines.pipeline import Pipeline
from detector.service.people.exit_codes import EXIT_BROKEN_OFF
from detector.service.people.progress import Tell, progress_bar
from detector.service.people.words import utc
from detector.service.setup.configuration import connection, load
from detector.service.setup.topic_records import records_since
from streams.errors import SinkAway, StreamError
from streams.sinks.influx_writer import InfluxWriter
from streams.sinks.rows import ScoreLines, incident_lines
from streams.sources.source import Partition

WRITE_BYTES = 1 << 20
PIECE_BYTES = 1 << 20
"""Of records, judged before rows are written."""


def refill_scores(
    since: str, until: str | None, lead_in: str, config: Path | None, site: Path | None
) -> None:
    """Judge the topics from ``lead_in`` before ``since`` on; write the rows of ``since`` to ``until``.

    Raises ConfigError for a span that has not been, or where InfluxDB is switched off.
    """
    start = _told("--from", since, parse_instant)
    end = time.time_ns() if until is None else _told("--to", until, parse_instant)
    warm = _told("--lead-in", lead_in, parse_duration)
    if not start < min(end, time.time_ns()):
        raise ConfigError("refill", "--from", "is not before --to and now", "give a span that has been")
    settings, model = load(config, site)
    if not settings.influxdb.url:
        raise ConfigError("settings", "influxdb.url", "is empty, so there is nothing to refill", "set it")
    written = _Written(start, end)
    try:
        with ExitStack() as parts:
            writer = InfluxWriter(settings.influxdb)
            parts.callback(writer.close)
            tell = parts.enter_context(progress_bar("refill"))
            _judge_again(settings, model, start - warm, written, writer, tell)
    except KeyboardInterrupt:
        typer.echo(_broken_off(written, until), err=True)
        raise typer.Exit(EXIT_BROKEN_OFF) from None
    except StreamError:
        typer.echo(_broken_off(written, until), err=True)
        raise
    typer.echo(f"{written.rows} rows written to bucket {settings.influxdb.bucket}")


@dataclass(slots=True)
class _Written:
    """What of a span (ns, ends included) is in the database."""

    start: int
    end: int
    rows: int = 0
    left: set[Partition] = field(default_factory=set)
    """Partitions that are not read to their ends."""
    judged: dict[Partition, dict[str, int]] = field(default_factory=dict)
    """The end of the last tick of each zone whose rows were made."""
    _safe: dict[Partition, int] = field(default_factory=dict)

    def write(self, writer: InfluxWriter, payload: bytearray) -> None:
        """Write and empty the buffer. Raises SinkAway, after some tries."""
        self.rows += _write(writer, payload)
        self._safe = {partition: min(zones.values()) for partition, zones in self.judged.items() if zones}

    def whole_until(self) -> int:
        """Up to when no row is missing."""
        if not self._safe:
            return self.start
        least = min((self._safe.get(partition, self.start) for partition in self.left), default=self.end)
        return min(max(least, self.start), self.end)


def _judge_again(
    settings: Settings, model: Site, since: int, written: _Written, writer: InfluxWriter, tell: Tell
) -> None:
    engines: dict[Partition, Pipeline] = {}
    lines = ScoreLines()
    payload = bytearray()
    start, end = written.start, written.end
    for records in records_since(connection(settings.kafka), settings.kafka.topics, since, written.left):
        key = (records.topic, records.partition)
        if key not in engines:
            engines[key] = Pipeline(model, load_kinds(), settings)
        judged = written.judged.setdefault(key, {})
        for piece in records.pieces(PIECE_BYTES):
            for verdict in engines[key].push(piece).verdicts:
                for tick in verdict.ticks:
                    judged[verdict.zone] = tick.end
                    if start <= tick.end <= end:
                        payload += lines.lines(tick, verdict.ids)
                payload += incident_lines(each for each in verdict.incidents if start <= each.updated <= end)
            if len(payload) > WRITE_BYTES:
                written.write(writer, payload)
        if len(records):
            come = (int(records.timestamp[-1]) - since) / (time.time_ns() - since)
            tell(min(max(come, 0.0), 1.0), f"{written.rows} rows")
    written.write(writer, payload)


def _broken_off(written: _Written, until: str | None) -> str:
    whole = written.whole_until()
    go_on = f"coolwatch refill --from {utc(whole)}{f' --to {until}' if until else ''}"
    none = "no row" if whole == written.start else f"all rows up to {utc(whole)}"
    return f"Broken off: {written.rows} rows written, {none} for certain. Go on with: {go_on}"


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
