"""One bad row must not cost the good rows around it: halve what is refused until the bad stand alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from streams.sinks.influx_writer import PayloadTooLarge, RowsRefused

MAX_REFUSALS = 64
"""Refusals of one payload after which the pieces still refused are no longer halved."""


class Refusal(NamedTuple):
    """Rows that the database does not want, and what it said."""

    payload: bytes
    reason: str


def write_isolating(write: Callable[[bytes], None], payload: bytes) -> list[Refusal]:
    """Write whole lines, in halves where they are refused; what could not be written.

    Passes on every other error of ``write``. Calling it again with the same
    payload then does no harm: rows written twice are the same rows.
    """
    refused: list[Refusal] = []
    refusals = 0
    pieces = [payload]
    while pieces:
        piece = pieces.pop()
        try:
            write(piece)
        except PayloadTooLarge as error:
            halves = _halves(piece)
            reason = str(error)
        except RowsRefused as error:
            refusals += 1
            halves = _halves(piece) if refusals < MAX_REFUSALS else []
            reason = str(error)
        else:
            continue
        if halves:
            pieces.extend(reversed(halves))
        else:
            refused.append(Refusal(piece, reason))
    return refused


def _halves(payload: bytes) -> list[bytes]:
    """Two pieces of whole lines; none where there is one line only."""
    middle = payload.rfind(b"\n", 0, len(payload) // 2) + 1 or payload.find(b"\n") + 1
    return [payload[:middle], payload[middle:]] if 0 < middle < len(payload) else []
