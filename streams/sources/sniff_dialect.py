"""How a CSV log is written: its separator, and where its header stands."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from config.sections.log import AUTO, LogSettings
from config.units import known_spelling
from streams.sources.sniff_time_formats import is_epoch
from streams.sources.table_doubt import Doubt

SEPARATORS = (",", ";", "\t", "|")
_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d+)*|[.,]\d+)(?:[eE][+-]?\d+)?")
_DATED = re.compile(
    r"(?:[A-Za-z]{2,10}\.?,?\s+)?"
    r"(?:\d{1,4}[-/.年]\d{1,2}[-/.月]\d{1,4}|\d{1,2}:\d{2}|\d{1,2}\.?[-. ]\w{3,9}[-. ]\d{2,4})"
)
_LEAST_SHARE = 0.7
"""Of the lines from the header on, so many have as many cells as most."""


class Rows(NamedTuple):
    """A log as one separator would cut it."""

    separator: str
    header: int
    """Index of the header among the lines; that of the first row where there is none."""
    width: int
    share: float
    """Of the lines from the header on that have ``width`` cells."""
    names: tuple[str, ...]
    """Names of columns where they take two lines, names and units; else none."""
    covered: float
    """Of all lines, preamble and all, that have ``width`` cells."""
    timely: bool
    """Whether the first row holds a time."""
    rows: int
    """How many lines of ``names`` and units go before the first row, the header among them."""


class Dialect(NamedTuple):
    """Settings that were told from the text, and what was seen."""

    update: dict[str, object]
    found: list[str]
    doubts: list[Doubt]


def dialect_of(lines: Sequence[str], settings: LogSettings, usual: str) -> Dialect:
    """The separator and the header of a text, as far as ``settings`` leave them open.

    ``usual`` is taken where nothing tells. Lines of comments are no rows.
    """
    wanted = settings.separator
    update: dict[str, object] = {}
    found: list[str] = []
    doubts: list[Doubt] = []
    candidates = [wanted] if wanted != AUTO else [usual, *(s for s in SEPARATORS if s != usual)]
    cut = [rows for each in candidates if (rows := _rows(lines, each, settings)) is not None]
    update["separator"] = candidates[0]
    if not cut:
        return Dialect(update, found, doubts)
    # Of several that cut evenly, more cells say more.
    best = max(cut, key=_rank)
    update["separator"] = best.separator
    if best.separator != usual:
        found.append(f"separator {shown_separator(best.separator)}")
    if settings.preamble < 0:
        update["preamble"] = best.header
        if best.header and any(_is_preamble(line, settings) for line in lines[: best.header]):
            found.append(f"the header stands in line {best.header + 1}")
    if settings.comment and lines[best.header].startswith(settings.comment):
        update["comment"] = ""
    if not settings.columns and best.names:
        update["columns"] = best.names
        update["preamble"] = best.header + best.rows
        found.append("the header takes several lines")
    elif not settings.columns and not best.rows:
        first = lines[best.header].strip()[:60]
        others = ", ".join(f'"column {i}"' for i in range(2, min(best.width, 4) + 1))
        problem = f"there is no header, the first line is {first!r}"
        doubts.append(Doubt(problem, f'columns = ["time", {others}]'))
    return Dialect(update, found, doubts)


def even_rows(lines: Sequence[str], settings: LogSettings) -> bool:
    """Whether lines that nothing says to be a table are one: cut evenly by a separator, each with a time."""
    cut = [_rows(lines, each, settings) for each in SEPARATORS]
    return any(rows is not None and rows.timely and rows.share > 0.9 and rows.covered > 0.5 for rows in cut)


def _rank(rows: Rows) -> tuple[float, ...]:
    """How well a separator fits: a header and rows, a time under the first line, most lines, even lines."""
    most = rows.covered > 0.5
    return (
        rows.rows > 0,
        rows.timely and rows.header == 0 and rows.covered > 0.05,
        most,
        0 if most else -rows.header,
        rows.share > _LEAST_SHARE,
        rows.width,
        rows.share,
    )


def _is_preamble(line: str, settings: LogSettings) -> bool:
    return bool(line.strip()) and not (settings.comment and line.startswith(settings.comment))


def _rows(lines: Sequence[str], separator: str, settings: LogSettings) -> Rows | None:
    cells = [_cells(line, separator) for line in lines]
    passed = [
        not line.strip() or bool(settings.comment and line.startswith(settings.comment)) for line in lines
    ]
    counts = Counter(len(row) for row, skip in zip(cells, passed, strict=True) if not skip and len(row) > 1)
    if not counts:
        return None
    most = max(counts.values())
    widths = sorted((count for count, times in counts.items() if times * 2 > most), reverse=True)
    # More cells say more, but a width that has a header is that of the table.
    told = [_of_width(lines, cells, passed, separator, settings, width) for width in widths]
    return max(told, key=lambda rows: rows.rows > 0)


def _of_width(
    lines: Sequence[str],
    cells: Sequence[Sequence[str]],
    passed: Sequence[bool],
    separator: str,
    settings: LogSettings,
    width: int,
) -> Rows:
    """The log as its lines of so many cells would have it."""
    fitting = [i for i, row in enumerate(cells) if not passed[i] and len(row) == width]
    first = next((i for i in fitting if any(map(_is_datum, cells[i]))), None)
    if first is None:  # nothing but a header, or rows of words
        first = fitting[1] if len(fitting) > 1 else len(lines)
    covered = len(fitting) / passed.count(False)
    timely = first < len(lines) and any(_DATED.match(c.strip()) or is_epoch(c) for c in cells[first])
    above = [i for i in fitting if i < first]
    body = [i for i in range(first, len(lines)) if not passed[i]]
    share = sum(len(cells[i]) == width for i in body) / len(body) if body else 0.0
    if not above:
        header = _commented_header(lines, first, separator, settings, width)
        if header is None:
            header = _shorter_header(cells, passed, fitting)
        if header is not None:
            return Rows(separator, header, width, share, (), covered, timely, 1)
        return Rows(separator, first, width, share, (), covered, timely, 0)
    header = above[-1]
    for upper, lower in reversed(list(pairwise(above))):
        if _are_units(cells[lower]):
            names = _with_units(cells[upper], cells[lower])
            return Rows(separator, upper, width, share, names, covered, timely, header - upper + 1)
    if len(above) > 1 and above[-2] == header - 1 and len({*cells[header]}) < width:
        names = _with_machines(cells[above[-2]], cells[header])
        return Rows(separator, above[-2], width, share, names, covered, timely, 2)
    if sum(bool(cell.strip()) for cell in cells[header]) * 2 <= width:
        return Rows(separator, header, width, share, (), covered, timely, 0)
    return Rows(separator, header, width, share, (), covered, timely, 1)


def _commented_header(
    lines: Sequence[str], first: int, separator: str, settings: LogSettings, width: int
) -> int | None:
    """The last comment before the first row, if it has as many cells."""
    above = next((i for i in range(first - 1, -1, -1) if lines[i].strip()), None)
    if above is None or not settings.comment or not lines[above].startswith(settings.comment):
        return None
    return above if len(_cells(lines[above], separator)) == width else None


def _shorter_header(
    cells: Sequence[Sequence[str]], passed: Sequence[bool], fitting: Sequence[int]
) -> int | None:
    """The line over the first row, if it is of words, and rows have nothing in the cells that it lacks."""
    above = next((i for i in range(fitting[0] - 1, -1, -1) if not passed[i]), None) if fitting else None
    if above is None or len(cells[above]) < 2 or any(map(_is_datum, cells[above])):
        return None
    behind = (cell for i in fitting for cell in cells[i][len(cells[above]) :])
    return None if any(cell.strip() for cell in behind) else above


def _cells(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return []


def _is_datum(cell: str) -> bool:
    text = cell.strip()
    return _NUMBER.fullmatch(text) is not None or _DATED.match(text) is not None


def _are_units(cells: Sequence[str]) -> bool:
    """Whether a line holds units: of several cells behind the first, most are."""
    rest = [cell.strip(" []()") for cell in cells[1:] if cell.strip()]
    return len(rest) > 1 and sum(map(_is_unit, rest)) * 2 > len(rest)


def _is_unit(text: str) -> bool:
    return text in ("-", "--") or known_spelling(text) != ""


def _with_units(names: Sequence[str], units: Sequence[str]) -> tuple[str, ...]:
    return tuple(
        f"{name.strip()} [{unit.strip(' []()')}]" if i and unit.strip(" []()-") else name.strip()
        for i, (name, unit) in enumerate(zip(names, units, strict=True))
    )


def _with_machines(above: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """Headers that stand several times, each with the line above; a cell there holds up to the next one."""
    told, machine = [], ""
    for upper, name in zip(above, names, strict=True):
        machine = upper.strip() or machine
        told.append(f"{machine} {name.strip()}".strip())
    return tuple(told)


def shown_separator(separator: str) -> str:
    """A separator as it is named to people."""
    return "tab" if separator == "\t" else repr(separator)
