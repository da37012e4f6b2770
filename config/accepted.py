"""Moments at which an operator has accepted how equipment runs now: the [[accepted]] entries of a site."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from config.glob import matches
from config.site_file import AcceptedEntry


class Accepted(NamedTuple):
    """What matches runs as it should from ``at`` on (ns)."""

    match: str
    at: int
    note: str = ""

    def speaks_of(self, equipment_id: str, after: int, until: int) -> bool:
        """Whether it was accepted after one moment and not after the other (ns)."""
        hall = equipment_id.split("/", 1)[0]
        return after < self.at <= until and (matches(self.match, equipment_id) or matches(self.match, hall))


def read_accepted(entries: Sequence[AcceptedEntry]) -> tuple[Accepted, ...]:
    return tuple(Accepted(e.match, e.at, e.note) for e in entries)
