"""Several logs put together in the order in which their lines came in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import numpy as np

from streams.messages import I64

Part = TypeVar("Part")
Whole = TypeVar("Whole")


def merged(
    logs: Sequence[Iterator[Part]],
    arrival_of: Callable[[Part], I64],
    joined: Callable[[Sequence[Part], I64], Whole],
) -> Iterator[Whole]:
    """Merge runs of lines whose arrival times never fall; of equal times the earlier log comes first.

    Holds one run a log. ``joined(parts, order)`` makes one of several.
    """
    heads: list[Part | None] = [next(log, None) for log in logs]
    used = [0] * len(logs)
    while any(head is not None for head in heads):
        # Up to the end of the run that ends first, every log's lines are at hand.
        bound = min(int(arrival_of(head)[-1]) for head in heads if head is not None)
        parts: list[Part] = []
        keys: list[I64] = []
        rows: list[I64] = []
        first = 0
        for i, head in enumerate(heads):
            if head is None:
                continue
            arrival = arrival_of(head)
            end = int(np.searchsorted(arrival, bound, side="right"))
            parts.append(head)
            keys.append(arrival[used[i] : end])
            rows.append(np.arange(first + used[i], first + end))
            first += len(arrival)
            used[i] = end
            if end == len(arrival):
                heads[i], used[i] = next(logs[i], None), 0
        key = np.concatenate(keys)
        if len(key):
            yield joined(parts, np.concatenate(rows)[np.argsort(key, kind="stable")])
