"""How a source of readings fails while the cooling is well: each way as a change of its telemetry.

Registers of a gateway that has lost its devices read 0, 65535 or 32767, and
collectors write -999 for what is missing; one-wire probes read -127 without a
bus and 85 after a restart (Maxim DS18B20, data sheet); a gateway repeats what
it read last, a page of settings switches degC to degF or whole degrees to
tenths, a link breaks, a driver says NaN, a clock stops.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fnmatch import fnmatchcase

import numpy as np

from streams.messages import F64, I64
from streams.simulator.points import Points
from streams.simulator.sampling import MILLISECOND, Telemetry

PLACES = {
    "plant": "plant-a/*",
    "units": "hall-1/crah-*",
    "racks": "hall-1/rack-*",
    "hall": "hall-1/*",
    "unit": "hall-1/crah-01/*",
    "half": "hall-1/crah-0[1-3]/*",
}
"""What is behind the source that fails: the first three are played unless others are asked for."""

Failure = Callable[[Telemetry, np.ndarray, np.ndarray], Telemetry]
"""What arrives instead; of the rows that are concerned (bool) some are temperatures (bool)."""


def _with(telemetry: Telemetry, rows: np.ndarray, value: F64 | float) -> Telemetry:
    return replace(telemetry, value=np.where(rows, value, telemetry.value))


def _all_at(constant: float) -> Failure:
    return lambda telemetry, rows, _: _with(telemetry, rows, constant)


def _temperatures_at(constant: float) -> Failure:
    return lambda telemetry, rows, warm: _with(telemetry, rows & warm, constant)


def _frozen(telemetry: Telemetry, rows: np.ndarray, _: np.ndarray) -> Telemetry:
    """What each point read last before comes again, with new stamps."""
    return _with(telemetry, rows, telemetry.value[_last_before(telemetry, rows)])


def _fahrenheit(telemetry: Telemetry, rows: np.ndarray, warm: np.ndarray) -> Telemetry:
    return _with(telemetry, rows & warm, np.round(telemetry.value * 1.8 + 32.0, 2))


def _tenths(telemetry: Telemetry, rows: np.ndarray, warm: np.ndarray) -> Telemetry:
    return _with(telemetry, rows & warm, np.round(telemetry.value * 10.0))


def _silent(telemetry: Telemetry, rows: np.ndarray, _: np.ndarray) -> Telemetry:
    return telemetry.take(~rows)


def _stuck_clock(telemetry: Telemetry, rows: np.ndarray, _: np.ndarray) -> Telemetry:
    """Values go on, all with the stamp of the first."""
    if not rows.any():
        return telemetry
    return replace(telemetry, time=np.where(rows, telemetry.time[rows].min(), telemetry.time))


def _last_before(telemetry: Telemetry, rows: np.ndarray) -> I64:
    """i8[n]: for each concerned row the row in which its point was last read well; others their own."""
    last: dict[int, int] = {}
    found = np.arange(len(telemetry))
    for row, (point, concerned) in enumerate(zip(telemetry.point.tolist(), rows.tolist(), strict=True)):
        if concerned:
            found[row] = last.setdefault(point, row)
        else:
            last[point] = row
    return found


KINDS: dict[str, Failure] = {
    "zeros": _all_at(0.0),
    "65535": _all_at(65535.0),
    "32767": _all_at(32767.0),
    "-127": _temperatures_at(-127.0),
    "85": _temperatures_at(85.0),
    "-999": _all_at(-999.0),
    "frozen": _frozen,
    "degF": _fahrenheit,
    "tenths": _tenths,
    "silent": _silent,
    "nan": _all_at(np.nan),
    "clock": _stuck_clock,
}


def failed(telemetry: Telemetry, kind: str, place: str, start: int, end: int) -> Telemetry:
    """The same with the source of ``place`` failing from ``start`` to ``end`` (ns of arrival)."""
    of_source = np.array([fnmatchcase(id, PLACES[place]) for id in telemetry.ids])
    warm = np.array(["temperature" in id for id in telemetry.ids])
    within = (telemetry.arrival >= start) & (telemetry.arrival < end)
    return KINDS[kind](telemetry, of_source[telemetry.point] & within, warm[telemetry.point])


def messages(telemetry: Telemetry, points: Points) -> list[bytes]:
    """Canonical JSON, a message a reading; a value that is none is written as devices write it."""
    text = np.char.mod("%.10g", telemetry.value)
    text[np.isnan(telemetry.value)] = '"NaN"'
    status = points.boolean[telemetry.point]
    text[status & (telemetry.value == 0.0)] = "false"
    text[status & (telemetry.value == 1.0)] = "true"
    rows = zip(telemetry.point.tolist(), (telemetry.time // MILLISECOND).tolist(), text.tolist(), strict=True)
    return [f'{{"point":"{telemetry.ids[p]}","time":{t},"value":{v}}}'.encode() for p, t, v in rows]
