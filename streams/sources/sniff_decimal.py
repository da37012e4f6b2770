"""How numbers are written in a table: the decimal mark, and what stands between thousands."""

from __future__ import annotations

import re
from collections.abc import Sequence

from config.sections.log import AUTO, LogSettings
from streams.sources.sniff_dialect import Dialect
from streams.sources.table_doubt import Doubt

_COMMA = re.compile(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?")
_POINT = re.compile(r"[+-]?\d+\.\d+(?:[eE][+-]?\d+)?")
_THREE = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")
_GROUPS = {
    (",", "."): re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+,\d+|[+-]?\d{1,3}(?:\.\d{3}){2,}"),
    (".", ","): re.compile(r"[+-]?\d{1,3}(?:,\d{3})+\.\d+|[+-]?\d{1,3}(?:,\d{3}){2,}"),
    (",", " "): re.compile(r"[+-]?\d{1,3}(?: \d{3})+,\d+"),
    (".", " "): re.compile(r"[+-]?\d{1,3}(?: \d{3})+\.\d+"),
    (".", "'"): re.compile(r"[+-]?\d{1,3}(?:'\d{3})+(?:\.\d+)?"),
}


def decimal_of(cells: Sequence[str], settings: LogSettings) -> Dialect:
    """The decimal mark of cells, and what stands between thousands.

    Where semicolons separate, commas are decimal: that is what they are taken for.
    """
    if settings.decimal != AUTO:
        return Dialect({}, [], [])
    for (decimal, thousands), pattern in _GROUPS.items():
        shown = next((cell for cell in cells if pattern.fullmatch(cell)), None)
        if shown is not None:
            says = f"numbers such as {shown}: decimal {decimal!r}, thousands {thousands!r}"
            return Dialect({"decimal": decimal, "thousands": settings.thousands or thousands}, [says], [])
    commas = [cell for cell in cells if _COMMA.fullmatch(cell)]
    points = [cell for cell in cells if _POINT.fullmatch(cell)]
    if not commas:
        return Dialect({"decimal": "."}, [], [])
    if settings.separator != ";" and all(map(_THREE.fullmatch, commas)):
        if points and not all(map(_THREE.fullmatch, points)):
            return Dialect({"decimal": ".", "thousands": ","}, [f"thousands as in {commas[0]}"], [])
        problem = f"{commas[0]} may have a decimal comma, or one between thousands"
        return Dialect({"decimal": "."}, [], [Doubt(problem, 'decimal = "," or thousands = ","')])
    thousands = "." if points and all(map(_THREE.fullmatch, points)) else settings.thousands
    return Dialect({"decimal": ",", "thousands": thousands}, [f"decimal comma, as in {commas[0]}"], [])
