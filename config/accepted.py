"""Moments at which an operator has accepted how equipment runs now: the [[accepted]] entries of a site."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from config.glob import matches_place
from config.site_file import AcceptedEntry


class Accepted(NamedTuple):
    """What matches runs as it should from ``at`` on (ns)."""

    match: str
    at: int
    note: str = ""

    def covers(self, equipment_id: str) -> bool:
        """Whether it is about the equipment, or the hall or zone that it stands in."""
        return matches_place(self.match, equipment_id)


def read_accepted(entries: Sequence[AcceptedEntry]) -> tuple[Accepted, ...]:
    """The `[[accepted]]` entries of a site file, in their order."""
    return tuple(Accepted(e.match, e.at, e.note) for e in entries)
