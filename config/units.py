"""Units of measure: from what a site sends to the one unit of each kind, as ``units.toml`` has them.

Every quantity has one canonical unit: degC, delta_degC (a difference of
temperatures), kW, Pa, l/s, rpm, Hz, %, A, V, mm/s, g, m, s and 1 (counts and
true/false). No library of units reads these texts: Pint knows neither the
spellings of BACnet nor those of Haystack, and takes ``dC`` for a tenth of a
coulomb.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from config.suggest import suggestion


class UnknownUnit(ValueError):
    """A unit that is not known, or that cannot become the unit wanted."""

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem)
        self.remedy = remedy


class _Unit(NamedTuple):
    canonical: str
    scale: float
    offset: float


class _Tables(NamedTuple):
    units: dict[str, _Unit]
    spelled: dict[str, str]
    """From folded spelling to unit."""


# Where case decides, folding would guess: a milliwatt is not a megawatt.
_CASE_MATTERS = frozenset({"mW", "MW", "MPa", "mPa"})

_PARTS = re.compile(r"(?:x|\*)?\s*(?P<part>0?[.,]\d+|1/10+|10+)\s*(?:x|\*|·)?\s*(?P<unit>[^\d\s/].*)", re.I)
"""A unit that counts in parts or tens of another: ``0.1 degC``, ``1/10 °C``."""


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text.replace("º", "°").replace("˚", "°"))
    plain = plain.replace("°", "deg").replace("Δ", "delta").lower().removeprefix("unit:")
    for blank in " _.-":
        plain = plain.replace(blank, "")
    return plain


@cache
def _tables() -> _Tables:
    text = files("config").joinpath("units.toml").read_text(encoding="utf-8")
    tables = _Tables({}, {})
    for canonical, units in tomllib.loads(text).items():
        for name, entry in units.items():
            tables.units[name] = _Unit(
                canonical, _exact(entry.get("scale", "1")), _exact(entry.get("offset", "0"))
            )
            if name not in _CASE_MATTERS:
                tables.spelled[_folded(name)] = name
            tables.spelled.update((_folded(other), name) for other in entry.get("spelled", ()))
    return tables


def _exact(text: str) -> float:
    above, _, below = text.partition("/")
    return float(Fraction(above) / Fraction(below or "1"))


@cache
def canonical_units() -> tuple[str, ...]:
    """The units in which readings are kept."""
    return tuple(dict.fromkeys(unit.canonical for unit in _tables().units.values()))


def spelled(unit: str) -> str:
    """This module's own name of a unit however it is spelled; UnknownUnit if it has none.

    A unit that counts in parts of another is named with the part: ``0.1 degC``.
    """
    part, name = _parsed(unit)
    return name if part == 1 else f"{part:g} {name}"


def known_spelling(text: str) -> str:
    """The same as `spelled`; empty for what is no unit that is known."""
    try:
        return spelled(text)
    except UnknownUnit:
        return ""


def _parsed(unit: str) -> tuple[float, str]:
    """(how much of a unit is counted, the unit's own name). Raises UnknownUnit."""
    units, spellings = _tables()
    name = unit.strip()
    if name in units:
        return 1.0, name
    found = spellings.get(_folded(name))
    if found is not None:
        return 1.0, found
    parts = _PARTS.fullmatch(name)
    if parts is not None:
        found = parts["unit"] if parts["unit"] in units else spellings.get(_folded(parts["unit"]))
        if found is not None:
            return _exact(parts["part"].replace(",", ".")), found
    raise UnknownUnit(f"unknown unit {unit!r}", suggestion(name, units))


def says_nothing(unit: str) -> bool:
    """Whether a unit of a message leaves open what the value is in: none at all, or ``no-units``."""
    return _folded(unit) in ("", "nounits", "nounit")


@cache
def conversion(from_unit: str, to_unit: str) -> tuple[float, float]:
    """(scale, offset) with which ``value * scale + offset`` is in ``to_unit``.

    ``to_unit`` is a canonical unit. An empty ``from_unit`` says nothing, so the
    value is taken to be in ``to_unit`` already. Raises UnknownUnit for a unit
    that is not known or that measures something else.
    """
    if to_unit not in canonical_units():
        raise UnknownUnit(f"{to_unit!r} is no canonical unit", suggestion(to_unit, canonical_units()))
    if says_nothing(from_unit):
        return 1.0, 0.0
    part, name = _parsed(from_unit)
    unit = _tables().units[name]
    if to_unit == "delta_degC" and unit.canonical == "degC":
        unit = unit._replace(canonical=to_unit, offset=0.0)
    if unit.canonical != to_unit:
        fitting = ", ".join(n for n, each in _tables().units.items() if each.canonical == to_unit)
        raise UnknownUnit(f"unit {from_unit!r} cannot become {to_unit}", f"one of: {fitting}")
    return (unit.scale if part == 1 else unit.scale * part), unit.offset
