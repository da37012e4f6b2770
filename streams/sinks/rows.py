"""What the engine says, as line-protocol bytes for the measurements of the score database.

A score's key is (point, tick): writing the same tick twice leaves one row. All
numbers are floats, so a field never changes its type.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from kernels.line_protocol import write_rows
from streams.messages import (
    F64,
    I64,
    SECOND,
    SEVERITY_CODE,
    STATE_CODE,
    Forecasts,
    HallState,
    Incident,
    TickVerdict,
)
from streams.sinks.escape import head, text_field

POINT_TAGS = ("hall", "equipment", "measure", "place")
SCORE_FIELDS = ("score", "value", "expected", "quality")
FORECAST_FIELDS = ("margin", "time_to_limit", "time_to_limit_low", "time_to_limit_high")
HALL_FIELDS = ("heat_load", "heat_removed", "balance", "redundancy", "score")
INCIDENT_SPREAD_NS = 1_000_000


class Heads:
    """Measurement and tags of many rows, written once and kept as one buffer."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._start: list[int] = []
        self._length: list[int] = []
        self._arrays: tuple[NDArray[np.uint8], I64, I64] | None = None

    def __len__(self) -> int:
        return len(self._start)

    def append(self, text: bytes) -> int:
        """Add one; the number by which a row names it."""
        self._start.append(len(self._buffer))
        self._length.append(len(text))
        self._buffer += text
        self._arrays = None
        return len(self._start) - 1

    def arrays(self) -> tuple[NDArray[np.uint8], I64, I64]:
        """Buffer, starts and lengths."""
        if self._arrays is None:
            self._arrays = (
                np.frombuffer(bytes(self._buffer), np.uint8),
                np.array(self._start, np.int64),
                np.array(self._length, np.int64),
            )
        return self._arrays


def lines_of(
    heads: Heads, picked: NDArray[np.int32], fields: Sequence[str], columns: Sequence[F64], time: int
) -> bytes:
    """Rows that share field names and a time: one row for each entry of ``picked``."""
    names = "".join(fields).encode()
    starts = np.cumsum([0, *(len(name) for name in fields)]).astype(np.int64)
    value = np.empty((len(picked), len(fields)))
    for k, column in enumerate(columns):
        value[:, k] = column
    times = np.full(len(picked), time, np.int64)
    return write_rows(*heads.arrays(), picked, np.frombuffer(names, np.uint8), starts, value, times).tobytes()


class ScoreLines:
    """Ticks to bytes; keeps the tags of every point it has seen, zone by zone."""

    def __init__(self, tick_ns: int = 10 * SECOND, every: int = 1, scores: bool = True) -> None:
        """Points' scores at every ``every``-th tick only, or with ``scores`` false at none."""
        self._tick_ns = tick_ns
        self._every = every
        self._write_scores = scores
        self._points: dict[str, tuple[Sequence[str], Heads]] = {}
        self._forecasts: dict[tuple[str, str], tuple[tuple[str, ...], tuple[str, ...], Heads]] = {}

    def lines(self, tick: TickVerdict, point_ids: Sequence[str]) -> bytes:
        """All rows of a tick. ``point_ids[slot]`` is the id of a slot of ``tick.scores``.

        Hand over the same growing list at every tick of a zone: its tags are
        then made once. With another list they are made anew.
        """
        return b"".join(
            (
                self._scores(tick, point_ids),
                self._forecast_rows("cooling_forecast", "equipment", tick.zone, tick.racks, tick.end),
                self._forecast_rows("cooling_service", "service", tick.zone, tick.services, tick.end),
                _halls(tick.halls, tick.end),
            )
        )

    def _scores(self, tick: TickVerdict, point_ids: Sequence[str]) -> bytes:
        # Counted from the epoch, so that a restart writes the same ticks.
        if not self._write_scores or tick.end // self._tick_ns % self._every:
            return b""
        known, heads = self._points.get(tick.zone, ((), Heads()))
        if known is not point_ids:
            heads = Heads()
            self._points[tick.zone] = (point_ids, heads)
        for slot in range(len(heads), len(point_ids)):
            heads.append(score_head(point_ids[slot]))
        scores = tick.scores
        columns = (scores.score, scores.value, scores.expected, scores.quality)
        return lines_of(heads, scores.point, SCORE_FIELDS, columns, tick.end)

    def _forecast_rows(self, measurement: str, key: str, zone: str, forecasts: Forecasts, time: int) -> bytes:
        ids, halls, heads = self._forecasts.get((zone, measurement), ((), (), Heads()))
        if (ids, halls) != (forecasts.ids, forecasts.halls):
            ids, halls, heads = forecasts.ids, forecasts.halls, Heads()
            for id, hall in zip(ids, halls, strict=True):
                # A rack's id starts with its hall; the tag is what follows, as in the score rows.
                heads.append(head(measurement, {"hall": hall, key: id.removeprefix(f"{hall}/")}))
            self._forecasts[zone, measurement] = (ids, halls, heads)
        columns = (forecasts.margin, forecasts.time_to_limit, forecasts.low, forecasts.high)
        return lines_of(heads, np.arange(len(ids), dtype=np.int32), FORECAST_FIELDS, columns, time)


def score_head(point_id: str) -> bytes:
    """Measurement and tags of a point's score."""
    return head("cooling_score", dict(zip(POINT_TAGS, point_id.split("/", 3), strict=False)))


def _halls(halls: Sequence[HallState], time: int) -> bytes:
    heads = Heads()
    for hall in halls:
        heads.append(head("cooling_hall", {"hall": hall.hall}))
    columns = [
        np.array([np.nan if (v := getattr(hall, name)) is None else v for hall in halls], np.float64)
        for name in HALL_FIELDS
    ]
    return lines_of(heads, np.arange(len(halls), dtype=np.int32), HALL_FIELDS, columns, time)


def incident_lines(incidents: Iterable[Incident]) -> bytes:
    """A row for each version of an incident, at the time of that version.

    Tags are few by design, so two incidents of one unit may share them. To
    keep both, each is set off by less than a millisecond that its id decides.
    """
    return b"".join(map(_incident_line, incidents))


def _incident_line(incident: Incident) -> bytes:
    equipment = "/".join(incident.first_root.split("/")[1:2])
    tags = {"hall": incident.hall, "equipment": equipment, "category": incident.category}
    fields = {
        "id": text_field(incident.id),
        "fault": text_field(incident.fault),
        "root": text_field(incident.root),
        "severity": text_field(incident.severity),
        "state": text_field(incident.state),
        "severity_code": str(float(SEVERITY_CODE.get(incident.severity, 0))),
        "state_code": str(float(STATE_CODE.get(incident.state, 0))),
        "summary": text_field(incident.summary),
    }
    time = incident.updated + zlib.crc32(incident.id.encode()) % INCIDENT_SPREAD_NS
    return _line(head("cooling_incident", tags), fields, time)


def daemon_line(lag: float, delay: float, version: str, time: int, instance: str = "") -> bytes:
    """How coolwatch itself stands: records behind, seconds behind, its version.

    ``instance`` tells several instances of one bucket apart; empty leaves the tag out.
    """
    numbers = {"lag": lag, "delay": delay}
    fields = {name: str(float(number)) for name, number in numbers.items() if math.isfinite(number)}
    fields["version"] = text_field(version)
    return _line(head("cooling_daemon", {"instance": instance}), fields, time)


def _line(start: bytes, fields: dict[str, str], time: int) -> bytes:
    body = ",".join(f"{key}={value}" for key, value in fields.items())
    return b"%s %s %d\n" % (start, body.encode("utf-8", "replace"), time)
