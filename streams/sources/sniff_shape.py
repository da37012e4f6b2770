"""What the columns of a table are for, told from their headers and a sample of their cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import polars as pl

from config.sections.log import LogSettings
from config.table_headers import folded_header
from kernels.rfc3339 import NOT_A_TIME
from streams.messages import I64
from streams.sources.sniff_columns import (
    HEADERS,
    Column,
    bare_header,
    column_of,
    quality_column,
    unit_column,
)
from streams.sources.sniff_texts import names_halls, names_measures, says_values
from streams.sources.table_doubt import Doubt
from streams.sources.table_shape import COLUMN, WIDE, TableShape, template_of, values_of

SOME, MANY = 0.02, 0.2
"""Shares of rows with the time of another from which a log may be, and must be, one of several machines."""
FEW = 3
"""So many rows that come again tell something."""
MOST_KEYS = 3
"""So many columns at most are tried together as what tells rows apart."""


@dataclass(frozen=True, slots=True)
class Told:
    """A shape, what was seen, and what stays in doubt."""

    shape: TableShape
    found: list[str]
    doubts: list[Doubt]


def shape_told(
    frame: pl.DataFrame,
    time: I64,
    times: tuple[str, ...],
    settings: LogSettings,
    machine: str = "",
    file: str = "{file}",
) -> Told:
    """The shape of a table from some of its rows with their times, as far as ``settings`` leave it open.

    ``machine`` is what makes the names of a log's columns those of one machine,
    where other logs have them too; ``file`` names what a log as a whole holds.
    """
    timed = frame.with_columns(pl.Series("\0time", time)).unique(maintain_order=True)
    frame, time = timed.drop("\0time"), timed["\0time"].to_numpy()  # a row that is there twice says nothing
    columns = [
        column_of(frame[name], settings) for name in frame.columns if name not in times and bare_header(name)
    ]
    names = [column.header for column in columns]
    unit, quality = unit_column(columns, settings), quality_column(columns, settings)
    given = values_of(settings, names)
    no_values = {unit, *(TableShape(times, (), quality=quality).quality_of(name) for name in names)}
    others = [c for c in columns if c.header not in no_values]
    template = template_of(settings)
    if template:
        keys = TableShape(times, (), template).keys()
        values = given or tuple(c.header for c in others if c.header not in keys)
        if COLUMN not in TableShape(times, (), template).placeholders() and not given:
            values = _one_value(others, keys) or values
        shape = TableShape(times, values, template, unit, quality)
        return Told(shape, [], _clashes(shape, columns, time))
    texts = {c.header for c in others if c.is_text and says_values(c, settings)}
    return _untold(others, texts, time, TableShape(times, given, WIDE, unit, quality), machine, file)


def _untold(
    others: list[Column], texts: set[str], time: I64, shape: TableShape, machine: str, file: str
) -> Told:
    folded = {c.folded: c.header for c in others}
    if "point" in folded and "value" in folded and not shape.values:
        return Told(_with(shape, f"{{{folded['point']}}}", (folded["value"],)), [], [])
    if {"hall", "equipment"} <= set(folded):
        measure = next((folded[each] for each in ("measure", "field") if each in folded), None)
        value = _one_value(others, (folded["hall"], folded["equipment"], measure or ""))
        if measure and value:
            template = f"{{{folded['hall']}}}/{{{folded['equipment']}}}/{{{measure}}}"
            return Told(_with(shape, template, value), [], [])
    if {"_time", "_value", "_field", "_measurement"} <= {*shape.time, *(c.header for c in others)}:
        return Told(_with(shape, _annotated(others), ("_value",)), [], [])
    values, single = _values(others, texts, shape.values)
    candidates = [c for c in others if c.header not in values and _may_be_key(c)]
    repeated = _share_repeated(time, ())
    if repeated < SOME and not any(_names_something(c, values, others) for c in candidates):
        if single and shape.values == ():
            return Told(_with(shape, file, values), ["a file holds one point, named by it"], [])
        name = f"{machine}/{WIDE}" if machine else WIDE
        found = [f"files are of several machines: a reading is named {name}"] if machine else []
        return Told(_with(shape, name, shape.values or tuple(c.header for c in others)), found, [])
    keys, doubts = _keys(candidates, values, others, time, repeated, single)
    if doubts or not keys:
        return Told(_with(shape, WIDE, tuple(c.header for c in others)), [], doubts)
    if not single:
        values = shape.values or tuple(
            c.header
            for c in others
            if c not in keys
            and c.distinct
            and (not c.is_text or c.header in texts or not _determined(c, keys))
        )
        single = len(values) == 1 and names_measures(keys)
    template = _template(keys, single, file)
    return Told(_with(shape, template, values), [f"a reading is named {template}"], [])


def _with(shape: TableShape, name: str, values: tuple[str, ...]) -> TableShape:
    return TableShape(shape.time, values, name, shape.unit, shape.quality)


def _annotated(others: Sequence[Column]) -> str:
    """The name of a metric, as one that no template wants: measurement, tags, field."""
    tags = [c.header for c in others if not c.header.startswith("_") and c.folded not in HEADERS.counters]
    return "/".join(f"{{{each}}}" for each in ("_measurement", *tags, "_field"))


def _template(keys: Sequence[Column], single: bool, file: str) -> str:
    parts = [f"{{{key.header}}}" for key in keys]
    if not single:
        return "/".join([*parts, WIDE])
    if any(key.folded in HEADERS.metrics or key.folded in HEADERS.points - HEADERS.machines for key in keys):
        return "/".join(parts)
    if names_measures(keys):
        return "/".join(parts)
    return "/".join([file, *parts])  # what is measured stands nowhere else


def _values(others: list[Column], texts: set[str], given: tuple[str, ...]) -> tuple[tuple[str, ...], bool]:
    """(columns that hold values, whether it is one whose header says nothing).

    ``texts`` are headers of those whose words are values.
    """
    notes = HEADERS.notes | HEADERS.qualities
    told = [c for c in others if c.is_text and c.header in texts and c.folded not in notes]
    numeric = [c for c in others if c in told or (not c.is_text and c.distinct and not _is_index(c))]
    if given:
        return given, len(given) == 1 and folded_header(given[0]) in HEADERS.values
    generic = [c for c in others if c.folded in HEADERS.values]
    if len(generic) == 1 and all(c in generic or _beside(c) for c in numeric):
        return (generic[0].header,), True
    if not numeric and len(generic) == 1:
        return (generic[0].header,), True
    return tuple(c.header for c in numeric), False


def _beside(column: Column) -> bool:
    """A number that goes beside a value and is none: InfluxDB's table, its least, a key that is a number."""
    return column.folded in HEADERS.counters | HEADERS.statistics or _is_key(column)


def _is_index(column: Column) -> bool:
    return _is_key(column) and all("." not in (text or "") for text in column.texts[:50])


def _is_key(column: Column) -> bool:
    return column.folded in HEADERS.machines | HEADERS.points or column.folded.endswith(
        ("id", "no", "nr", "name")
    )


def _one_value(others: list[Column], keys: Sequence[str]) -> tuple[str, ...]:
    rest = [c for c in others if c.header not in keys]
    generic = [c.header for c in rest if c.folded in HEADERS.values]
    numeric = [c.header for c in rest if not c.is_text and c.distinct and not _beside(c)]
    return tuple(generic[:1] or (numeric if len(numeric) == 1 else ()))


def _may_be_key(column: Column) -> bool:
    beside = HEADERS.notes | HEADERS.qualities
    if (column.folded in beside and column.folded not in HEADERS.points) or column.filled < 0.9:
        return False
    return (column.is_text or _is_index(column)) and column.folded not in HEADERS.counters


def _names_something(column: Column, values: Sequence[str], others: list[Column]) -> bool:
    """Whether a text names what a row is of, though no time comes twice."""
    if not column.is_text and not (_is_index(column) and column.distinct == 1):
        return False
    folded = column.folded
    return folded in HEADERS.points | HEADERS.machines or folded.endswith("id")


def _keys(
    candidates: list[Column],
    values: tuple[str, ...],
    others: list[Column],
    time: I64,
    repeated: float,
    single: bool,
) -> tuple[list[Column], list[Doubt]]:
    """(the columns that make a name, what is in doubt)."""
    ranked = sorted(candidates, key=lambda c: (not _is_key(c), c.distinct == 1))
    chosen: list[Column] | None = None
    for size in range(1, MOST_KEYS + 1):
        for some in combinations(ranked, size):
            if all(c.distinct > 1 or size == 1 for c in some) and _share_repeated(time, some) < 0.01:
                chosen = list(some)
                break
        if chosen:
            break
    if chosen is None:
        if repeated < MANY:
            return [], []
        names = ", ".join(repr(c.header) for c in others[:10])
        problem = f"{repeated:.0%} of the rows have the time of another, and no column tells them apart"
        return [], [Doubt(problem, f'point = "{{unit}}/{{column}}" (columns: {names})')]
    doubts = []
    for other in ranked:
        if other in chosen or _determined(other, chosen):
            continue
        if single and (_is_key(other) or other.folded in HEADERS.metrics):
            chosen.append(other)
        elif single and other.distinct <= max(20, len(other.texts) // 10):
            shape = "/".join(f"{{{c.header}}}" for c in (*chosen, other))
            problem = f"{other.header!r} may be a part of the name"
            doubts.append(Doubt(problem, f'point = "{shape}", or without it'))
    chosen += [c for c in candidates if c not in chosen and (c.folded in HEADERS.places or names_halls(c))]
    if single and not any(c.folded in HEADERS.metrics for c in chosen) and not names_measures(chosen):
        telling = [c for c in candidates if c.is_text and c not in chosen and names_measures([c])]
        telling += [c for c in candidates if c.folded in HEADERS.metrics - HEADERS.machines]
        chosen += telling[:1]
    order = {c.header: i for i, c in enumerate(others)}
    return sorted(chosen, key=lambda c: order[c.header]), doubts


def _determined(other: Column, chosen: Sequence[Column]) -> bool:
    """Whether a column says nothing that the chosen ones do not say."""
    seen: dict[tuple[str | None, ...], str | None] = {}
    for row in zip(other.texts, *(c.texts for c in chosen), strict=True):
        if seen.setdefault(row[1:], row[0]) != row[0]:
            return False
    return True


def _share_repeated(time: I64, keys: Sequence[Column]) -> float:
    """Share of the rows that have the time and the keys of an earlier one."""
    rows = pl.DataFrame({"": time} | {str(i): list(c.texts) for i, c in enumerate(keys)})
    rows = rows.filter(pl.col("") != NOT_A_TIME)
    again = rows.height - rows.n_unique()
    return again / rows.height if again >= FEW else 0.0


def _clashes(shape: TableShape, columns: list[Column], time: I64) -> list[Doubt]:
    """What is in doubt about a name that the settings say: rows of one name at one time."""
    wanted = shape.keys()
    keys = [c for c in columns if c.header in wanted]
    if len(keys) < len(wanted):
        return []  # one is not there, which is told elsewhere
    share = _share_repeated(time, keys)
    if share < 0.1:
        return []
    others = [c for c in columns if c not in keys and c.header not in shape.values and _may_be_key(c)]
    more = next((c for c in others if _share_repeated(time, (*keys, c)) < 0.01), None)
    problem = f'with point = "{shape.name}", {share:.0%} of the rows have the name and time of another'
    column = more.header if more else "..."
    return [Doubt(problem, f'point = "{{{column}}}/{shape.name}"')]
