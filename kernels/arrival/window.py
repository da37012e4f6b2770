"""The window about event time within which stamps are believed, and where those outside it lie.

Stamps are believed within the window only, and where they go on from their equipment's own
last: event time may stand for others. What lies outside waits apart and moves nothing.
"""

from __future__ import annotations

from kernels.arrival.clock import UNSET
from kernels.jit import kernel

# In the window; ahead of it; put back behind it; behind it, but going on from its equipment's own last.
INSIDE, AHEAD, BACK, LAGS = 0, 1, 2, 3
# Stamps this many allowances ahead of event time are outside: it moves only as ticks close.
WINDOW_ALLOWANCES = 2


@kernel()
def side_of(time: int, own: int, was: int, behind: int, event_time: int, allowance: int) -> int:
    """Where a stamp lies: its equipment's own latest is ``own``, and its last stamp lay at ``was``.

    The window begins ``behind`` and ends some allowances after event time; all in ns.
    """
    beyond = WINDOW_ALLOWANCES * allowance
    if time > event_time + beyond and (own == UNSET or time > own + beyond):
        return AHEAD
    if time < behind:
        return LAGS if was != BACK and own != UNSET and time >= own else BACK
    return INSIDE
