"""What is said of a JSON object that is of no known shape: its keys, and how to have it read."""

from __future__ import annotations

from typing import Any

MOST_KEYS = 8
LONGEST_KEY = 24
TELL_SHAPE = "coolwatch init tells where its readings are, and writes it as [[messages.shape]]"
"""The remedy."""


def keys_of(item: dict[str, Any]) -> str:
    """The keys of an object, for people."""
    keys = [key[:LONGEST_KEY] for key in item]
    listed = ", ".join(keys[:MOST_KEYS]) + (", ..." if len(keys) > MOST_KEYS else "")
    return f"keys {listed or 'none'} fit no known shape"
