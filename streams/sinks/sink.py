"""What every way out for scores promises, and what it asks of whatever stands behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(slots=True)
class SinkCounts:
    """The books of a sink, in rows: submitted = written + rejected + dropped + lost + waiting."""

    submitted: int = 0
    written: int = 0
    rejected: int = 0
    """Refused by the other side for good, kept in the rejected file."""
    dropped: int = 0
    """Oldest rows let go because the spool was full (or its disk damaged)."""
    lost: int = 0
    """Oldest rows let go because neither the other side nor the spool took anything and memory was full."""
    waiting: int = 0
    """In memory or on the spool."""
    spooled_bytes: int = 0
    away: bool = False
    """Whether the other side is away at the moment."""
    last_error: str = ""
    disk_error: str = ""
    """Why the spool's disk takes nothing at the moment; empty while it does."""


class RowsRefused(Exception):
    """The other side refused the payload as such: some row of it is wrong."""


class PayloadTooLarge(Exception):
    """The other side takes no payload of this size."""


class RowWriter(Protocol):
    """The other side: a database, or a topic. Writing the same rows twice must do no harm."""

    def write(self, payload: bytes) -> None:
        """Write whole lines. Raises SinkAway, RowsRefused, PayloadTooLarge."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class ScoreSink(Protocol):
    """Takes line-protocol bytes; never makes the caller wait and never raises on trouble behind it."""

    def submit(self, payload: bytes) -> int:
        """Hand over whole lines. Returns at once with their sequence number (1, 2, ...)."""
        ...

    def acknowledged(self) -> int:
        """Everything up to this sequence number is safe: written, or on the spool's disk."""
        ...

    def flush(self, deadline_s: float) -> bool:
        """Wait until all that was submitted is acknowledged; False where the deadline came first."""
        ...

    def counts(self) -> SinkCounts:
        """A copy of the books."""
        ...

    def close(self) -> None:
        """Write or spool what is left, and let go of files, connections and threads."""
        ...


def row_count(payload: bytes) -> int:
    """Rows in whole lines of line protocol."""
    return payload.count(b"\n")
