"""Dead letters: what could not be used, with where it stood and why.

Every reject is counted by its reason. Up to a ceiling a minute each is also
kept; beyond it one in many is, as a sample, so that a broken feed cannot drown
the disk or the topic. Whoever asks `over_ceiling` raises the alarm.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Protocol

from streams.messages import Reject
from streams.sinks.sink import SinkCounts

PER_MINUTE = 1000
SAMPLE_EVERY = 100
_MINUTE_S = 60.0


class Letters(Protocol):
    """Where letters are kept: a file or a topic. Never raises on trouble behind it."""

    def put(self, reject: Reject) -> None:
        """Keep one."""
        ...

    def mark(self) -> int:
        """A mark behind everything that was put so far."""
        ...

    def acknowledged(self, mark: int) -> bool:
        """Whether everything before the mark is safe."""
        ...

    def counts(self) -> SinkCounts:
        """The books, in letters."""
        ...

    def close(self) -> None:
        """Write what is left, and let go of files, connections and threads."""
        ...


class DeadLetters:
    """What could not be used, kept with its reason, within bounds: past a ceiling, samples."""

    def __init__(
        self,
        letters: Letters,
        per_minute: int = PER_MINUTE,
        sample_every: int = SAMPLE_EVERY,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``clock``: seconds; the ceiling is counted by its minutes. Takes ``letters`` over."""
        self._letters = letters
        self._per_minute = per_minute
        self._sample_every = sample_every
        self._clock = clock
        self._minute = -1
        self._in_minute = 0
        self._before = 0
        self.by_reason: Counter[str] = Counter()
        """All rejects so far."""
        self.withheld = 0
        """How many of them were counted but not kept."""
        self.last = ""
        """The newest reject in a line, for whoever is told that there are too many."""

    @property
    def over_ceiling(self) -> bool:
        """Whether this minute or the one before had more than are kept."""
        self._turn()
        return max(self._in_minute, self._before) > self._per_minute

    def put(self, reject: Reject) -> None:
        """Count a reject and keep it, or, beyond the ceiling, a sample."""
        self._turn()
        self._in_minute += 1
        self.by_reason[str(reject.reason)] += 1
        where = f"{reject.topic}[{reject.partition}]@{reject.offset}"
        self.last = f"{reject.reason} at {where}: {reject.detail}".removesuffix(": ")[:300]
        beyond = self._in_minute - self._per_minute
        if beyond > 0 and beyond % self._sample_every:
            self.withheld += 1
        else:
            self._letters.put(reject)

    def mark(self) -> int:
        """A mark behind everything that was put so far."""
        return self._letters.mark()

    def acknowledged(self, mark: int) -> bool:
        """Whether everything before the mark is on disk or on its topic."""
        return self._letters.acknowledged(mark)

    def counts(self) -> SinkCounts:
        """The books of what is kept, in letters."""
        return self._letters.counts()

    def close(self) -> None:
        """Close where the letters are kept."""
        self._letters.close()

    def _turn(self) -> None:
        minute = int(self._clock() // _MINUTE_S)
        if minute != self._minute:
            self._before = self._in_minute if minute == self._minute + 1 else 0
            self._minute, self._in_minute = minute, 0
