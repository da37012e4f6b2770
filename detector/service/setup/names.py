"""The names of points in a sample of records, whatever the site makes of them."""

from __future__ import annotations

from collections.abc import Iterable

from config.settings import MessagesSettings
from streams.errors import RejectError
from streams.formats.collector import Collector
from streams.formats.readers import reader_for
from streams.formats.unclaimed import is_unclaimed
from streams.records import Records
from streams.sources.tables import Table


class Names:
    """Distinct (name, unit) pairs in the order in which they appear; ``messages`` read so far."""

    def __init__(self, messages: MessagesSettings) -> None:
        self._read = reader_for(messages)
        self.found: dict[tuple[str, str], None] = {}
        self.messages = 0
        self.unreadable = 0

    def take(self, sample: Records | Table) -> None:
        """Count the names in a sample of messages, or of a table."""
        if isinstance(sample, Table):
            self.messages += len(sample)
            self._add(zip(sample.ids, sample.units, strict=True))
            return
        for i in range(len(sample)):
            self.messages += 1
            collector = Collector(unwanted=is_unclaimed)
            try:
                self._read(sample.value(i) or b"", int(sample.timestamp[i]), collector)
            except RejectError:
                self.unreadable += 1
                continue
            self._add((row.name, row.unit) for row in collector.rows())

    def _add(self, pairs: Iterable[tuple[str, str]]) -> None:
        self.found.update(dict.fromkeys(pairs))
