"""Later entries of the same name override earlier ones key by key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from config.site_file import Entry

E = TypeVar("E", bound=Entry)


def merged_by(entries: Sequence[E], name: str) -> dict[str, E]:
    """One entry for each value of the key ``name``, in the order in which they first appear."""
    by_name: dict[str, E] = {}
    for entry in entries:
        key = getattr(entry, name)
        if key in by_name:
            said = {field: getattr(entry, field) for field in entry.model_fields_set}
            by_name[key] = by_name[key].model_copy(update=said)
        else:
            by_name[key] = entry
    return by_name
