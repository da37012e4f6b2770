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


def reader_for(messages: MessagesSettings) -> Reader:
    """The reader for the format that the settings name."""
    # Last of all: metrics that say themselves which point they are.
    templates = Templates.load((*messages.templates, "points"))
    telegraf = TelegrafReader(templates, NANOSECONDS[messages.time_unit])
    line = LineReader(templates)
    if messages.format == "json":
        return read_messages
    if messages.format == "telegraf":
        return telegraf.read
    if messages.format == "line":
        return line.read
    return AutoReader(telegraf, line).read


class AutoReader:
    """Tells the formats apart record by record, and metrics from messages element by element.

    A record whose first visible byte is ``{`` or ``[`` is JSON. Anything else
    is taken for line protocol.
    """

    def __init__(self, telegraf: TelegrafReader, line: LineReader) -> None:
        self._telegraf = telegraf
        self._line = line

    def read(self, value: bytes, timestamp: int, into: Collector) -> None:
        if not value.lstrip().startswith((b"{", b"[")):
            self._line.read(value, timestamp, into)
            return
        for item in items_of(parse_json(value)):
            if is_metric(item):
                for metric in metrics_of(item):
                    self._telegraf.read_metric(metric, into)
            else:
                read_message(item, into)
