"""What flows between the rooms: readings, verdicts, incidents.

Batches are structures of arrays, so that a kernel can walk them; only what is
rare (a reject, an incident) is an object of its own. Times are int64
nanoseconds UTC everywhere in this file.
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
U8 = NDArray[np.uint8]

SECOND = 1_000_000_000

ROOMS = ("config", "kernels", "streams", "detector")
_ROOT = Path(__file__).resolve().parents[1]
FAILURE_LENGTH = 200


class Severity(StrEnum):
    """How bad an incident is; it rises and does not fall while the incident is open."""

    WARNING = "warning"
    CRITICAL = "critical"
    EMERGENCY = "emergency"


class State(StrEnum):
    """Where an incident is in its life: not yet confirmed, open, over."""

    PENDING = "pending"
    FIRING = "firing"
    RESOLVED = "resolved"


# As numbers, for charts and for comparing which is worse.
SEVERITY_CODE: dict[str, int] = {Severity.WARNING: 1, Severity.CRITICAL: 2, Severity.EMERGENCY: 3}
STATE_CODE: dict[str, int] = {State.PENDING: 0, State.FIRING: 1, State.RESOLVED: 2}


@dataclass(frozen=True, slots=True)
class Readings:
    """A batch of readings: (point, event time, value), in arrival order.

    ``point`` is a slot: the index of the point's id in the directory of
    whoever made the batch. ``value`` is in the unit of the point's kind.
    """

    point: I32
    """i4[n]"""
    time: I64
    """i8[n] event time, ns UTC."""
    value: F64
    """f8[n]"""

    def __len__(self) -> int:
        return len(self.point)

    @staticmethod
    def empty() -> Readings:
        """No readings."""
        return Readings(np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0, np.float64))

    @staticmethod
    def of(point: Sequence[int], time: Sequence[int], value: Sequence[float]) -> Readings:
        """Readings from sequences of one length: slots, times in ns, values in the unit of each kind."""
        return Readings(
            np.asarray(point, np.int32), np.asarray(time, np.int64), np.asarray(value, np.float64)
        )

    def then(self, rest: Readings) -> Readings:
        """These and those after them."""
        return Readings(
            np.concatenate([self.point, rest.point]),
            np.concatenate([self.time, rest.time]),
            np.concatenate([self.value, rest.value]),
        )

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_] | slice) -> Readings:
        """Some rows of these: indices, a mask, or a slice (which copies nothing)."""
        return Readings(self.point[rows], self.time[rows], self.value[rows])


class Reject(msgspec.Struct, frozen=True):
    """One thing that could not be used, with where it stood and why."""

    topic: str
    partition: int
    offset: int
    reason: str
    """A short name from a closed list (`streams.errors.RejectReason`)."""
    detail: str = ""
    payload: bytes = b""
    """The record's bytes, cut to a few KiB."""


@dataclass(slots=True)
class Counts:
    """The books of an engine or a decoder. Nothing vanishes:

    records = decoded + rejected_records, and
    readings = scored + waiting + late + duplicate + rejected + ignored + absent + set_aside.

    What the source had to pass over was never taken and stands beside the records, as missed.
    """

    records: int = 0
    decoded: int = 0
    rejected_records: int = 0
    readings: int = 0
    scored: int = 0
    waiting: int = 0
    late: int = 0
    duplicate: int = 0
    rejected: int = 0
    ignored: int = 0
    absent: int = 0
    """Said by the message itself to be no value: null, NaN, "No Data", a bad quality."""
    set_aside: int = 0
    """Of ticks that were not judged, since something in the engine failed."""
    missed: int = 0
    """Records that never came, as far as their number is known: removed, damaged, too large to unpack."""

    def add(self, other: Counts) -> None:
        """Add the counts of another book to these."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def balanced(self) -> bool:
        """Whether every record and every reading has come to exactly one end."""
        return self.records == self.decoded + self.rejected_records and self.readings == (
            self.scored
            + self.waiting
            + self.late
            + self.duplicate
            + self.rejected
            + self.ignored
            + self.absent
            + self.set_aside
        )


class RejectedReading(msgspec.Struct, frozen=True):
    """A reading that the engine refused (a bad clock, a value outside all sense)."""

    point: str
    time: int
    value: float
    reason: str


class Failure(msgspec.Struct, frozen=True):
    """An error in the code itself that nobody foresaw, and that was contained."""

    what: str
    """The exception, with what it says."""
    place: str
    """``file:function:line`` of the innermost code of ours."""

    def __str__(self) -> str:
        return f"{self.what} at {self.place}"

    @staticmethod
    def of(error: BaseException) -> Failure:
        """The same error in the same code is the same failure, whenever it comes up."""
        place = "unknown"
        for frame in traceback.extract_tb(error.__traceback__):
            path = Path(frame.filename)
            if path.is_relative_to(_ROOT) and path.relative_to(_ROOT).parts[0] in ROOMS:
                place = f"{path.relative_to(_ROOT)}:{frame.name}:{frame.lineno}"
        return Failure(f"{type(error).__name__}: {error}"[:FAILURE_LENGTH], place)


@dataclass(frozen=True, slots=True)
class Scores:
    """The points that had something new in a tick; all arrays have one row a point."""

    point: I32
    """i4[n] slots."""
    value: F64
    """f8[n] mean of the tick's readings, in the unit of the point's kind."""
    expected: F64
    """f8[n] what it should have been; NaN = no opinion."""
    score: F64
    """f8[n] 0 (as usual) to 1 (never seen)."""
    quality: F64
    """1 = good, 0 = not to be used."""


@dataclass(frozen=True, slots=True)
class Forecasts:
    """Time to limit per rack or per service; all arrays have one row an id.

    ``margin`` is in degrees, times in seconds; NaN where there is no limit or
    nothing is in sight within six hours.
    """

    ids: tuple[str, ...]
    halls: tuple[str, ...]
    margin: F64
    time_to_limit: F64
    low: F64
    high: F64

    @staticmethod
    def empty() -> Forecasts:
        """No forecasts."""
        none = np.empty(0, np.float64)
        return Forecasts((), (), none, none, none, none)


class HallState(msgspec.Struct, frozen=True):
    """How a hall stands at the end of a tick. None = not known, with a reason."""

    hall: str
    heat_load: float | None
    heat_removed: float | None
    balance: float | None
    balance_reason: str
    redundancy: int | None
    score: float


@dataclass(frozen=True, slots=True)
class TickVerdict:
    """What the engine made of one closed tick of one zone."""

    zone: str
    end: int
    scores: Scores
    racks: Forecasts
    services: Forecasts
    halls: tuple[HallState, ...]
    spoke: tuple[str, ...]
    """Which parts had a say: ``limits``, ``physics``, ``statistics``, ``river``."""


class ServiceTime(msgspec.Struct, frozen=True):
    """A service, and when it drops."""

    name: str
    time_to_limit: float | None


class Incident(msgspec.Struct, frozen=True):
    """One physical cause, as it stands now. A later version has the same id."""

    id: str
    zone: str
    hall: str
    category: str
    fault: str
    root: str
    first_root: str
    severity: str
    state: str
    started: int
    updated: int
    warned: int | None = None
    resolved: int | None = None
    time_to_limit: float | None = None
    services: tuple[ServiceTime, ...] = ()
    evidence: tuple[str, ...] = ()
    summary: str = ""
    confidence: float = 0.0
    spoke: tuple[str, ...] = ()
    """The parts that saw signs of it, the first to see one first."""


@dataclass(slots=True)
class Verdict:
    """What one ``push`` brought to light, in the order in which it did."""

    zone: str
    ticks: list[TickVerdict] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)
    """Each new version of an incident."""
    rejected: list[RejectedReading] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    """Errors that were contained, in the order in which they came up; some of them at a second try only."""
    counts: Counts = field(default_factory=Counts)
    """Changes since the push before, ``waiting`` too (it may be negative)."""
    ids: list[str] = field(default_factory=list)
    """Id of each slot that its ticks name; a list that grows, made anew when a slot comes to mean another."""
