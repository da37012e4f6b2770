"""Rows that wait in memory, in order and bounded; whoever shares it among threads holds the lock."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple


class WaitingRows(NamedTuple):
    """What was handed over at once."""

    sequence: int
    payload: bytes
    rows: int


class RowQueue:
    """Holds at most ``most_bytes``, and the newest whatever its size."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._waiting: deque[WaitingRows] = deque()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    @property
    def rows(self) -> int:
        """How many wait."""
        return sum(waiting.rows for waiting in self._waiting)

    @property
    def half_full(self) -> bool:
        """Whether more waits than half of what it may hold."""
        return self._bytes > self._most_bytes // 2

    def put(self, waiting: WaitingRows) -> int:
        """Put it last; how many of the oldest rows there was no room for any more."""
        self._waiting.append(waiting)
        self._bytes += len(waiting.payload)
        return self._keep_bounds()

    def take(self, most_bytes: int | None = None) -> list[WaitingRows]:
        """Take the oldest, at least one and at most so many bytes of them; else all that it may hold."""
        most = self._most_bytes if most_bytes is None else most_bytes
        taken: list[WaitingRows] = []
        size = 0
        while self._waiting and (not taken or size + len(self._waiting[0].payload) <= most):
            taken.append(self._waiting.popleft())
            size += len(taken[-1].payload)
        self._bytes -= size
        return taken

    def put_back(self, taken: Sequence[WaitingRows]) -> int:
        """Put what was taken first again; how many of the oldest rows there is no room for any more."""
        self._waiting.extendleft(reversed(taken))
        self._bytes += sum(len(waiting.payload) for waiting in taken)
        return self._keep_bounds()

    def give_up(self) -> int:
        """Let all of it go; how many rows that were."""
        lost, self._bytes = self.rows, 0
        self._waiting.clear()
        return lost

    def _keep_bounds(self) -> int:
        lost = 0
        while self._bytes > self._most_bytes and len(self._waiting) > 1:
            oldest = self._waiting.popleft()
            self._bytes -= len(oldest.payload)
            lost += oldest.rows
        return lost
