"""When to try again what has failed: later and later, up to a bound."""

from __future__ import annotations

import time


class BackOff:
    """The trouble with one resource; each has its own, so that a disk's never holds up a database."""

    def __init__(self, first_s: float, longest_s: float) -> None:
        """After a failure the next try comes ``first_s`` later, then twice that, up to ``longest_s``."""
        self._first_s = first_s
        self._longest_s = longest_s
        self._pause_s = 0.0
        self._next_try = 0.0
        self.reason = ""
        """Why the last try failed; empty while there is no trouble."""

    @property
    def failing(self) -> bool:
        """Whether the last try failed."""
        return self._pause_s > 0.0

    @property
    def due(self) -> bool:
        """Whether it may be tried now."""
        return time.monotonic() >= self._next_try

    @property
    def wait_s(self) -> float:
        """Seconds until it may be tried."""
        return max(0.0, self._next_try - time.monotonic())

    def failed(self, reason: str) -> None:
        """A try has failed: the next waits twice as long, up to the longest pause."""
        self.reason = reason
        self._pause_s = min(max(self._first_s, 2 * self._pause_s), self._longest_s)
        self._next_try = time.monotonic() + self._pause_s

    def worked(self) -> None:
        """A try has worked: the next need not wait."""
        self._pause_s, self._next_try, self.reason = 0.0, 0.0, ""
