"""Rows that the other side refused for good: kept in a file, each lot under its reason.

The reason is a comment of line protocol, so a file of scores can be written to
the database as it is once the cause is mended.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import structlog

from streams.sinks.isolate import Refusal

log = structlog.get_logger()

MAX_BYTES = 16 << 20


class RejectedRows:
    """Appends to ``path`` until it holds ``max_bytes``; beyond that rows are only counted by the sink."""

    def __init__(self, path: Path, max_bytes: int = MAX_BYTES) -> None:
        self.path = path
        self.max_bytes = max_bytes

    def keep(self, refused: list[Refusal]) -> None:
        """Keep the refused rows of one payload."""
        if not refused:
            return
        first = refused[0]
        log.error(
            "rows refused for good",
            rows=len(refused),
            file=str(self.path),
            reason=first.reason,
            first=first.payload[:200].decode(errors="replace"),
        )
        try:
            size = self.path.stat().st_size if self.path.exists() else 0
            with self.path.open("ab") as file:
                for reason, lot in groupby(refused, key=lambda refusal: refusal.reason):
                    text = b"# %s\n" % reason.replace("\n", " ").encode(errors="replace")
                    text += b"".join(refusal.payload for refusal in lot)
                    if size + len(text) > self.max_bytes:
                        log.error("the file of refused rows is full", file=str(self.path))
                        return
                    size += file.write(text)
        except OSError as error:
            log.error("refused rows could not be kept", error=str(error))
