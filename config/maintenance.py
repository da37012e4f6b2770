"""Intervals in which work on equipment is expected: the [[maintenance]] entries of a site."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from config.errors import ConfigError
from config.glob import matches_place
from config.site_file import MaintenanceEntry, entry_key


class Maintenance(NamedTuple):
    """Work on the equipment that matches, from ``start`` until before ``end`` (ns)."""

    match: str
    start: int
    end: int
    note: str = ""

    def covers(self, equipment_id: str, time: int) -> bool:
        """Whether the equipment, or the hall or zone that it stands in, is being worked on."""
        return self.start <= time < self.end and matches_place(self.match, equipment_id)


def read_maintenance(entries: Sequence[MaintenanceEntry], where: str) -> tuple[Maintenance, ...]:
    """Raises ConfigError for an interval that is empty."""
    for i, entry in enumerate(entries):
        if entry.end <= entry.start:
            key = entry_key("maintenance", i + 1, entry.match, "end")
            raise ConfigError(where, key, "is not after start", "swap start and end, or correct one of them")
    return tuple(Maintenance(e.match, e.start, e.end, e.note) for e in entries)
