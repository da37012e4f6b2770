"""What the readers that go record by record found, gathered into the same columns that the kernels give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.json_messages import Columns
from streams.errors import RejectError, RejectReason

DETAIL_LENGTH = 200
FAR_TIME = 9_000_000_000_000_000_000
"""A time beyond all sense that int64 ns still holds (the year 2255)."""


MOST_THINGS = 10_000
"""Readings of one record, good or bad, that the full parsers take: some ten microseconds each."""


class TooMuch(Exception):
    """A record holds more than `MOST_THINGS`; all that was found in it is taken back."""


class Refusal(NamedTuple):
    """Something that cannot be used, and why."""

    record: int
    reason: RejectReason
    detail: str
    reading: bool
    """True: one reading (or what should have been one), and the rest of the
    record stands. False: the record as a whole."""


@dataclass(slots=True)
class Collector:
    """Readings, refusals and ignored things, each with the record that it is from."""

    unwanted: Callable[[str], bool]
    """Whether a name is one to ignore, whatever its value."""
    record: int = 0
    """The record that is being read."""
    refusals: list[Refusal] = field(default_factory=list)
    ignored: list[int] = field(default_factory=list)
    """The record of each ignored thing."""
    _room: int = MOST_THINGS
    _text: bytearray = field(default_factory=bytearray)
    _spans: list[tuple[int, int, int, int, int]] = field(default_factory=list)
    _times: list[int] = field(default_factory=list)
    _values: list[float] = field(default_factory=list)

    def begin(self, record: int) -> None:
        """What is found from now on is of this record."""
        self.record = record
        self._room = MOST_THINGS

    def take_back(self) -> None:
        """Forget what was found in the record that is being read."""
        self._room = MOST_THINGS
        while self._spans and self._spans[-1][0] == self.record:
            del self._spans[-1], self._times[-1], self._values[-1]
        while self.refusals and self.refusals[-1].record == self.record:
            del self.refusals[-1]
        while self.ignored and self.ignored[-1] == self.record:
            del self.ignored[-1]

    def reading(self, name: str, unit: str, time: int, value: object) -> None:
        """A reading as it stands in the record: ``time`` in ns, ``unit`` empty where none is named."""
        try:
            number = number_of(value)
            name_bytes = name.encode()
            unit_bytes = unit.encode()
        except RejectError as error:
            if self.unwanted(name):
                self.ignore()
            else:
                self.refuse(error.reason, f"{name}: {error.detail}")
            return
        except UnicodeEncodeError:
            self.refuse(RejectReason.NOT_TEXT, "half of a surrogate pair in a name")
            return
        self._take_room()
        start = len(self._text)
        self._text += name_bytes
        self._text += unit_bytes
        middle = start + len(name_bytes)
        self._spans.append((self.record, start, len(name_bytes), middle, len(unit_bytes)))
        self._times.append(min(max(time, -FAR_TIME), FAR_TIME))
        self._values.append(number)

    def refuse(self, reason: RejectReason, detail: str) -> None:
        """Refuse one reading of the record."""
        self._take_room()
        self.refusals.append(Refusal(self.record, reason, detail[:DETAIL_LENGTH], True))

    def refuse_record(self, reason: RejectReason, detail: str) -> None:
        """Refuse the record as a whole: nothing was found in it."""
        self.refusals.append(Refusal(self.record, reason, detail[:DETAIL_LENGTH], False))

    def _take_room(self) -> None:
        self._room -= 1
        if self._room < 0:
            raise TooMuch

    def ignore(self) -> None:
        """Count something that nobody wants."""
        self._take_room()
        self.ignored.append(self.record)

    def found(self) -> int:
        """How many things, good or bad, were found so far."""
        return len(self._spans) + len(self.refusals) + len(self.ignored)

    def readings(self) -> tuple[NDArray[np.uint8], Columns]:
        """The readings: the bytes of their names and units, and columns with spans of them."""
        spans = np.array(self._spans, np.int64).reshape(-1, 5)
        record, name_start, name_length, unit_start, unit_length = (
            np.ascontiguousarray(column) for column in spans.T
        )
        columns = Columns(
            record,
            name_start,
            name_length,
            unit_start,
            unit_length,
            np.array(self._times, np.int64),
            np.array(self._values, np.float64),
        )
        return np.frombuffer(bytes(self._text), np.uint8), columns


def number_of(value: object) -> float:
    """The number that a decoded value is: true and false are 1 and 0. Raises RejectError."""
    if isinstance(value, float):
        return value
    if isinstance(value, int):  # a bool is one too
        try:
            return float(value)
        except OverflowError:
            raise RejectError(RejectReason.NOT_FINITE, "an integer beyond all doubles") from None
    if value is None or value == "":
        raise RejectError(RejectReason.EMPTY, "no value")
    raise RejectError(RejectReason.WRONG_TYPE, f"value is {type(value).__name__}, not a number")
