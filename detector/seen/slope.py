"""How fast a short course moves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from streams.messages import SECOND


def slope_of(course: Sequence[tuple[int, float]]) -> float:
    """Least-squares slope of (time in ns, value) pairs at two times at least, in the value's unit a second.

    >>> slope_of([(0, 20.0), (10 * SECOND, 21.0), (20 * SECOND, 22.0)])
    0.1
    """
    time = np.array([(at - course[0][0]) / SECOND for at, _ in course])
    value = np.array([value for _, value in course])
    time -= time.mean()
    return float((time * value).sum() / (time * time).sum())
