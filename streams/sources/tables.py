"""A run of a tabular log: readings as columns, with the names as the log has them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from streams.formats.decoded import Decoded
from streams.formats.decoder import Decoder
from streams.formats.rows import Rows
from streams.messages import F64, I32, I64
from streams.records import Records

MILLISECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Table:
    """One row a cell of the log that is not empty, in the log's order."""

    topic: str
    """The log's name."""
    ids: tuple[str, ...]
    """Names of points as the log has them."""
    units: tuple[str, ...]
    """The unit that the log gives for each name, empty where it gives none."""
    point: I32
    """Index into ``ids``."""
    time: I64
    """ns UTC; `kernels.rfc3339.NOT_A_TIME` where it could not be read."""
    value: F64
    text: dict[int, str]
    """What stood in a cell that is no number, by row; ``value`` is NaN there."""
    offset: I64
    """The line of the log (the row, in Parquet), the first is 1."""
    arrival: I64
    """When the row came in as far as the log tells (`streams.sources.arrival`), never falling."""
    written: dict[int, str] = field(default_factory=dict)
    """What stood where a time is none, or absurd, by row."""

    def __len__(self) -> int:
        return len(self.point)

    def decoded(self, decoder: Decoder) -> Decoded:
        """Each row as a record with one reading."""
        rows = Rows(self.ids, self.point, self.time, self.value, self.units, self.text, self.written)
        return decoder.decode_table(rows._replace(topic=self.topic, offset=self.offset))


def joined_tables(tables: Sequence[Table], order: I64) -> Table:
    """One table of the rows ``order`` of several, as if these were one after the other."""
    shift = np.cumsum([0, *(len(table.ids) for table in tables)])
    start = np.cumsum([0, *(len(table) for table in tables)])
    row_of = np.full(int(start[-1]), -1)
    row_of[order] = np.arange(len(order))

    def moved(cells: Sequence[dict[int, str]]) -> dict[int, str]:
        return {
            int(row_of[first + row]): cell
            for each, first in zip(cells, start[:-1], strict=True)
            for row, cell in each.items()
            if row_of[first + row] >= 0
        }

    point = np.concatenate(
        [table.point + np.int32(by) for table, by in zip(tables, shift[:-1], strict=True)]
    ).astype(np.int32)
    return Table(
        topic="+".join(dict.fromkeys(table.topic for table in tables)),
        ids=tuple(id for table in tables for id in table.ids),
        units=tuple(unit for table in tables for unit in table.units),
        point=point[order],
        time=np.concatenate([table.time for table in tables])[order],
        value=np.concatenate([table.value for table in tables])[order],
        text=moved([table.text for table in tables]),
        offset=np.concatenate([table.offset for table in tables])[order],
        arrival=np.concatenate([table.arrival for table in tables])[order],
        written=moved([table.written for table in tables]),
    )


def messages_of(table: Table) -> Records:
    """The table as canonical JSON messages, one a row. What was no number stays none."""
    heads = []
    for id, unit in zip(table.ids, table.units, strict=True):
        named = json.dumps({"point": id, "unit": unit} if unit else {"point": id}, ensure_ascii=False)
        heads.append(named[:-1] + ', "time": ')
    values = []
    for row, (point, time, value) in enumerate(
        zip(table.point.tolist(), table.time.tolist(), table.value.tolist(), strict=True)
    ):
        cell = json.dumps(table.text.get(row, value), ensure_ascii=False)
        values.append(f'{heads[point]}{_message_time(time)}, "value": {cell}}}'.encode())
    return Records.of(values, table.topic, offset=table.offset, timestamp=table.arrival)


def _message_time(ns: int) -> str:
    """Whole milliseconds as a number, anything finer as RFC 3339."""
    if ns % MILLISECOND == 0 or ns < 0:
        return str(ns // MILLISECOND)
    return f'"{np.datetime_as_string(np.datetime64(ns, "ns"))}Z"'
