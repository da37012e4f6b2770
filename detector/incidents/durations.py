"""Durations in words, for someone who was asleep a minute ago."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """A duration in the two largest units that matter.

    >>> [duration(s) for s in (4.4, 95, 600, 5400, 200_000)]
    ['4 s', '1 min 35 s', '10 min', '1 h 30 min', '2 d 7 h']
    """
    whole = round(seconds)
    for size, name, rest_size, rest_name in (
        (86_400, "d", 3_600, "h"),
        (3_600, "h", 60, "min"),
        (60, "min", 1, "s"),
    ):
        if whole >= size:
            count, rest = divmod(whole, size)
            small = rest // rest_size
            return f"{count} {name} {small} {rest_name}" if small else f"{count} {name}"
    return f"{whole} s"
