"""The waiting room: readings whose tick is open, or that lie outside the window of event time.

A gateway that keeps what it reads and sends it every minute or two is heard
when its ticks have long closed. What is newest of its point still is what is
known of it: it waits for the tick that is open, unless it is too old.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Waiting(NamedTuple):
    """Readings whose tick is open."""

    point: NDArray[np.int32]
    """i4[capacity] slots."""
    time: NDArray[np.int64]
    """i8[capacity] ns."""
    value: NDArray[np.float64]
    """f8[capacity]"""


def make_waiting(capacity: int) -> Waiting:
    """Room for so many readings that wait, empty of meaning until written."""
    return Waiting(np.empty(capacity, np.int32), np.empty(capacity, np.int64), np.empty(capacity))
