"""One bad row must not cost the good rows around it: halve what is refused until the bad stand alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from streams.sinks.sink import PayloadTooLarge, RowsRefused


class Refusal(NamedTuple):
    """Rows that the other side does not want, and what it said."""

    payload: bytes
    reason: str


class Isolation:
    """A payload of whole lines on its way out, one write a step, so that nobody waits for all of them.

    b bad rows among n take about 2 b log2(n / b) writes. Writing the whole
    payload once more does no harm: rows written twice are the same rows.
    """

    def __init__(self, payload: bytes) -> None:
        self.refused: list[Refusal] = []
        """Single rows that were refused, in their order."""
        self._pieces = [payload]

    @property
    def done(self) -> bool:
        """Whether every piece was written or refused."""
        return not self._pieces

    def step(self, write: Callable[[bytes], None]) -> None:
        """Write the next piece. Passes on every error of ``write`` but refusals; the piece stays next."""
        piece = self._pieces[-1]
        try:
            write(piece)
        except (RowsRefused, PayloadTooLarge) as error:
            self._pieces.pop()
            halves = _halves(piece)
            if halves:
                self._pieces.extend(reversed(halves))
            else:
                self.refused.append(Refusal(piece, str(error)))
        else:
            self._pieces.pop()


def _halves(payload: bytes) -> list[bytes]:
    """Two pieces of whole lines; none where there is one line only."""
    middle = payload.rfind(b"\n", 0, len(payload) // 2) + 1 or payload.find(b"\n") + 1
    return [payload[:middle], payload[middle:]] if 0 < middle < len(payload) else []
