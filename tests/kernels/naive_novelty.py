"""Twin of the novelty kernel: a list of what was seen, searched from end to end."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from kernels.novelty import FADING, LEAST

NAN = float("nan")


class Book:
    """What one point has shown: (value, when it was last seen), and the spans on their way into it."""

    def __init__(self, capacity: int, span: int, memory: int) -> None:
        self.capacity, self.span, self.memory = capacity, span, memory
        self.seen: dict[float, int] = {}
        self.spans: list[tuple[int, list[tuple[float, float]]]] = []  # number, (value, how new it was)
        self.learned = 0
        self.late = 0.0

    def judge(self, t: int, x: float, grain: float, learn: bool) -> float:
        fresh = self._fresh(x, grain) if self.learned >= LEAST and not math.isnan(x) else NAN
        said = NAN if math.isnan(fresh) else max(0.0, fresh - self.late)
        if learn and math.isfinite(x):
            if not self.spans or t // self.span > self.spans[-1][0]:
                if len(self.spans) == 2:
                    self._learn(self.spans.pop(0)[1], t)
                self.spans.append((t // self.span, []))
            self.spans[-1][1].append((x, 0.0 if math.isnan(fresh) else min(fresh, 1.0)))
        return said

    def _fresh(self, x: float, grain: float) -> float:
        least, greatest = min(self.seen), max(self.seen)
        width = greatest - least
        gap = min(abs(x - v) for v in self.seen)
        if len(self.seen) == self.capacity and least < x < greatest:
            gap -= 0.5 * width / (self.capacity - 1)
        gap = max(0.0, gap - grain)
        if gap == 0.0:
            return 0.0
        return gap / width if width > 0.0 else math.inf

    def _learn(self, readings: list[tuple[float, float]], t: int) -> None:
        values = [x for x, _ in readings]
        for x in (values[0], min(values), max(values)):
            self._enter(x, t)
        self.learned += 1
        self.late = max(FADING * self.late, *(new for _, new in readings))
        ordered = sorted(self.seen)
        looked_at = ordered[self.learned % len(ordered)]
        spans = t // self.span - self.seen[looked_at] // self.span
        if len(ordered) > 2 and spans * self.span > self.memory:
            del self.seen[looked_at]

    def _enter(self, x: float, t: int) -> None:
        if x in self.seen or len(self.seen) < self.capacity:
            self.seen[x] = t
            return
        ordered = sorted([*self.seen, x])
        inner = list(zip(ordered, ordered[1:], ordered[2:], strict=False))
        room = {v: above - below for below, v, above in inner}
        # of equally crowded ones the new one, else the least
        crowded = min(room, key=lambda v: (room[v], v != x, v))
        if crowded != x:
            self.seen[x] = t
            del self.seen[crowded]
            return
        place = ordered.index(x)
        below, above = ordered[place - 1], ordered[place + 1]
        self.seen[above if above - x < x - below else below] = t


def judge_novelty(
    times: list[int],
    values: list[float],
    grains: list[float],
    learn: list[bool],
    capacity: int,
    span: int,
    memory: int,
) -> list[float]:
    book = Book(capacity, span, memory)
    return [book.judge(*row) for row in zip(times, values, grains, learn, strict=True)]


TWINS: dict[str, Callable[..., Any]] = {"kernels.novelty.judge_novelty": judge_novelty}
