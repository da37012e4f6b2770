"""Dead letters to a Kafka topic, which is made where it is missing and the broker allows it.

The record's value is the rejected payload, its key is the letter's own (see
`streams.sinks.letter`); where it stood and why are headers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

import msgspec
import structlog
from kafka.errors import KafkaTimeoutError, MessageSizeTooLargeError, UnknownTopicOrPartitionError

from streams.errors import BrokerAway, RejectError, RetryError, SinkAway
from streams.sinks.letter import decode_letter, headers, key
from streams.sinks.sink import RowsRefused

log = structlog.get_logger()

TIMEOUT_S = 4.0
"""How long the producer of dead letters may take over one step: nobody waits for it for long."""
_TOPIC_MISSING = (KafkaTimeoutError, UnknownTopicOrPartitionError)


class Producer(Protocol):
    """What is needed of a Kafka producer; all raise a RetryError where the broker is away."""

    def send(
        self, topic: str, key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes]]
    ) -> None:
        """Hand over a message; it may be on its way when this returns. Raises BrokerAway."""
        ...

    def flush(self) -> None:
        """Wait until all that was sent has arrived. Raises BrokerAway."""
        ...

    def close(self) -> None:
        """Flush, and close the connections."""
        ...

    def abandon(self) -> None:
        """End without waiting for what is on its way."""
        ...


class LetterTopic:
    """A `RowWriter` of letters' lines."""

    def __init__(
        self, topic: str, open_producer: Callable[[], Producer], make_topic: Callable[[str], None]
    ) -> None:
        """``make_topic`` makes a topic unless it is there; it raises a RetryError with why it cannot."""
        self._topic = topic
        self._open = open_producer
        self._make_topic = make_topic
        self._producer: Producer | None = None

    def write(self, payload: bytes) -> None:
        """Have whole lines acknowledged by the broker.

        Raises SinkAway, after which a new producer is taken and the lines are
        to be sent once more; RowsRefused where the broker takes one of them never.
        """
        try:
            letters = [decode_letter(line) for line in payload.splitlines()]
        except (msgspec.MsgspecError, ValueError) as error:
            raise RowsRefused(f"no letter: {error}") from error
        try:
            if self._producer is None:
                self._producer = self._open()
        except (BrokerAway, ValueError) as error:
            raise SinkAway(str(error)) from error
        try:
            for letter in letters:
                self._producer.send(self._topic, key(letter), letter.payload, headers(letter))
            self._producer.flush()
        except RejectError as error:
            raise RowsRefused(str(error)) from error
        except ValueError as error:  # the library does not like the topic's name
            raise SinkAway(str(error)) from error
        except BrokerAway as error:
            self._abandon()
            if isinstance(error.__cause__, MessageSizeTooLargeError):
                raise RowsRefused(str(error)) from error
            raise SinkAway(self._why(error)) from error

    def close(self) -> None:
        """Close the connections without waiting."""
        self._abandon()

    def _why(self, error: BrokerAway) -> str:
        """Why letters cannot be delivered; the topic is made if it was that."""
        if not isinstance(error.__cause__, _TOPIC_MISSING):
            return str(error)
        try:
            self._make_topic(self._topic)
        except RetryError as refused:
            return f"topic {self._topic} may be missing, and it cannot be made: {refused}"
        return str(error)

    def _abandon(self) -> None:
        if self._producer is not None:
            with suppress(RetryError):
                self._producer.abandon()
            self._producer = None
