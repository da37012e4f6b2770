"""Many JSON records at once: those whose records have one value each are read column by column.

What it takes comes to what the reader of single records (`streams.formats.json_reader`)
makes of it; whatever is not that plain is left to that one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import compress
from typing import Any

import msgspec

from streams.formats.collector import Collector
from streams.formats.json_reader import ItemReader, JsonReader, Unwrapping
from streams.formats.shape_reader import ShapeReader

AT_ONCE = 128
"""Records that are held in memory, taken apart: few enough for a processor's cache."""
BYTES_AT_ONCE = 1 << 16
"""The same in bytes of JSON."""
LOOKED_AT = 32
"""Records by which it is seen whether a batch is of this kind at all."""

_decode = msgspec.json.Decoder().decode


class BulkReader:
    """Reads what is plain of many records."""

    def __init__(self, json: JsonReader) -> None:
        self._json = json

    def read(
        self, records: Sequence[int], data: bytes, spans: Sequence[tuple[int, int]], into: Collector
    ) -> list[int]:
        """Read what stands in spans (from, to) of the data, each a record; the indices of those left."""
        left: list[int] = []
        first = size = 0
        for end, (begin, stop) in enumerate(spans, 1):
            size += stop - begin
            if end - first < (AT_ONCE if first else LOOKED_AT) and size < BYTES_AT_ONCE and end < len(spans):
                continue
            self._take(range(first, end), records, data, spans, into, left)
            if len(left) > max(end // 2, LOOKED_AT // 2):
                left += range(end, len(spans))
                break
            first, size = end, 0
        return sorted(left)

    def _take(
        self,
        at: range,
        records: Sequence[int],
        data: bytes,
        spans: Sequence[tuple[int, int]],
        into: Collector,
        left: list[int],
    ) -> None:
        items, indices = [], []
        for i in at:
            begin, stop = spans[i]
            try:
                item = _decode(data[begin:stop])
            except (msgspec.MsgspecError, ValueError, RecursionError):
                item = None
            if type(item) is dict:
                items.append(item)
                indices.append(i)
            else:
                left.append(i)
        self._read(items, indices, records, into, left)

    def _read(
        self,
        items: list[dict[str, Any]],
        indices: list[int],
        records: Sequence[int],
        into: Collector,
        left: list[int],
        depth: int = 0,
    ) -> None:
        """Read decoded records, or what stands in them."""
        alike: dict[ItemReader, tuple[list[dict[str, Any]], list[int]]] = defaultdict(lambda: ([], []))
        all_keys = list(map(tuple, items))
        ways = self._json.ways(all_keys[0]) if items else []
        if ways and ways[0][0] is True and all_keys.count(all_keys[0]) == len(items):
            alike[ways[0][1]] = items, indices
        else:
            left += self._told_apart(items, indices, all_keys, alike)
        for reader, (its, own) in alike.items():
            if isinstance(reader, ShapeReader) and reader.one:
                rows = [records[i] for i in own]
                left += [own[i] for i in reader.read_many(its, rows, into)]
            elif isinstance(reader, Unwrapping) and reader.only is not None and depth == 0:
                inside = list(map(reader.only, its))
                objects = [type(inner) is dict for inner in inside]
                left += [i for i, is_object in zip(own, objects, strict=True) if not is_object]
                inside, own = list(compress(inside, objects)), list(compress(own, objects))
                self._read(inside, own, records, into, left, depth=1)
            else:
                left += own

    def _told_apart(
        self,
        items: list[dict[str, Any]],
        indices: list[int],
        all_keys: list[tuple[str, ...]],
        into: dict[ItemReader, tuple[list[dict[str, Any]], list[int]]],
    ) -> list[int]:
        """Put each of the items to what reads it; the indices of those that nothing does."""
        left = []
        for i, item, keys in zip(indices, items, all_keys, strict=True):
            for test, reader in self._json.ways(keys):
                if test is True or test(item):  # type: ignore[operator]
                    its, own = into[reader]
                    its.append(item)
                    own.append(i)
                    break
            else:
                left.append(i)
        return left
