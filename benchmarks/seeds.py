"""Seeds on the command line."""

from __future__ import annotations


def numbers(text: str) -> list[int]:
    """``0-9`` or ``1,4,7``; empty for none.

    >>> numbers("0-2,7")
    [0, 1, 2, 7]
    """
    found: list[int] = []
    for part in filter(None, text.split(",")):
        low, _, high = part.partition("-")
        found += range(int(low), int(high or low) + 1)
    return found
