"""What the readers that go record by record found, gathered into the same columns that the kernels give."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.json_messages import Columns
from streams.errors import RejectError, RejectReason, mended
from streams.formats.numbers import NumberReader
from streams.formats.ruled_unit import parted
from streams.formats.times import FAR_TIME
from streams.formats.unclaimed import is_unclaimed, shown

DETAIL_LENGTH = 200
REMEDY_LENGTH = 200

EXACT = 1 << 53
"""Integers up to here are doubles."""

MOST_THINGS = 10_000
"""Readings of one record, good or bad, that the full parsers take: some ten microseconds each."""


MOST_STRANGERS = 2_000
"""Objects of no known shape that are kept for whoever wants to see them."""


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
    remedy: str = ""
    """The setting that mends it, empty where none is known."""

    def says(self) -> str:
        """The detail, and the remedy where there is one."""
        return mended(self.detail, self.remedy)


class Row(NamedTuple):
    """A reading as it stood in its record: ``time`` ns, ``value`` in ``unit``, empty where none is named."""

    record: int
    name: str
    unit: str
    time: int
    value: float
    claimed: bool
    """False: no template wants it, so only a [[point]] of the site file makes a point of it."""


@dataclass(slots=True, eq=False)
class Label:
    """What a reading is named, as it stands in its record, with its unit; told apart by identity."""

    name: str
    unit: str


class Places(dict[Label, int]):
    """Which of the names each label is; -1 if it has none."""

    def __init__(self, names: dict[tuple[str, str], int]) -> None:
        self._names = names

    def __missing__(self, label: Label) -> int:
        at = self[label] = (
            self._names.setdefault((label.name, label.unit), len(self._names)) if label.name else -1
        )
        return at


@dataclass(slots=True)
class Collector:
    """Readings, refusals and ignored things, each with the record that it is from."""

    unwanted: Callable[[str], bool]
    """Whether a name is one to ignore, whatever its value."""
    numbers: NumberReader = field(default_factory=NumberReader)
    record: int = 0
    """The record that is being read."""
    shape: str = ""
    """What the record that is being read was taken for: the name of a shape or a format."""
    records: int = 0
    """How many were read."""
    shapes: Counter[str] = field(default_factory=Counter)
    """Records that were taken for each."""
    refusals: list[Refusal] = field(default_factory=list)
    ignored: list[int] = field(default_factory=list)
    """The record of each ignored thing."""
    absent: list[int] = field(default_factory=list)
    """The record of each reading without a value."""
    strangers: list[dict[str, Any]] | None = None
    """Objects that fit no known shape, where somebody wants to see them."""
    _names: dict[tuple[str, str], int] = field(default_factory=dict)
    """Distinct (name, unit), in the order in which they appeared."""
    places: Places = field(init=False)
    _records: list[int] = field(default_factory=list)
    _named: list[int] = field(default_factory=list)
    _times: list[int] = field(default_factory=list)
    _values: list[float] = field(default_factory=list)
    _room: int = MOST_THINGS

    def __post_init__(self) -> None:
        self.places = Places(self._names)

    def begin(self, record: int) -> None:
        """What is found from now on is of this record."""
        self.record = record
        self.records += 1
        self.shape = ""
        self._room = MOST_THINGS

    def take_back(self) -> None:
        """Forget what was found in the record that is being read."""
        self._room = MOST_THINGS
        while self._records and self._records[-1] == self.record:
            del self._records[-1], self._named[-1], self._times[-1], self._values[-1]
        while self.refusals and self.refusals[-1].record == self.record:
            del self.refusals[-1]
        for records in (self.ignored, self.absent):
            while records and records[-1] == self.record:
                del records[-1]

    def reading(self, name: str, unit: str, time: int, value: object, quality: object = None) -> None:
        """A reading as it stands in the record: ``time`` in ns, ``unit`` empty where none is named.

        One whose ``quality`` is bad has no value. One that nobody wants keeps its name whatever its value,
        which is NaN where it is no number.
        """
        if type(value) is float:
            number = value
        elif type(value) is int and -EXACT < value < EXACT:
            number = float(value)
        else:
            try:
                number, unit = self.numbers.read(name, unit, value)
            except RejectError as error:
                number = math.nan
                if not self.unwanted(name):
                    self.refuse(error.reason, f"{shown(name)}: {error.detail}", error.remedy)
                    return
        if quality is not None and self.numbers.is_bad(name, unit, quality):
            number = math.nan
        if number != number and not self.unwanted(name):
            self._take_room()
            self.absent.append(self.record)
            return
        at = self._names.get((name, unit))
        if at is None:
            if not is_text(name + unit):
                self.refuse(RejectReason.NOT_TEXT, "half of a surrogate pair in a name")
                return
            at = self._names[name, unit] = len(self._names)
        self._room -= 1
        if self._room < 0:
            raise TooMuch
        self._records.append(self.record)
        self._named.append(at)
        self._times.append(time if -FAR_TIME < time < FAR_TIME else FAR_TIME if time > 0 else -FAR_TIME)
        self._values.append(number)

    def extend(self, records: list[int], named: list[int], times: list[int], values: list[float]) -> None:
        """Add readings in columns; a name is what ``places`` has."""
        self._records += records
        self._named += named
        self._times += times
        self._values += values

    def refuse(self, reason: RejectReason, detail: str, remedy: str = "") -> None:
        """Refuse one reading of the record."""
        self._take_room()
        self._refuse(reason, detail, remedy, reading=True)

    def refuse_stranger(self, item: dict[str, Any], detail: str, remedy: str) -> None:
        """Refuse an object that fits no known shape."""
        if self.strangers is not None and len(self.strangers) < MOST_STRANGERS:
            self.strangers.append(item)
        self.refuse(RejectReason.UNKNOWN_FORMAT, detail, remedy)

    def refuse_record(self, reason: RejectReason, detail: str, remedy: str = "") -> None:
        """Refuse the record as a whole: nothing was found in it."""
        self._refuse(reason, detail, remedy, reading=False)

    def _refuse(self, reason: RejectReason, detail: str, remedy: str, *, reading: bool) -> None:
        self.refusals.append(
            Refusal(self.record, reason, detail[:DETAIL_LENGTH], reading, remedy[:REMEDY_LENGTH])
        )

    def _take_room(self) -> None:
        self._room -= 1
        if self._room < 0:
            raise TooMuch

    def ignore(self) -> None:
        """Count something that nobody wants."""
        self._take_room()
        self.ignored.append(self.record)

    def found_nothing(self) -> bool:
        """Whether nothing, good or bad, was found in the record that is being read."""
        return self._room == MOST_THINGS

    def readings(self) -> tuple[NDArray[np.uint8], Columns]:
        """The readings, by record: the bytes of their names and units, and columns with spans of them."""
        texts = [text.encode() for named in self._names for text in named]
        length = np.array([len(text) for text in texts], np.int64)
        start = np.cumsum(length) - length
        at = np.array(self._named, np.int64) * 2
        record = np.array(self._records, np.int64)
        columns = Columns(
            record,
            start[at],
            length[at],
            start[at + 1],
            length[at + 1],
            np.array(self._times, np.int64),
            np.array(self._values, np.float64),
        )
        if (record[1:] < record[:-1]).any():
            order = np.argsort(record, kind="stable")
            columns = Columns._make(column[order] for column in columns)
        return np.frombuffer(b"".join(texts), np.uint8), columns

    def rows(self) -> Iterator[Row]:
        """The readings one by one, for whoever looks at names and values before there is a site."""
        names = list(self._names)
        for record, at, time, value in zip(
            self._records, self._named, self._times, self._values, strict=True
        ):
            name, unit = names[at]
            yield Row(record, shown(name), parted(unit)[0], time, value, not is_unclaimed(name))


def is_text(text: str) -> bool:
    """Whether it can be written as UTF-8: half of a surrogate pair cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
