"""Dead letters by way of a spooled sink: on disk, or on their topic, before a checkpoint counts them safe."""

from __future__ import annotations

from streams.messages import Reject
from streams.sinks.letter import encode
from streams.sinks.sink import ScoreSink, SinkCounts


class SpooledLetters:
    """`Letters` that neither a missing topic nor a broker that is away ever holds up."""

    def __init__(self, sink: ScoreSink) -> None:
        """Takes ``sink`` over and closes it in the end."""
        self._sink = sink
        self._put = 0

    def put(self, reject: Reject) -> None:
        self._put = self._sink.submit(encode(reject))

    def mark(self) -> int:
        return self._put

    def acknowledged(self, mark: int) -> bool:
        return self._sink.acknowledged() >= mark

    def counts(self) -> SinkCounts:
        """The books, in letters."""
        return self._sink.counts()

    def close(self) -> None:
        self._sink.close()
