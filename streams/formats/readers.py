"""Which reader takes the records that the compiled parser leaves."""

from __future__ import annotations

from collections.abc import Callable

from config.settings import MessagesSettings
from streams.formats.collector import Collector
from streams.formats.json import items_of, parse_json, read_message, read_messages
from streams.formats.line import LineReader
from streams.formats.telegraf import TelegrafReader, is_metric, metrics_of
from streams.formats.templates import Templates

Reader = Callable[[bytes, int, Collector], None]
"""(value, the record's own time in ns or -1, where to put what is found).

Raises RejectError only if the record as a whole cannot be read, before
anything of it was found."""

NANOSECONDS = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}

READERS: dict[str, Callable[[Templates, MessagesSettings], Reader]] = {
    "auto": lambda templates, messages: (
        AutoReader(_telegraf(templates, messages), LineReader(templates)).read
    ),
    "json": lambda templates, messages: read_messages,
    "telegraf": lambda templates, messages: _telegraf(templates, messages).read,
    "line": lambda templates, messages: LineReader(templates).read,
}
"""By the name in the settings, what makes the reader."""


def reader_for(messages: MessagesSettings) -> Reader:
    """The reader for the format that the settings name. Raises ConfigError for unknown templates."""
    # Last of all: metrics that say themselves which point they are.
    return READERS[messages.format](Templates.load((*messages.templates, "points")), messages)


def _telegraf(templates: Templates, messages: MessagesSettings) -> TelegrafReader:
    return TelegrafReader(templates, NANOSECONDS[messages.time_unit])


class AutoReader:
    """Tells the formats apart record by record, and metrics from messages element by element.

    A record whose first visible byte is ``{`` or ``[`` is JSON. Anything else
    is taken for line protocol.
    """

    def __init__(self, telegraf: TelegrafReader, line: LineReader) -> None:
        self._telegraf = telegraf
        self._line = line

    def read(self, value: bytes, timestamp: int, into: Collector) -> None:
        """Read a record of any of the formats. Raises RejectError."""
        if not value.lstrip().startswith((b"{", b"[")):
            self._line.read(value, timestamp, into)
            return
        for item in items_of(parse_json(value)):
            if is_metric(item):
                for metric in metrics_of(item):
                    self._telegraf.read_metric(metric, into)
            else:
                read_message(item, into)
