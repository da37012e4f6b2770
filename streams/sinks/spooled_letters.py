"""Dead letters by way of a spooled sink: on disk, or on their topic, before a checkpoint counts them safe."""

from __future__ import annotations

from streams.messages import Reject
from streams.sinks.letter import encode_letter
from streams.sinks.sink import ScoreSink, SinkCounts


class SpooledLetters:
    """`Letters` that neither a missing topic nor a broker that is away ever holds up."""

    def __init__(self, sink: ScoreSink) -> None:
        """Takes ``sink`` over and closes it in the end."""
        self._sink = sink
        self._put = 0

    def put(self, reject: Reject) -> None:
        """Hand it to the sink, by way of its spool while the topic is away."""
        self._put = self._sink.submit(encode_letter(reject))

    def mark(self) -> int:
        """Sequence number of the newest letter."""
        return self._put

    def acknowledged(self, mark: int) -> bool:
        """Whether everything up to the mark is delivered or on the spool's disk."""
        return self._sink.acknowledged() >= mark

    def counts(self) -> SinkCounts:
        """The books, in letters."""
        return self._sink.counts()

    def close(self) -> None:
        """Deliver or spool what is left."""
        self._sink.close()
