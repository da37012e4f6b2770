"""Many JSON records at once: those with one reading each and the same keys are read column by column.

What it takes comes to what the reader of single records (`streams.formats.json_reader`)
makes of it; whatever is not that plain is left to that one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import compress
from operator import not_
from typing import Any

import msgspec

from streams.formats.collector import Collector
from streams.formats.json_reader import JsonReader, Unwrapping
from streams.formats.shape_reader import ShapeReader

AT_ONCE = 2000
"""Records that are held in memory, taken apart."""
LONGEST = 2048
"""Bytes of a record: longer ones mostly hold several readings, and would take much memory."""
LOOKED_AT = 100
"""Records by which it is seen whether a batch is of this kind at all."""

_decode = msgspec.json.Decoder().decode


class BulkReader:
    """Reads what is plain of many records."""

    def __init__(self, json: JsonReader) -> None:
        self._json = json

    def read(self, records: Sequence[int], values: Sequence[bytes], into: Collector) -> list[int]:
        """Read some of the values, each that of a record; the indices of those that are left, in order."""
        left: list[int] = []
        size = LOOKED_AT
        first = 0
        while first < len(values):
            end = min(first + size, len(values))
            before = len(left)
            self._take(range(first, end), records, values, into, left)
            if len(left) - before > (end - first) // 2:
                left += range(end, len(values))
                break
            first, size = end, AT_ONCE
        return sorted(left)

    def _take(
        self,
        at: range,
        records: Sequence[int],
        values: Sequence[bytes],
        into: Collector,
        left: list[int],
    ) -> None:
        alike: dict[tuple[str, ...], tuple[list[int], list[dict[str, Any]]]] = defaultdict(lambda: ([], []))
        for i in at:
            if len(values[i]) > LONGEST:
                left.append(i)
                continue
            try:
                item = _decode(values[i])
            except (msgspec.MsgspecError, ValueError, RecursionError):
                left.append(i)
                continue
            if type(item) is not dict:
                left.append(i)
                continue
            indices, items = alike[tuple(item)]
            indices.append(i)
            items.append(item)
        for keys, (indices, items) in alike.items():
            left += self._read_alike(keys, indices, items, records, into)

    def _read_alike(
        self,
        keys: tuple[str, ...],
        indices: list[int],
        items: list[dict[str, Any]],
        records: Sequence[int],
        into: Collector,
    ) -> list[int]:
        test, reader = self._json.likeliest(keys)
        if isinstance(reader, Unwrapping):
            return self._read_inside(reader, indices, items, records, into) if test is True else indices
        if not isinstance(reader, ShapeReader) or not reader.flat:
            return indices
        left = []
        if callable(test):
            fits = [test(item) for item in items]
            left = list(compress(indices, map(not_, fits)))
            indices, items = list(compress(indices, fits)), list(compress(items, fits))
        if items:
            rows = [records[i] for i in indices]
            left += [indices[i] for i in reader.read_many(items, rows, into)]
        return left

    def _read_inside(
        self,
        reader: Unwrapping,
        indices: list[int],
        items: list[dict[str, Any]],
        records: Sequence[int],
        into: Collector,
    ) -> list[int]:
        """What stands in envelopes, which are all alike."""
        left = []
        alike: dict[tuple[str, ...], tuple[list[int], list[dict[str, Any]]]] = defaultdict(lambda: ([], []))
        for i, item in zip(indices, items, strict=True):
            inner = reader.only(item)
            if type(inner) is dict:
                inside = alike[tuple(inner)]
                inside[0].append(i)
                inside[1].append(inner)
            else:
                left.append(i)
        for keys, (own, inner_items) in alike.items():
            if isinstance(self._json.likeliest(keys)[1], Unwrapping):
                left += own
            else:
                left += self._read_alike(keys, own, inner_items, records, into)
        return left
