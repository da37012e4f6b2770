"""What every way out for scores promises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(slots=True)
class SinkCounts:
    """The books of a sink, in rows: submitted = written + rejected + dropped + lost + waiting."""

    submitted: int = 0
    written: int = 0
    rejected: int = 0
    """Refused by the database for good, kept in the rejected file."""
    dropped: int = 0
    """Oldest rows let go because the spool was full (or its disk damaged)."""
    lost: int = 0
    """Oldest rows let go because neither database nor spool took anything and memory was full."""
    waiting: int = 0
    """In memory or on the spool."""
    spooled_bytes: int = 0
    away: bool = False
    """Whether the database is away at the moment."""
    last_error: str = ""


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
