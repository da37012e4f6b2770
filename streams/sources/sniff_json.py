"""What JSON objects of no known shape are told to be, from some of them: a ``[[messages.shape]]``.

An object taken apart is a row of a table whose columns are paths, so what tells
the columns of a table apart tells its keys too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC
from itertools import count
from typing import Any

import numpy as np
import polars as pl

from config.json_path import folded, steps_of
from config.sections.log import LogSettings
from config.shape import Shape
from config.table_headers import usual_headers
from streams.errors import RejectError
from streams.formats.times import EARLIEST, LATEST, time_of
from streams.sources.json_rows import Row, path_to, records_path, rows_of, unpacked
from streams.sources.sniff_shape import shape_told
from streams.sources.table_shape import WIDE, TableShape

MOST_OBJECTS = 500
"""Of one set of keys, so many are looked at."""
MOST_SHAPES = 5
MOST_RECORDS = 2_000
"""Of arrays in the objects, so many elements are looked at."""
CERTAIN = 0.95
"""Share of the texts or numbers of a key that are times where it holds the time."""
_TIMES = ("timestamp", "time", "ts", "datetime", "date", "clock", "epoch", "zeit", "at", "t", "ms")
"""Endings of keys that hold times, the likeliest first."""
_HANDLED = ("received", "created", "updated", "inserted", "published", "ingest", "process", "sent", "expir")
"""In keys whose time is that of the message's way, and not of the reading, where there is another."""
_BESIDE = frozenset(
    {
        "qos",
        "retain",
        "dup",
        "version",
        "msgid",
        "messageid",
        "seqno",
        "rssi",
        "snr",
        "interval",
        "period",
        "ttl",
    }
)
"""Numbers that go beside values and are none."""


@dataclass(frozen=True, slots=True)
class ToldShapes:
    """Shapes by which what was not known can be read, and what stays in doubt."""

    shapes: tuple[Shape, ...] = ()
    found: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


def shapes_told(objects: Sequence[dict[str, Any]], taken: Sequence[str] = ()) -> ToldShapes:
    """Shapes of objects that fit none, the commonest first; none has a name that is ``taken``."""
    names = (name for n in count(1) if (name := f"own_{n}" if n > 1 else "own") not in taken)
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for each in objects:
        group = groups.setdefault(tuple(sorted(map(folded, each))), [])
        if len(group) < MOST_OBJECTS:
            group.append(each)
    told = ToldShapes()
    for group in sorted(groups.values(), key=len, reverse=True):
        if len(told.shapes) >= MOST_SHAPES or any(_has_all(shape, group[0]) for shape in told.shapes):
            continue
        one = _told(group, next(names))
        told = ToldShapes((*told.shapes, *one.shapes), [*told.found, *one.found], [*told.doubts, *one.doubts])
    return told


def _told(objects: Sequence[dict[str, Any]], name: str) -> ToldShapes:
    keys = ", ".join(list(objects[0])[:8])
    objects, path = unpacked(objects)
    path = path or records_path(objects)
    rows = list(rows_of(objects, path))[:MOST_RECORDS]
    inside = frozenset(each for row in rows for each in row.inside)
    columns = _beside_one_value(_columns(rows), inside)
    stamps = _time_paths(columns, inside)
    if not stamps:
        return ToldShapes(doubts=[f"of objects with the keys {keys}, none can be told to be the time"])
    headers = _short_names(sorted((each for each in columns if each not in stamps), key=_where_last))
    texts = {headers[each]: [_text(cell) for cell in columns[each]] for each in headers}
    stamp = stamps[0]
    time = np.array([_time(cell) or 0 for cell in columns[stamp]], np.int64)
    frame = pl.DataFrame(texts, schema=dict.fromkeys(texts, pl.String))
    if not frame.width:
        return ToldShapes(doubts=[f"objects with the keys {keys} hold nothing beside a time"])
    told = shape_told(frame, time, (), LogSettings(), file="")
    if told.doubts:
        return ToldShapes(doubts=[f"of objects with the keys {keys}, {each}" for each in told.doubts])
    paths = {header: each for each, header in headers.items()}
    shape = _shape(name, path, stamp, told.shape, paths, inside)
    if shape is None:
        return ToldShapes(doubts=[f"of objects with the keys {keys}, none can be told to name the point"])
    values = f"value = {shape.value[0]}" if shape.value else f"fields = {shape.fields or 'the object itself'}"
    said = f"objects with the keys {keys}: time = {stamp}, {values}, a reading is named {shape.point[0]}"
    return ToldShapes((shape,), [said])


def _shape(
    name: str, records: str, stamp: str, told: TableShape, paths: dict[str, str], inside: frozenset[str]
) -> Shape | None:
    """The table's shape in paths; None where nothing makes a name."""
    one = WIDE not in told.name
    point = told.name.strip("/").replace(WIDE, "{field}")
    for header in told.keys():  # noqa: SIM118
        point = point.replace(f"{{{header}}}", f"{{{paths[header]}}}")
    if not point or not told.values:
        return None
    values = [paths[header] for header in told.values if header in paths]
    parent = Counter(_parent(each) for each in values).most_common(1)[0][0]
    ends: dict[str, Any] = {"value": values[:1]} if one else {"fields": parent}
    known = [stamp, *(values[:1] if one else [paths[key] for key in told.keys()][:1])]  # noqa: SIM118
    known += [parent] if parent and not one else []
    if records.startswith("*"):
        known = [f"{records}.{stamp}"]
    elif records:
        known = [each for each in known if each not in inside] + [records.split(".*")[0].removesuffix("[]")]
    return Shape(
        name=name,
        has=tuple((each,) for each in known if each != "key"),
        records=(records,) if records else (),
        time=(stamp,),
        unit=(paths[told.unit],) if told.unit else (),
        quality=(paths[told.quality],) if told.quality in paths else (),
        point=(point,),
        **ends,
    )


def _has_all(shape: Shape, item: dict[str, Any]) -> bool:
    there = {folded(each) for each in item}
    return all(folded(steps_of(path)[0].key) in there for (path,) in shape.has)


def _parent(path: str) -> str:
    return path[: -len(path_to("", _last(path))) - 1] if len(steps_of(path)) > 1 else ""


def _columns(rows: Sequence[Row]) -> dict[str, list[object]]:
    """Cells by path; None where a record does not hold one. What stands beside values is left out."""
    paths = dict.fromkeys(path for row in rows for path in (*row.inside, *row.around))
    wanted = [path for path in paths if folded(_last(path)) not in _BESIDE | usual_headers().counters]
    return {path: [row.inside.get(path, row.around.get(path)) for row in rows] for path in wanted}


def _beside_one_value(columns: dict[str, list[object]], inside: frozenset[str]) -> dict[str, list[object]]:
    """The columns; where one key alone says that it is the value, without flags, codes and other numbers."""
    usual = usual_headers()
    values = [path for path in columns if path in inside and folded(_last(path)) in usual.values]
    if len(values) != 1:
        return columns
    keys = usual.machines | usual.points
    return {
        path: cells
        for path, cells in columns.items()
        if path in values
        or folded(_last(path)) in keys
        or any(isinstance(cell, str) or _time(cell) is not None for cell in cells)
    }


def _time_paths(columns: dict[str, list[object]], inside: frozenset[str]) -> list[str]:
    """The paths that hold times, the likeliest to be that of the readings first."""
    found = []
    for path, cells in columns.items():
        there = [cell for cell in cells if cell is not None]
        if not there or sum(_time(cell) is not None for cell in there) < CERTAIN * len(cells):
            continue
        key = folded(_last(path)).strip("@")
        ending = next((at for at, word in enumerate(_TIMES) if key.endswith(word)), len(_TIMES))
        if ending < len(_TIMES) or isinstance(there[0], str):
            found.append((any(word in key for word in _HANDLED), ending, path not in inside, path))
    return [path for *_, path in sorted(found)]


def _time(cell: object) -> int | None:
    if isinstance(cell, bool) or cell is None:
        return None
    try:
        time = time_of(cell, zone=UTC)
    except RejectError:
        return None
    return time if EARLIEST <= time < LATEST else None


def _text(cell: object) -> str | None:
    if cell is None or isinstance(cell, str):
        return cell
    return str(float(cell)) if isinstance(cell, bool | float) else str(cell)


def _where_last(path: str) -> bool:
    """Sorts keys that say where something stands before the others, as a name has them."""
    return folded(_last(path)) not in usual_headers().places


def _short_names(paths: Sequence[str]) -> dict[str, str]:
    """By path its last key where no other ends with it, else the path itself."""
    last = Counter(map(_last, paths))
    return {path: _last(path) if last[_last(path)] == 1 else path for path in paths}


def _last(path: str) -> str:
    return steps_of(path)[-1].key
