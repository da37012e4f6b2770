"""What the state of every rolling kernel has in common.

A state is a NamedTuple of numpy arrays and nothing else, so that a compiled
kernel can take it as one argument and a snapshot can store it as data. Arrays
keyed by slot have the slots as their first axis; the others are parameters.
A kernel changes the arrays in place and trusts its slots: each must lie in
``[0, slots)``.
"""

from __future__ import annotations

from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

I8 = NDArray[np.int8]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
U8 = NDArray[np.uint8]
Flags = NDArray[np.bool_]

SECOND = 1_000_000_000
NEVER = -(2**63)
"""The time, ns, of what has not happened yet: earlier than any reading."""

S = TypeVar("S", bound=NamedTuple)


def carry_over(old: S, larger: S) -> S:
    """Put what ``old`` knows into the first slots of ``larger``, a fresh state of as many slots or more.

    Returns ``larger``. Raises ValueError when it has fewer slots, or another shape.
    """
    for name, known, room in zip(old._fields, old, larger, strict=True):
        if len(known) > len(room) or known.shape[1:] != room.shape[1:]:
            raise ValueError(f"{name} of shape {known.shape} does not fit into {room.shape}")
        room[: len(known)] = known
    return larger
