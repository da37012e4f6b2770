"""In which unit, and in how many parts of it, the values of a name are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from config.equipment import EquipmentType
from config.kinds import Kind
from config.naming.seen_values import SeenValues
from config.naming.vocabulary import table_file
from config.units import UnknownUnit, conversion

_FAMILIES: dict[str, tuple[str, ...]] = {
    "degC": ("degC", "degF", "K"),
    "kW": ("kW", "W"),
    "%": ("%", "fraction"),
    "Pa": ("Pa", "kPa", "bar", "psi", "inWC"),
}
"""Units that values may be in where none is said, and which `usual` ranges can tell apart."""
TENTHS = 0.1
_NO_PROBE = frozenset({0.0, -1.0, 85.0, -127.0, 127.0, 255.0, 65535.0, 32767.0, -32768.0, -999.0, 999.0})
"""What an empty slot, a probe that is not there or a gateway without an answer reads."""
_HAS_PROBE = frozenset({"degC"})


@dataclass(frozen=True, slots=True)
class Scale:
    """``value * scale`` is in ``unit``. ``sure`` is 0 to 1, ``why`` in words."""

    unit: str
    scale: float
    sure: float
    why: str = ""


def fits(kind: Kind, unit: str, values: SeenValues) -> bool:
    """Whether a point of this kind can be in this unit (empty: none is said) and have such values."""
    if unit:
        try:
            conversion(unit, kind.unit)
        except UnknownUnit:
            return False
    yes_or_no = kind.unit == "1" and (kind.low, kind.high) == (0, 1)
    if yes_or_no:
        return not unit and (not values.count or values.binary)
    return not values.states


def scales_of(
    kind: Kind, type: EquipmentType | None, unit: str, values: SeenValues, *, tenths: bool
) -> list[Scale]:
    """What unit and scale the values may be in, the likeliest first; empty where none makes sense."""
    if kind.unit == "1":
        return [Scale("", 1.0, 0.97)]
    if not values.count:
        if tenths:
            return [Scale(unit or kind.unit, TENTHS, 0.95 if unit else 0.85)]
        return [Scale(unit, 1.0, 0.95)] if unit else [_assumed(kind)]
    probe = kind.unit in _HAS_PROBE and values.constant and "setpoint" not in kind.name
    if probe and values.middle in _NO_PROBE:
        return [Scale(unit or kind.unit, 1.0, 0.2, f"always {values.middle:g}: is a probe fitted?")]
    found = list(_sensible(kind, type, unit, values, tenths=tenths))
    if unit:
        return _of_a_unit(kind, unit, values, found, tenths=tenths)
    if not found:
        return []
    bounds = _usual(kind, type)
    if bounds is None:
        return [_assumed(kind)]
    if kind.unit == "%" and values.binary and values.distinct > 1:
        return [Scale(unit, 1.0, 0.5, "its values are 0 and 1 alone")]
    first = 0.95 if len(found) == 1 else 0.6 if kind.unit == "Pa" else 0.85
    return [Scale(u, s, first if i == 0 else 0.5, why) for i, (u, s, why) in enumerate(found)]


def _of_a_unit(
    kind: Kind, unit: str, values: SeenValues, found: list[tuple[str, float, str]], *, tenths: bool
) -> list[Scale]:
    """Scales where the unit is said: it need not be usual what comes, if only it can be."""
    plain = [Scale(u, s, 0.97, why) for u, s, why in found if s == 1.0 or tenths]
    if plain:
        return plain
    parts = [Scale(u, s, 0.9, why) for u, s, why in found]
    factor, offset = conversion(unit, kind.unit)
    possible = kind.low <= values.middle * factor + offset <= kind.high and not tenths
    return [Scale(unit, 1.0, 0.85 if parts else 0.97), *parts] if possible else parts


def _assumed(kind: Kind) -> Scale:
    """Nothing tells the unit: right where the quantity has one in use, a guess where it has many."""
    if kind.unit in ("%", "rpm", "Hz", "A", "V"):
        return Scale(kind.unit, 1.0, 0.95)
    if kind.unit in ("degC", "kW"):
        return Scale(kind.unit, 1.0, 0.8)
    return Scale(kind.unit, 1.0, 0.5, f"no unit is said: {kind.unit} is a guess")


def _sensible(
    kind: Kind, type: EquipmentType | None, unit: str, values: SeenValues, *, tenths: bool
) -> Iterator[tuple[str, float, str]]:
    bounds = _usual(kind, type) or (kind.low, kind.high)
    units = (unit,) if unit else _FAMILIES.get(kind.unit, (kind.unit,))
    parts = (TENTHS,) if tenths else (1.0, TENTHS) if values.whole else (1.0,)
    for part in parts:
        for candidate in units:
            if candidate == "fraction" and part != 1.0:
                continue
            if candidate == "%" and unit == "" and 0 < values.high <= 1.0 and not values.whole:
                continue  # a percentage that never passes 1 is a fraction
            factor, offset = conversion(candidate, kind.unit)
            lower, middle = (each * part * factor + offset for each in (values.lower, values.middle))
            if bounds[0] <= middle <= bounds[1] and kind.low <= lower:
                plain = candidate == kind.unit and part == 1.0
                yield candidate, part, "" if plain else _said(values, part, candidate, middle, kind)


def _said(values: SeenValues, part: float, unit: str, middle: float, kind: Kind) -> str:
    tenths = " in tenths" if part != 1.0 else ""
    return f"{values.middle:g} as {unit}{tenths} is {middle:.1f} {kind.unit}"


def _usual(kind: Kind, type: EquipmentType | None) -> tuple[float, float] | None:
    usual, power = _tables()
    if kind.name == "power":
        return power.get(str(type)) if type else None
    if kind.unit == "%":
        return (kind.low, min(kind.high, 110.0))
    return usual.get(kind.name)


@cache
def _tables() -> tuple[dict[str, tuple[float, float]], dict[str, tuple[float, float]]]:
    data = table_file("phrases.toml")
    usual = {name: (float(low), float(high)) for name, (low, high) in data["usual"].items()}
    power = {name: (float(low), float(high)) for name, (low, high) in data["usual_power"].items()}
    return usual, power
