"""Names that nothing explains though they say that they are points with limits, of which none is watched."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from config.kinds import Role, load_kinds
from config.naming.proposals import propose
from config.naming.sense import SeenName
from config.points import parse_point
from streams.formats.understood import Understood

UNMAPPED_PART = 0.1
"""Of the readings of points: less is a sensor here and there."""
LIMITED = frozenset({Role.RACK_INLET})
"""Roles that bear the limits: where none of them is watched, no limit can be told."""


class Unmapped(NamedTuple):
    """What is ignored though its names say that they are points."""

    readings: int
    measures: dict[str, str]
    """The likeliest measure of each name."""


def unmapped(understood: Understood, ids: Sequence[str]) -> Unmapped | None:
    """Points with limits that are ignored while ``ids``, those that are read, hold none; None where none are.

    What the site ignores never counts, nor what a site leaves out beside others of its kind.
    """
    found, read = understood.unclaimed, understood.read
    if found.total() <= UNMAPPED_PART * (read + found.total()):
        return None
    measures = {name: measure for name in found if (measure := limited_measure(name))}
    if not measures or any(map(_is_limited, ids)):
        return None
    return Unmapped(sum(found[name] for name in measures), measures)


def _is_limited(id: str) -> bool:
    point = parse_point(id)
    kind = load_kinds().get(point.measure) if point is not None else None
    return kind is not None and kind.role in LIMITED


@lru_cache(maxsize=10_000)
def limited_measure(name: str) -> str:
    """The likeliest measure of a name that may be a point with a limit; empty for any other.

    Each name by itself, and once: the daemon asks for those of a topic again and again.
    """
    (proposed,) = propose([SeenName(name)])
    return proposed.measure if proposed.id and load_kinds()[proposed.measure].role in LIMITED else ""
