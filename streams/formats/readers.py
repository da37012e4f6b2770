"""Which reader takes the records that the compiled parser leaves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from zoneinfo import ZoneInfo

from config.json_path import folded
from config.settings import MessagesSettings
from streams.formats.body import plain_body
from streams.formats.bulk import BulkReader
from streams.formats.collector import Collector
from streams.formats.json import MessageReader
from streams.formats.json_reader import JsonReader
from streams.formats.line import LineReader
from streams.formats.mapping import Mapping, mapping_of
from streams.formats.telegraf import TelegrafReader
from streams.formats.time_reader import TimeReader
from streams.formats.times import AUTO

Reader = Callable[[bytes, int, Collector], None]
"""(value, the record's own time in ns or -1, where to put what is found).

Raises RejectError only if the record as a whole cannot be read, before
anything of it was found."""

JSON = (b"{", b"[")
"""How it begins."""

READERS: dict[str, Callable[[Mapping, MessagesSettings], Reader]] = {
    "auto": lambda mapping, messages: (
        AutoReader(_json(mapping, messages), LineReader(mapping.templates)).read
    ),
    "json": lambda mapping, messages: plainly(_json(mapping, messages).read),
    "telegraf": lambda mapping, messages: plainly(_telegraf(mapping, messages).read),
    "line": lambda mapping, messages: LineReader(mapping.templates).read,
}
"""By the name in the settings, what makes the reader."""


def reader_for(messages: MessagesSettings) -> Reader:
    """The reader for the format that the settings name. Raises ConfigError for unknown templates."""
    return READERS[messages.format](mapping_of(messages), messages)


def bulk_reader_for(messages: MessagesSettings) -> BulkReader | None:
    """What reads the plain records of a batch at once, None for formats of which there are none."""
    if messages.format not in ("auto", "json"):
        return None
    return BulkReader(_json(mapping_of(messages), messages))


def takes_compiled(messages: MessagesSettings) -> bool:
    """Whether the compiled parser may read: not where a shape of the settings may be that of its messages."""
    if messages.format not in ("auto", "json"):
        return False
    return not any(
        not shape.records
        and "time" in map(folded, shape.time)
        and (shape.fields == "" or "value" in map(folded, shape.value))
        for shape in mapping_of(messages).own
    )


def _telegraf(mapping: Mapping, messages: MessagesSettings) -> TelegrafReader:
    time = TimeReader(messages.time_unit, _zone(messages))
    return TelegrafReader(mapping.templates, time.read)


def _json(mapping: Mapping, messages: MessagesSettings) -> JsonReader:
    # Canonical messages count in milliseconds, whatever Telegraf's are said to count in.
    canonical = MessageReader(TimeReader(AUTO, _zone(messages)).read)
    return JsonReader(mapping, canonical, _telegraf(mapping, messages), _zone(messages))


def _zone(messages: MessagesSettings) -> tzinfo | None:
    return ZoneInfo(messages.time_zone) if messages.time_zone else None


class AutoReader:
    """Tells the formats apart record by record, and the shapes of JSON element by element.

    A record whose first visible byte is ``{`` or ``[`` is JSON. Anything else
    is taken for line protocol.
    """

    def __init__(self, json: JsonReader, line: LineReader) -> None:
        self._json = json
        self._line = line

    def read(self, value: bytes, timestamp: int, into: Collector) -> None:
        """Read a record of any of the formats. Raises RejectError."""
        if value[:1] in JSON or (value := plain_body(value)).lstrip()[:1] in JSON:
            self._json.read(value, timestamp, into)
        else:
            into.shape = "line"
            self._line.read(value, timestamp, into)


def plainly(read: Reader) -> Reader:
    """A reader that is handed what stands in frames and packs."""

    def read_plain(value: bytes, timestamp: int, into: Collector) -> None:
        read(value if value[:1] in JSON else plain_body(value), timestamp, into)

    return read_plain
