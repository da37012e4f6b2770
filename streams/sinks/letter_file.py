"""Dead letters in a file of JSON lines."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import BinaryIO

import msgspec
import structlog

from streams.messages import Reject
from streams.sinks.dead_letters import PAYLOAD_BYTES

log = structlog.get_logger()


class LetterFile:
    """Appends ``{topic, partition, offset, reason, detail, payload}`` a line; made with the first letter.

    A payload that is no UTF-8 stands as ``payload_base64``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.unwritten = 0
        """Letters that the disk did not take."""
        self._file: BinaryIO | None = None

    def put(self, reject: Reject) -> None:
        try:
            if self._file is None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self.path.open("ab")
            self._file.write(msgspec.json.encode(_letter(reject)) + b"\n")
            self._file.flush()
        except OSError as error:
            if not self.unwritten:
                log.error("dead letters: the file cannot be written", path=str(self.path), error=str(error))
            self.unwritten += 1

    def flush(self, deadline_s: float) -> bool:
        return True

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _letter(reject: Reject) -> dict[str, object]:
    payload = reject.payload[:PAYLOAD_BYTES]
    letter: dict[str, object] = {
        "topic": reject.topic,
        "partition": reject.partition,
        "offset": reject.offset,
        "reason": str(reject.reason),
        "detail": reject.detail.encode(errors="replace").decode(),
    }
    try:
        letter["payload"] = payload.decode()
    except UnicodeDecodeError:
        letter["payload_base64"] = base64.b64encode(payload).decode()
    return letter
