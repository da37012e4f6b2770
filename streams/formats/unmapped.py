"""Names that nothing explains though they say that they are points, so that nothing of them is watched."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from config.kinds import Role, load_kinds
from config.naming.proposals import propose
from config.naming.sense import SeenName
from streams.formats.understood import Understood

UNMAPPED_PART = 0.1
"""Of the readings of points: a site of which more are ignored for want of an entry was not understood."""
_UNUSED = frozenset({Role.GENERIC, Role.TEMPERATURE})
"""Roles without which no rule misses anything."""


class Unmapped(NamedTuple):
    """What is ignored though its names say that they are points."""

    readings: int
    measures: dict[str, str]
    """The likeliest measure of each name."""


def unmapped(understood: Understood) -> Unmapped | None:
    """What is ignored so, None where it is little.

    What the site ignores, and names that say nothing that a rule reads, never count.
    """
    found, read = understood.unclaimed, understood.read
    if found.total() <= UNMAPPED_PART * (read + found.total()):
        return None
    measures = likely_measures(tuple(sorted(found)))
    readings = sum(found[name] for name in measures)
    return Unmapped(readings, measures) if readings > UNMAPPED_PART * (read + readings) else None


@lru_cache(maxsize=64)
def likely_measures(names: tuple[str, ...]) -> dict[str, str]:
    """The likeliest measure of each of the names that may be a point that a rule reads."""
    kinds = load_kinds()
    proposed = [each for each in propose([SeenName(name) for name in names]) if each.id]
    return {each.name: each.measure for each in proposed if kinds[each.measure].role not in _UNUSED}
