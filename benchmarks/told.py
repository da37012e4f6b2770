"""What coolwatch said in a run, as lines of JSON that can be kept and compared to the byte.

Each version of an incident is a line, in the order in which they were told.
After them stand, for each measurement of the score database and each hour of
event time, how many rows there were and a digest of their bytes (numbers have
six decimals there), and last the books with a digest of the readings that were
refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

import msgspec

from detector.service.people.words import utc
from streams.messages import SECOND, Counts, TickVerdict, Verdict
from streams.sinks.rows import ScoreLines

HOUR = 3600 * SECOND

Line = dict[str, Any]


class Rows:
    """Digests of the rows of ticks, by measurement and hour."""

    def __init__(self) -> None:
        self._lines = ScoreLines()
        self._digests: dict[tuple[int, str], tuple[int, Any]] = {}

    def take(self, tick: TickVerdict, ids: list[str]) -> None:
        hour = (tick.end - 1) // HOUR * HOUR
        for measurement, rows in _by_measurement(self._lines.lines(tick, ids).splitlines(keepends=True)):
            count, digest = self._digests.get((hour, measurement), (0, hashlib.sha256()))
            digest.update(b"".join(rows))
            self._digests[hour, measurement] = (count + len(rows), digest)

    def lines(self) -> Iterator[Line]:
        for (hour, measurement), (count, digest) in sorted(self._digests.items()):
            yield {"rows": measurement, "hour": utc(hour), "count": count, "digest": digest.hexdigest()}


def _by_measurement(rows: list[bytes]) -> Iterator[tuple[str, list[bytes]]]:
    found: dict[bytes, list[bytes]] = {}
    for row in rows:
        found.setdefault(row[: row.index(b",")], []).append(row)
    for measurement, of_it in found.items():
        yield measurement.decode(), of_it


def told(verdicts: Iterable[Verdict]) -> Iterator[Line]:
    """The lines of a run, from its verdicts in their order."""
    rows, refused, counts = Rows(), hashlib.sha256(), Counts()
    for verdict in verdicts:
        for incident in verdict.incidents:
            yield {"incident": msgspec.to_builtins(incident)}
        for tick in verdict.ticks:
            rows.take(tick, verdict.ids)
        for rejected in verdict.rejected:
            refused.update(msgspec.json.encode(rejected))
        for failure in verdict.failures:
            yield {"failure": str(failure)}
        counts.add(verdict.counts)
    yield from rows.lines()
    yield {"books": asdict(counts), "refused": refused.hexdigest()}
