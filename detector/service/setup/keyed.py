"""Records as they belong on a topic: keyed by zone, so that a zone is on one partition."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec
import numpy as np

from config.kinds import Kind
from config.settings import Settings
from config.site import Site
from streams.formats.decoded import Decoded
from streams.formats.decoder import Decoder
from streams.records import Records

MILLISECOND = 1_000_000


class Keyed(NamedTuple):
    """One message to write."""

    key: bytes | None
    """The zone; None for what nothing can be read out of, which any partition may take."""
    value: bytes | None
    stamped: int | None
    """When the record was stamped that it comes from, ns."""


class Keyer:
    """Tells the zone of records by decoding them; what need not be rewritten keeps its bytes."""

    def __init__(self, site: Site, kinds: dict[str, Kind], settings: Settings) -> None:
        self.site = site
        self.decoder = Decoder(site, kinds, settings.messages, settings.engine.max_points)
        self._zone_of_slot: list[str] = []
        self._generation = 0

    def keyed(self, records: Records, shift: int = 0) -> Iterator[Keyed]:
        """The records in order. A record keeps its bytes, with two exceptions:

        one that holds several zones becomes one message a zone, and with a
        ``shift`` (ns, whole milliseconds) readings are written anew, as
        canonical messages in the units of their kinds.
        """
        self.decoder.directory.keep_room()
        decoded = self.decoder.decode(records)
        zones = self._zones(decoded)
        ends = np.searchsorted(decoded.record, np.arange(len(records)), side="right").tolist()
        begin = 0
        for i, end in enumerate(ends):
            rows = range(begin, end)
            begin = end
            stamped = int(records.timestamp[i]) if records.timestamp[i] >= 0 else None
            of_zone = dict.fromkeys(zones[row] for row in rows)
            if not of_zone:
                yield Keyed(None, records.value(i), stamped)
            elif len(of_zone) == 1 and not shift:
                yield Keyed(zones[rows.start].encode(), records.value(i), stamped)
            else:
                for zone in of_zone:
                    messages = [self._message(decoded, row, shift) for row in rows if zones[row] == zone]
                    yield Keyed(zone.encode(), msgspec.json.encode(messages), stamped)

    def _message(self, decoded: Decoded, row: int, shift: int) -> dict[str, object]:
        readings = decoded.readings
        return {
            "point": self.decoder.directory.ids[readings.point[row]],
            "time": (int(readings.time[row]) + shift) // MILLISECOND,
            "value": float(readings.value[row]),
        }

    def _zones(self, decoded: Decoded) -> list[str]:
        """The zone of each reading."""
        ids = self.decoder.directory.ids
        if self.decoder.directory.generation != self._generation:
            self._generation, self._zone_of_slot = self.decoder.directory.generation, []
        self._zone_of_slot += [self.site.zone_of(id) for id in ids[len(self._zone_of_slot) :]]
        return [self._zone_of_slot[slot] for slot in decoded.readings.point.tolist()]
