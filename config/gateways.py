"""What comes through one gateway, controller or collector: the [[source]] entries of a site."""

from __future__ import annotations

from collections.abc import Sequence

from config.glob import matches, matches_place
from config.site_file import SourceEntry


def gateway_of(point_id: str, entries: Sequence[SourceEntry]) -> str:
    """Name of the source that a point comes through, by the last entry that matches, or nothing."""
    equipment = "/".join(point_id.split("/")[:2])
    for entry in reversed(entries):
        if any(matches_place(p, equipment) or matches(p, point_id) for p in entry.match):
            return entry.name
    return ""
