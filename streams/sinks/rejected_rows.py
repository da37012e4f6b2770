"""Rows that the database refused for good: a file of line protocol, each lot under its reason.

The reason is a comment of the protocol, so the file can be written to the
database as it is once the cause is mended.
"""

from __future__ import annotations

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

    def keep(self, refusal: Refusal) -> None:
        log.error(
            "influxdb: rows refused",
            reason=refusal.reason,
            first=refusal.payload[:200].decode(errors="replace"),
        )
        text = b"# %s\n%s" % (refusal.reason.replace("\n", " ").encode(errors="replace"), refusal.payload)
        try:
            size = self.path.stat().st_size if self.path.exists() else 0
            if size + len(text) <= self.max_bytes:
                with self.path.open("ab") as file:
                    file.write(text)
        except OSError as error:
            log.error("influxdb: refused rows could not be kept", error=str(error))
