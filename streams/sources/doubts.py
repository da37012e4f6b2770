"""Places of the log where what was fetched does not look sound.

Bytes can be damaged on their way, and what the client last heard of the log's
end is old: most doubts are settled by fetching once more. So no position moves
on the first sight of something odd; only what is the same after a few fetches,
with the log's end asked meanwhile, is taken for what the log holds.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from kafka import TopicPartition

FETCHES = 3
"""How often a place is looked at before it is passed over."""


@dataclass(slots=True)
class _Doubt:
    position: int
    what: Hashable
    looks: int = 0
    end: int | None = None


class Doubts:
    """The open doubt of each partition. One thread at a time."""

    def __init__(self) -> None:
        self._of: dict[TopicPartition, _Doubt] = {}
        self._lost: dict[TopicPartition, tuple[int, str]] = {}

    def settled(self, tp: TopicPartition, position: int, what: Hashable) -> int | None:
        """The log's end, if this place, or this very thing, has been looked at often enough; else None."""
        doubt = self._of.get(tp)
        if doubt is None or (doubt.position != position and doubt.what != what):
            return None
        return doubt.end if doubt.looks >= FETCHES - 1 else None

    def add(self, tp: TopicPartition, position: int, what: Hashable) -> None:
        """Note that ``what`` was found at ``position``; it will be fetched again."""
        doubt = self._of.get(tp)
        if doubt is None or (doubt.position != position and doubt.what != what):
            doubt = self._of[tp] = _Doubt(position, what)
        doubt.looks += 1

    def unasked(self) -> list[TopicPartition]:
        """Those whose logs' ends are still to be told by `tell_end`."""
        return [tp for tp, doubt in self._of.items() if doubt.end is None]

    def tell_end(self, tp: TopicPartition, end: int) -> None:
        """Where the log ends, as the broker said after the doubt arose."""
        self._of[tp].end = end

    def lose(self, tp: TopicPartition, position: int, detail: str) -> None:
        """What is found at ``position`` does not tell where to go on."""
        self._lost[tp] = position, detail

    def take_lost(self) -> dict[TopicPartition, tuple[int, str]]:
        """(position, what is wrong there) of the partitions lost since the last call."""
        lost, self._lost = self._lost, {}
        return lost

    def forget(self, tp: TopicPartition) -> None:
        """What was read there is sound, or the partition belongs to another now."""
        self._of.pop(tp, None)
