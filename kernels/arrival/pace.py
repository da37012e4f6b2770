"""The pace of a point: its shortest and its longest gap of late, and whether it is waited for by them."""

from __future__ import annotations

from kernels.arrival.clock import UNSET
from kernels.jit import kernel
from kernels.state import SECOND

# A point is waited for until it has been silent for so many of its shortest gaps, if its longest is no more
# than so many: what is sent when it changes keeps no pace. Both are forgotten by this part a reading.
SILENT_POINT_AFTER_GAPS = 3
EVEN_GAPS = 2
GAP_FADES = 16
# What is read at such gaps or longer, ns, comes early at times, by this part of a gap.
SELDOM = 90 * SECOND
EARLY_PARTS = 8


@kernel()
def shortest_after(shortest: int, gap: int) -> int:
    """Shortest gap once there was another, ns; 0 where there was none before."""
    return min(gap, shortest + shortest // GAP_FADES) if shortest else gap


@kernel()
def longest_after(longest: int, gap: int) -> int:
    """Longest gap once there was another, ns."""
    return max(gap, longest - longest // GAP_FADES)


@kernel()
def is_awaited(last: int, gap: int, longest_gap: int, at: int, tick: int) -> bool:
    """Whether a point that keeps such a pace and was last read then is still waited for at a time."""
    even = longest_gap <= EVEN_GAPS * gap
    return last != UNSET and even and at - last <= SILENT_POINT_AFTER_GAPS * gap + tick


@kernel()
def due_from(last: int, gap: int) -> int:
    """From when on a point that was last read then may be read again, ns."""
    return last + gap - (gap // EARLY_PARTS if gap >= SELDOM else 0)
