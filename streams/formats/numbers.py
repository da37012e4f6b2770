"""One reading of a value, for every format: a number, true or false, or a text that leaves no doubt."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from config.states import folded_word, says_no_reading
from config.units import known_spelling
from config.value_rules import Quality
from streams.errors import RejectError, RejectReason
from streams.formats.quality import BEHIND, quality_of
from streams.formats.ruled_unit import with_unit

STATED = "(state)"
"""In place of a unit: the value was told by a word, so it is in the unit of the point's kind already."""

REMEMBERED = 10_000
"""Texts remembered with what they came to; past that, all are forgotten and it starts again."""

_PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_GROUPED = {
    ".": re.compile(r"[+-]?\d{1,3}(?:[,'\u2019 \u00a0\u202f]\d{3})+\.\d+", re.ASCII),
    ",": re.compile(r"[+-]?\d{1,3}(?:[.'\u2019 \u00a0\u202f]\d{3})+(?:,\d+)?", re.ASCII),
}
_COMMA = re.compile(r"[+-]?(?:\d+,\d*|,\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_MEASURED = re.compile(
    r"(?P<number>[+-]?[\d.,'\u2019]*\d[.,]?(?:[eE][+-]?\d+)?)\s*(?P<unit>[^\d\s].*)", re.ASCII
)


class Number(NamedTuple):
    """What a value came to."""

    value: float
    """NaN: the value itself says that there is none."""
    unit: str
    """Unit that stands behind the number, `STATED` for a word, else the one that was given."""


class Meanings(NamedTuple):
    """What words mean at one name."""

    words: Mapping[str, float]
    """Number of each folded word; that of ``*`` is any other's."""
    wants: str
    """What a value of the name is, as in ``a number for power (kW)``; empty where nobody wants it."""
    qualities: Mapping[str, Quality]
    """Folded words for the quality of its values, beside those that are known."""


NO_MEANINGS = Meanings({}, "", {})


class NumberReader:
    """Reads values; ``meanings`` says what words mean at a name and unit, ``decimal`` the mark in texts."""

    def __init__(
        self, meanings: Callable[[str, str], Meanings] = lambda name, unit: NO_MEANINGS, decimal: str = "."
    ) -> None:
        self._meanings = meanings
        self.decimal = decimal
        self._known: dict[tuple[str, str, str], Number] = {}
        self._bad: dict[tuple[str, str, type, object], bool] = {}

    def read(self, name: str, unit: str, value: object) -> Number:
        """The number that ``value`` is at a name, with its unit. Raises RejectError."""
        if not isinstance(value, str):
            return Number(_plain_number(value), unit)
        text = value.strip()
        if self.decimal == "." and _PLAIN.fullmatch(text):
            return Number(float(text), unit)
        known = self._known.get((name, unit, value))
        if known is None:
            known = self._read_text(text, self._meanings(name, unit))
            known = known._replace(unit=with_unit(unit, known.unit) if known.unit else unit)
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[name, unit, value] = known
        return known

    def is_bad(self, name: str, unit: str, quality: object) -> bool:
        """Whether what is said of a value's quality makes it no reading."""
        known = quality if isinstance(quality, str | int | float) else str(quality)
        key = (name, unit, type(quality), known)  # true is 1 to a dict
        bad = self._bad.get(key)
        if bad is None:
            bad = quality_of(quality, self._meanings(name, unit).qualities) == "bad"
            if len(self._bad) >= REMEMBERED:
                self._bad.clear()
            self._bad[key] = bad
        return bad

    def _read_text(self, text: str, meanings: Meanings) -> Number:
        behind = BEHIND.fullmatch(text)
        if behind is not None:
            if quality_of(behind["quality"], meanings.qualities) == "bad":
                return Number(math.nan, "")
            text = behind["value"].strip()
        word = folded_word(text)
        if word in meanings.words:
            return Number(meanings.words[word], STATED)
        if says_no_reading(word):
            return Number(math.nan, "")
        number = number_in(text, self.decimal)
        if number is not None:
            return Number(number, "")
        measured = _MEASURED.fullmatch(text)
        if measured is not None:
            number = number_in(measured["number"], self.decimal)
            unit = known_spelling(measured["unit"])
            if number is not None and unit:
                return Number(number, unit)
        if "*" in meanings.words:
            return Number(meanings.words["*"], STATED)
        raise self._refusal(text, meanings)

    def _refusal(self, text: str, meanings: Meanings) -> RejectError:
        shown = repr(text[:40])
        if self.decimal == "." and number_in(text, ",") is not None:
            problem = f"value {shown} has a comma that may be its decimal mark"
            return RejectError(RejectReason.WRONG_TYPE, problem, 'set [messages] decimal = ","')
        what = f", not {meanings.wants}" if meanings.wants else ""
        if any(c.isdigit() for c in text) or not meanings.wants:
            return RejectError(RejectReason.WRONG_TYPE, f"value {shown} is text{what}")
        word = text[:40].replace('"', "")
        remedy = f'say what it means, in [[point]] of the site file: states = {{ "{word}" = 1 }}'
        return RejectError(RejectReason.WRONG_TYPE, f"value {shown} is a word{what}", remedy)


def _plain_number(value: object) -> float:
    if isinstance(value, float):
        return value
    if isinstance(value, int):  # a bool is one too
        try:
            return float(value)
        except OverflowError:
            raise RejectError(RejectReason.NOT_FINITE, "an integer beyond all doubles") from None
    if value is None:
        return math.nan
    raise RejectError(RejectReason.WRONG_TYPE, f"value is {type(value).__name__}, not a number")


def number_in(text: str, decimal: str) -> float | None:
    """The number that a text spells with this decimal mark, None if it spells none beyond doubt.

    Digits may be grouped by threes where the decimal mark shows that they are:
    ``1,234.5``, but not ``1,234``. With a decimal comma ``18.4`` is still read:
    a point before other than three digits can only be a decimal point.
    """
    plain = text.strip().replace("\u2212", "-")
    if _GROUPED[decimal].fullmatch(plain):
        return float(re.sub(r"[^\d.eE+-]", "", plain.replace(",", "") if decimal == "." else _point(plain)))
    if decimal == "," and _COMMA.fullmatch(plain):
        return float(plain.replace(",", "."))
    return float(plain) if _PLAIN.fullmatch(plain) else None


def _point(text: str) -> str:
    return text.replace(".", "").replace(",", ".")
