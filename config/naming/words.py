"""A name cut into words, with the unit that stands in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from config.naming.vocabulary import bare_letters, scripts_without_blanks, vocabulary
from config.units import UnknownUnit, canonical_units, conversion, known_spelling

_CJK = "\u3400-\u9fff"
_ADDRESS = r"\d+\.\d+\.\d+\.\d+"
_WHOLE = r"(?<![A-Za-z])(?:kWh|MWh|kW|kVA|S/S|m3/?h|x10)(?![A-Za-z])"
_WORD = re.compile(
    rf"{_ADDRESS}|{_WHOLE}|[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-zß-öø-ÿ]+|[A-ZÀ-ÖØ-Þ]+[a-zß-öø-ÿ]*|\d+|[{_CJK}]+|%"
)
_PROVIDER = re.compile(r"\s*\[([^\[\]\d]*)\]")
"""What names where a tag is kept, as in [default]DC1/CRAH01/SAT (Ignition)."""
_BRACKETED = re.compile(r"[(\[{]([^()\[\]{}]{1,24})[)\]}]")

_UNIT_WORDS = {
    "celsius": "degC", "degc": "degC", "fahrenheit": "degF", "degf": "degF", "kelvin": "K",
    "kw": "kW", "kilowatts": "kW", "kilowatt": "kW", "watts": "W", "watt": "W", "megawatts": "MW",
    "pct": "%", "percent": "%", "%": "%", "ratio": "fraction", "rpm": "rpm", "hz": "Hz", "kpa": "kPa",
    "psi": "psi", "gpm": "gpm", "lpm": "l/min", "lps": "l/s", "cfm": "cfm", "m3h": "m3/h", "m3/h": "m3/h",
    "cmh": "m3/h", "amps": "A", "volts": "V", "tons": "ton", "inwc": "inWC", "inh2o": "inWC",
}  # fmt: skip
_LAST_WORDS = {"c": "degC", "f": "degF", "w": "W", "v": "V", "pa": "Pa", "bar": "bar"}
"""These are units only where they stand last."""
_ENDS = frozenset({"inlet", "outlet", "supply", "return", "entering", "leaving"})
_PLACES = frozenset({"air", "water", "rack", "cold", "hot", "aisle", "chw", "cw", "zone"})
_VALUE_KEYS = frozenset({"v", "val", "value", "values", "pv", "present_value", "presentvalue"})


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a name: as it stands, in bare letters, and where."""

    text: str
    plain: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Cut:
    """A name in words. ``unit`` is this package's own name of the unit in it, empty where there is none."""

    name: str
    words: tuple[Word, ...]
    unit: str
    tenths: bool
    """The name says that values are tenths."""


def cut(name: str) -> Cut:
    """The words of a name, and the unit that it holds in brackets or as its last word."""
    name = _without_value_key(_without_provider(name))
    unit, rest = _bracketed_unit(name)
    words = [word for found in _WORD.finditer(rest) for word in _parts(found[0], found.start())]
    tenths = any(word.plain in ("x10", "tenths", "tenth") for word in words)
    words = [word for word in words if word.plain not in ("x10", "tenths", "tenth")]
    for i, word in enumerate(words):
        last = i and i == len(words) - 1 and (word.plain not in "cf" or _warm(words[:i]))
        found_unit = _UNIT_WORDS.get(word.plain) or (_LAST_WORDS.get(word.plain) if last else None)
        if found_unit and not unit:
            unit = found_unit
            if word.plain not in ("kw", "rpm", "hz"):  # these name what is measured too
                words = words[:i] + words[i + 1 :]
            break
    return Cut(name, tuple(words), unit, tenths)


def _parts(text: str, start: int) -> list[Word]:
    """A run of characters as words: itself, or those that the data know in scripts without blanks."""
    if text.isascii() or not "\u3400" <= text[0] <= "\u9fff":
        return [Word(text, bare_letters(text), start, start + len(text))]
    words = []
    at = 0
    while at < len(text):
        word = next((w for w in scripts_without_blanks() if text.startswith(w, at)), text[at])
        words.append(Word(word, word, start + at, start + at + len(word)))
        at += len(word)
    return words


def _warm(words: list[Word]) -> bool:
    """Whether words speak of a temperature, or of air that comes or goes, so that a C or an F is its unit."""
    meanings = (vocabulary().meaning(word.plain) for word in words)
    concepts = frozenset().union(*(meaning.concepts for meaning in meanings if meaning))
    return "temperature" in concepts or (bool(concepts & _ENDS) and not concepts - _ENDS - _PLACES)


def known_unit(text: str) -> str:
    """This project's own name of a unit, empty where it is none, or a mere count."""
    unit = known_spelling(text) if text.strip() else ""
    return "" if unit == "1" else unit


@cache
def quantity_of(unit: str) -> str:
    """The canonical unit that values in this unit become, empty where there is none."""
    for canonical in canonical_units():
        try:
            conversion(unit, canonical)
        except UnknownUnit:
            continue
        return canonical
    return ""


def _without_provider(name: str) -> str:
    """The name with blanks in place of a bracket at its beginning that holds no unit."""
    found = _PROVIDER.match(name)
    if found is None or known_unit(found[1]):
        return name
    return " " * found.end() + name[found.end() :]


def _without_value_key(name: str) -> str:
    """The name with blanks in place of a last part that is the key of a value, and no word of the name."""
    head, slash, key = name.rpartition("/")
    return head + " " * (len(key) + 1) if slash and key.casefold() in _VALUE_KEYS else name


def _bracketed_unit(name: str) -> tuple[str, str]:
    """(unit, the name with blanks in place of it)."""
    for found in reversed(list(_BRACKETED.finditer(name))):
        unit = known_unit(found[1])
        if unit and not found[1].strip().isdigit():
            return unit, name[: found.start()] + " " * (found.end() - found.start()) + name[found.end() :]
    return "", name
