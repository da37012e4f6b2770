"""The nearest valid name for a typo."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(name: str, valid: Iterable[str]) -> str | None:
    """The valid name that looks most like ``name`` whatever its case, or None if none is near."""
    by_folded = {v.casefold(): v for v in valid}
    close = get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[close[0]] if close else None


def suggestion(name: str, valid: Iterable[str]) -> str:
    """A remedy in words: the nearest name, else the choice if it is short enough to read."""
    names = list(valid)
    near = nearest(name, names)
    if near is not None:
        return f"did you mean {near}?"
    return f"one of: {', '.join(sorted(names))}" if len(names) <= 20 else ""
