"""Units of measure: from what a site sends to the one unit of each kind.

Every quantity has one canonical unit: degC, delta_degC (a difference of
temperatures), kW, Pa, l/s, rpm, Hz, %, A, V, mm/s, g, m, s and 1 (counts and
true/false). The factors are exact by definition (international foot, inch,
pound and US gallon; International Table BTU; 1 ton of refrigeration =
12,000 BTU/h), except the inch of water, which is the conventional one at 4 degC.
"""

from __future__ import annotations

import unicodedata
from functools import cache

from config.suggest import suggestion


class UnknownUnit(ValueError):
    """A unit that is not known, or that cannot become the unit wanted."""

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem)
        self.remedy = remedy


BTU_PER_HOUR = 1055.05585262 / 3600 / 1000  # kW
CUBIC_FOOT = 28.316846592  # litres
US_GALLON = 3.785411784  # litres
POUND_PER_SQUARE_INCH = 6894.757293168  # Pa
INCH_OF_WATER = 249.08891  # Pa
FOOT = 0.3048  # m

# canonical unit -> unit name -> (scale, offset): canonical = value * scale + offset
_QUANTITIES: dict[str, dict[str, tuple[float, float]]] = {
    "degC": {"degC": (1, 0), "degF": (5 / 9, -160 / 9), "K": (1, -273.15)},
    "delta_degC": {"delta_degC": (1, 0), "delta_degF": (5 / 9, 0)},
    "kW": {
        "kW": (1, 0),
        "W": (1e-3, 0),
        "mW": (1e-6, 0),
        "MW": (1e3, 0),
        "BTU/h": (BTU_PER_HOUR, 0),
        "MBH": (1000 * BTU_PER_HOUR, 0),
        "ton": (12_000 * BTU_PER_HOUR, 0),
        "hp": (0.74569987158227022, 0),
    },
    "Pa": {
        "Pa": (1, 0),
        "hPa": (100, 0),
        "kPa": (1e3, 0),
        "MPa": (1e6, 0),
        "mbar": (100, 0),
        "bar": (1e5, 0),
        "psi": (POUND_PER_SQUARE_INCH, 0),
        "inWC": (INCH_OF_WATER, 0),
        "mmH2O": (9.80665, 0),
        "mH2O": (9806.65, 0),
        "ftH2O": (12 * INCH_OF_WATER, 0),
        "atm": (101_325, 0),
    },
    "l/s": {
        "l/s": (1, 0),
        "l/min": (1 / 60, 0),
        "l/h": (1 / 3600, 0),
        "m3/s": (1000, 0),
        "m3/min": (1000 / 60, 0),
        "m3/h": (1 / 3.6, 0),
        "gpm": (US_GALLON / 60, 0),
        "cfm": (CUBIC_FOOT / 60, 0),
    },
    "rpm": {"rpm": (1, 0), "rps": (60, 0)},
    "Hz": {"Hz": (1, 0), "kHz": (1e3, 0)},
    "%": {"%": (1, 0), "fraction": (100, 0)},
    "A": {"A": (1, 0), "mA": (1e-3, 0), "kA": (1e3, 0)},
    "V": {"V": (1, 0), "mV": (1e-3, 0), "kV": (1e3, 0)},
    "mm/s": {"mm/s": (1, 0), "m/s": (1e3, 0), "in/s": (25.4, 0)},
    "g": {"g": (1, 0), "m/s2": (1 / 9.80665, 0)},
    "m": {"m": (1, 0), "cm": (0.01, 0), "mm": (1e-3, 0), "ft": (FOOT, 0), "in": (FOOT / 12, 0)},
    "s": {"s": (1, 0), "ms": (1e-3, 0), "min": (60, 0), "h": (3600, 0)},
    "1": {"1": (1, 0)},
}

# Other spellings, as `_folded` leaves them (lower case; no blanks, `_` or `.`).
_SPELLINGS: dict[str, tuple[str, ...]] = {
    "degC": ("c", "cel", "celsius", "centigrade", "degreesc", "degreec", "degcelsius", "degreescelsius",
             "degreecelsius"),
    "degF": ("f", "fahrenheit", "degreesf", "degreef", "degfahrenheit", "degreesfahrenheit",
             "degreefahrenheit", "[degf]"),
    "K": ("kelvin", "degk", "degreesk", "kelvins", "degreeskelvin"),
    "delta_degC": ("deltac", "deltadegreesc", "deltak", "deltadegk", "deltakelvin"),
    "delta_degF": ("deltaf", "deltadegreesf"),
    "W": ("watt", "watts"),
    "kW": ("kilowatt", "kilowatts", "kwr", "kwth", "kwt", "kwe"),
    "mW": ("milliwatt", "milliwatts"),
    "MW": ("megawatt", "megawatts"),
    "BTU/h": ("btuh", "btu/hr", "btu/hour", "btuperhour"),
    "MBH": ("kbtu/h", "kbtuh", "kbtu/hr"),
    "ton": ("tons", "rt", "tr", "usrt", "tonr", "tonref", "tonrefrigeration", "tonsrefrigeration",
            "tonofrefrigeration", "tonsofrefrigeration"),
    "hp": ("horsepower",),
    "Pa": ("pascal", "pascals"),
    "hPa": ("hectopascal", "hectopascals"),
    "kPa": ("kilopascal", "kilopascals", "kpag"),
    "MPa": ("megapascal", "megapascals"),
    "mbar": ("millibar", "millibars"),
    "bar": ("bars", "barg"),
    "psi": ("psig", "psid", "lbf/in2"),
    "inWC": ("inwg", "inh2o", "inchesofwater", "inchofwater", "inchesh2o", "inchwc", "incheswc", "iwc",
             "iwg"),
    "mmH2O": ("mmwc", "mmwg"),
    "mH2O": ("mwc",),
    "ftH2O": ("ftwc", "feetofwater"),
    "atm": ("atmosphere", "atmospheres"),
    "l/s": ("lps", "l/sec", "liter/s", "litre/s", "liters/s", "litres/s", "literspersecond",
            "litrespersecond"),
    "l/min": ("lpm", "l/m", "litersperminute", "litresperminute"),
    "l/h": ("lph", "l/hr", "litersperhour", "litresperhour"),
    "m3/s": ("m^3/s", "cms", "cumec", "cubicmeterspersecond", "cubicmetrespersecond"),
    "m3/min": ("m^3/min", "cmm", "cubicmetersperminute", "cubicmetresperminute"),
    "m3/h": ("m^3/h", "m3/hr", "m^3/hr", "cmh", "cubicmetersperhour", "cubicmetresperhour"),
    "gpm": ("usgpm", "gal/min", "gallon/min", "gallons/min", "gallonsperminute"),
    "cfm": ("ft3/min", "ft^3/min", "cubicfeetperminute", "scfm"),
    "rpm": ("r/min", "rev/min", "1/min", "revolutionsperminute"),
    "rps": ("r/s", "rev/s"),
    "Hz": ("hertz",),
    "%": ("percent", "pct", "percentage", "%rh", "rh%", "rh", "%open", "percentrelativehumidity"),
    "fraction": ("ratio", "0-1", "0to1", "perunit", "pu"),
    "A": ("amp", "amps", "ampere", "amperes"),
    "V": ("volt", "volts", "vac", "vdc"),
    "in/s": ("ips",),
    "m/s2": ("m/s^2",),
    "m": ("meter", "metre", "meters", "metres"),
    "cm": ("centimeter", "centimetre", "centimeters", "centimetres"),
    "mm": ("millimeter", "millimetre", "millimeters", "millimetres"),
    "ft": ("foot", "feet"),
    "in": ("inch", "inches"),
    "s": ("sec", "second", "seconds"),
    "ms": ("millisecond", "milliseconds", "msec"),
    "min": ("minute", "minutes"),
    "h": ("hr", "hour", "hours"),
    "1": ("none", "bool", "boolean", "count", "unitless", "dimensionless", "on/off", "binary"),
}  # fmt: skip

# Where case decides, folding would guess: a milliwatt is not a megawatt.
_CASE_MATTERS = frozenset({"mW", "MW", "MPa", "mPa"})


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).replace("°", "deg").replace("Δ", "delta")
    for blank in " _.-":
        plain = plain.replace(blank, "")
    return plain.lower()


@cache
def _tables() -> tuple[dict[str, str], dict[str, str]]:
    """(unit -> canonical unit, folded spelling -> unit)."""
    quantity = {unit: canonical for canonical, units in _QUANTITIES.items() for unit in units}
    spelled = {_folded(unit): unit for unit in quantity if unit not in _CASE_MATTERS}
    for unit, others in _SPELLINGS.items():
        spelled.update(dict.fromkeys(others, unit))
    return quantity, spelled


def canonical_units() -> tuple[str, ...]:
    """The units in which readings are kept."""
    return tuple(_QUANTITIES)


def spelled(unit: str) -> str:
    """This module's own name of a unit however it is spelled; UnknownUnit if it has none."""
    quantity, spellings = _tables()
    name = unit.strip()
    if name in quantity:
        return name
    found = spellings.get(_folded(name))
    if found is None:
        raise UnknownUnit(f"unknown unit {unit!r}", suggestion(name, quantity))
    return found


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
    units = _QUANTITIES.get(to_unit)
    if units is None:
        raise UnknownUnit(f"{to_unit!r} is no canonical unit", suggestion(to_unit, _QUANTITIES))
    if not from_unit.strip():
        return 1.0, 0.0
    name = spelled(from_unit)
    if to_unit == "delta_degC" and name in _QUANTITIES["degC"]:
        units = {n: (scale, 0.0) for n, (scale, _) in _QUANTITIES["degC"].items()}
    if name not in units:
        raise UnknownUnit(f"unit {from_unit!r} cannot become {to_unit}", f"one of: {', '.join(units)}")
    scale, offset = units[name]
    return float(scale), float(offset)
