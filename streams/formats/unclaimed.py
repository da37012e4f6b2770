"""Names of metrics that no template wants: foreign names, marked until they are looked up."""

from __future__ import annotations

UNCLAIMED = "\0"
"""Stands before the name of a metric that no template wants: only the site file makes a point of it."""


def is_unclaimed(name: str) -> bool:
    """Whether a name is that of a metric that no template wants."""
    return name.startswith(UNCLAIMED)


def shown(name: str) -> str:
    """A name as people read it."""
    return name.removeprefix(UNCLAIMED)
