"""The dead letters of a replay: a file of JSON lines, made with the first of them."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from detector.service.words import rfc3339
from streams.messages import Reject, RejectedReading


class RejectFile:
    """One line a reject: where it stood, why, and its bytes (base64 where they are no text)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._file: BinaryIO | None = None

    def put(self, reject: Reject) -> None:
        """A record, or a reading of one, that could not be used."""
        line = {
            "topic": reject.topic,
            "partition": reject.partition,
            "offset": reject.offset,
            "reason": reject.reason,
            "detail": reject.detail,
        }
        try:
            self._write({**line, "payload": reject.payload.decode()})
        except UnicodeDecodeError:
            self._write({**line, "payload_base64": base64.b64encode(reject.payload).decode()})

    def put_reading(self, refused: RejectedReading) -> None:
        """A reading that the engine refused."""
        self._write(
            {
                "point": refused.point,
                "time": rfc3339(refused.time),
                "value": refused.value,
                "reason": refused.reason,
            }
        )

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _write(self, line: dict[str, Any]) -> None:
        if self._file is None:
            self._file = self.path.open("wb")
        self._file.write(msgspec.json.encode(line) + b"\n")
        self.count += 1
