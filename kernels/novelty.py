"""How far a reading lies from everything that its point has ever shown.

A value that was seen before is nothing new, however rare it is; what counts is
the gap to the nearest value seen, as a part of the range that was seen: the
distance to the nearest neighbour as a measure of strangeness (Laxhammar and
Falkman 2014, "Online learning and anomaly detection in trajectory
classification", section on conformal anomaly detection), in one dimension,
where a sorted book of values finds it by bisection.

The book is bounded. When it is full, the inner value goes whose neighbours lie
closest together, so that what is kept covers the range evenly and its edges
stay. What has not come near for long is forgotten.

Readings are learned by spans of time: of each span its first, least and
greatest value, and they enter the book when the next span but one begins. So an
excursion stays new for one span at least, whatever its rate of readings.
After something new, the same measure of it again is less of a surprise: what
was new of late is subtracted, and fades.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from kernels.jit import kernel
from kernels.state import F64, I32, I64, NEVER, SECOND, Flags, carry_over

LEAST = 8
"""Spans learned before a novelty is given."""

FADING = 1.0 - 1.0 / 60.0
"""What was new of late fades by this with each span that is learned."""

FIRST, LOW, HIGH = 0, 1, 2


class Novelty(NamedTuple):
    """The values that each slot has shown, and when each was last near what it showed."""

    span: I64
    """[1] ns; what is learned is learned by such spans of time."""
    memory: I64
    """[1] ns; what has not come near for so long, by whole spans, is forgotten."""
    book: F64
    """[slots, capacity] values seen, ascending."""
    seen: I32
    """[slots, capacity] the number, modulo 2**32, of the span when each was last near what was learned."""
    kept: I64
    """[slots] values in the book."""
    learned: I64
    """[slots] spans learned."""
    newest: I64
    """[slots] number of the span that is being gathered, or `NEVER`."""
    open: F64
    """[slots, 3] first, least and greatest value of that span."""
    held: F64
    """[slots, 3] those of the span before, NaN for none."""
    open_top: F64
    """[slots] the greatest novelty of the span that is being gathered."""
    held_top: F64
    """[slots] that of the span before."""
    late: F64
    """[slots] what was new of late."""


def make_novelty(slots: int, capacity: int, span: int, memory: int) -> Novelty:
    """Nothing seen. ``capacity`` >= 4 values a slot; 1 s <= ``span`` <= ``memory``, ns. Raises ValueError."""
    if capacity < 4 or span < SECOND or memory < span:
        needs = f"need capacity >= 4, {SECOND} <= span <= memory"
        raise ValueError(f"{needs}; got {capacity}, {span}, {memory}")
    return Novelty(
        span=np.array([span], np.int64),
        memory=np.array([memory], np.int64),
        book=np.zeros((slots, capacity)),
        seen=np.zeros((slots, capacity), np.int32),
        kept=np.zeros(slots, np.int64),
        learned=np.zeros(slots, np.int64),
        newest=np.full(slots, NEVER, np.int64),
        open=np.full((slots, 3), np.nan),
        held=np.full((slots, 3), np.nan),
        open_top=np.zeros(slots),
        held_top=np.zeros(slots),
        late=np.zeros(slots),
    )


def grow_novelty(state: Novelty, slots: int) -> Novelty:
    """A copy with room for ``slots`` slots."""
    larger = make_novelty(slots, state.book.shape[1], int(state.span[0]), int(state.memory[0]))
    return carry_over(state, larger)


@kernel()
def _remove(state: Novelty, s: int, place: int) -> None:
    count = state.kept[s] - 1
    for k in range(place, count):
        state.book[s, k] = state.book[s, k + 1]
        state.seen[s, k] = state.seen[s, k + 1]
    state.kept[s] = count


@kernel()
def _enter(state: Novelty, s: int, x: float, number: int) -> None:
    """Put a value into the book; where it is full, the most crowded inner value makes room."""
    count = state.kept[s]
    place = np.searchsorted(state.book[s, :count], x)
    if place < count and state.book[s, place] == x:
        state.seen[s, place] = number
        return
    capacity = state.book.shape[1]
    if count == capacity:
        crowded = -1
        room = np.inf
        for k in range(count):
            # as it would stand with the new value among them
            below = state.book[s, k - 1] if k > 0 else -np.inf
            above = state.book[s, k + 1] if k + 1 < count else np.inf
            if k == place - 1:
                above = x
            if k == place:
                below = x
            if above - below < room:
                room = above - below
                crowded = k
        own_room = np.inf
        if 0 < place < count:
            own_room = state.book[s, place] - state.book[s, place - 1]
        if own_room <= room:
            # it stands for its nearer neighbour, which is thereby seen again
            nearer = place if state.book[s, place] - x < x - state.book[s, place - 1] else place - 1
            state.seen[s, nearer] = number
            return
        _remove(state, s, crowded)
        count -= 1
        if crowded < place:
            place -= 1
    for k in range(count, place, -1):
        state.book[s, k] = state.book[s, k - 1]
        state.seen[s, k] = state.seen[s, k - 1]
    state.book[s, place] = x
    state.seen[s, place] = number
    state.kept[s] = count + 1


@kernel()
def _turn(state: Novelty, s: int, number: int) -> None:
    """A new span begins, the ``number``-th: the one that was held is learned, the open one is held."""
    if not np.isnan(state.held[s, FIRST]):
        for part in range(3):
            _enter(state, s, state.held[s, part], number)
        state.learned[s] += 1
        state.late[s] = max(FADING * state.late[s], state.held_top[s])
        oldest = state.learned[s] % state.kept[s]
        spans = np.int64(np.int32(number - state.seen[s, oldest]))
        if state.kept[s] > 2 and spans * state.span[0] > state.memory[0]:
            _remove(state, s, oldest)
    state.held[s] = state.open[s]
    state.held_top[s] = state.open_top[s]
    state.open[s] = np.nan
    state.open_top[s] = 0.0


def _example() -> tuple[Any, ...]:
    one = np.ones(1)
    state = make_novelty(1, 4, SECOND, SECOND)
    return state, np.zeros(1, np.int32), one.astype(np.int64), one, one, np.ones(1, np.bool_), np.ones(1)


@kernel(_example)
def judge_novelty(
    state: Novelty, slot: I32, time: I64, value: F64, grain: F64, learn: Flags, out_novelty: F64
) -> None:
    """How new each reading is; then it is gathered where ``learn`` says so.

    ``slot`` i4[n], ``time`` i8[n] ns, ``value`` f8[n], ``grain`` f8[n] (the
    least difference that means anything, in the value's unit), ``learn``
    bool[n]. Writes ``out_novelty`` f8[n]: the gap to the nearest value seen
    beyond ``grain`` (inside a full book, also beyond half its mean spacing),
    in ranges of all that was seen, less what was new of late; 0 or more, NaN
    while fewer than `LEAST` spans were learned and for NaN. Where only
    one value was ever seen, any other is infinitely new. A bigger distance
    from what was seen is never less new.
    """
    span = state.span[0]
    for i in range(len(slot)):
        s = slot[i]
        x = value[i]
        out_novelty[i] = np.nan
        fresh = 0.0
        if not np.isnan(x) and state.learned[s] >= LEAST:
            count = state.kept[s]
            book = state.book[s]
            place = np.searchsorted(book[:count], x)
            gap = np.inf
            if place < count:
                gap = book[place] - x
            if place > 0:
                gap = min(gap, x - book[place - 1])
            width = book[count - 1] - book[0]
            if count == len(book) and 0 < place < count:
                # among the values of a full book any may be one that it had no room for
                gap -= 0.5 * width / (count - 1)
            gap = max(0.0, gap - grain[i])
            if gap > 0.0:
                fresh = gap / width if width > 0.0 else np.inf
            out_novelty[i] = max(0.0, fresh - state.late[s])
        if learn[i] and np.isfinite(x):
            number = time[i] // span
            if number > state.newest[s]:
                _turn(state, s, number)
                state.newest[s] = number
            if np.isnan(state.open[s, FIRST]):
                state.open[s] = x
            state.open[s, LOW] = min(state.open[s, LOW], x)
            state.open[s, HIGH] = max(state.open[s, HIGH], x)
            state.open_top[s] = max(state.open_top[s], min(fresh, 1.0))
