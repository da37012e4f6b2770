"""Asks the store from a thread of its own: whoever asks waits only so long, and seldom.

A store that hangs, or is slow, would else hold up whoever judges and pages. A
question that is not answered in time, or fails, puts the store in doubt: until
it has answered again nobody waits for it, and whoever asks goes by memory.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeVar

import structlog

from streams.store.store import Store

log = structlog.get_logger()

PATIENCE_S = 0.5
"""How long may be waited in all; a third of the 1.5 s in which a crossed limit is told."""
REGAIN = 0.25
"""Seconds of patience regained a second: a slow store takes no more of the time than that."""
RETRY_S = 5.0
LAST_ANSWER_S = 1.0
"""How long an answer is waited for at the end: a connection that is out then is left open."""

T = TypeVar("T")


class Questions:
    """Used from one thread; what is asked runs in another."""

    def __init__(self, store: Store, patience_s: float = PATIENCE_S, retry_s: float = RETRY_S) -> None:
        self._store = store
        self._most_patience_s = patience_s
        self._patience_s = patience_s
        self._regained = time.monotonic()
        self._retry_s = retry_s
        self._next_try = 0.0
        self._in_doubt = False
        self._last: Future[Any] = Future()
        self._asked: SimpleQueue[tuple[Callable[[Store], Any], Future[Any]] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="store questions", daemon=True)
        self._thread.start()

    def ask(self, question: Callable[[Store], T], otherwise: T) -> T:
        """The store's answer; ``otherwise`` where it gives none in time, as it may later."""
        if not self.answers():
            return otherwise
        began = time.monotonic()
        self._patience_s += (began - self._regained) * REGAIN
        self._patience_s = min(self._patience_s, self._most_patience_s)
        try:
            return self.send(question).result(self._patience_s)
        except Exception as error:  # paging never depends on the store, whatever is wrong with it
            reason = "no answer in time" if isinstance(error, TimeoutError) else str(error)
            log.warning("notify: the store is away, going by memory", error=reason)
            self._in_doubt = True
            self._next_try = time.monotonic() + self._retry_s
            return otherwise
        finally:
            self._regained = time.monotonic()
            self._patience_s = max(0.0, self._patience_s - (self._regained - began))

    def send(self, question: Callable[[Store], T]) -> Future[T]:
        """Ask and do not wait."""
        self._last = Future()
        self._asked.put((question, self._last))
        return self._last

    def answers(self) -> bool:
        """Whether the store answers, as far as is known; one that is in doubt is asked from time to time."""
        if self._in_doubt and self._last.done():
            if self._last.exception() is None:
                self._in_doubt = False
            elif time.monotonic() >= self._next_try:
                self._next_try = time.monotonic() + self._retry_s
                self.send(lambda store: store.silences(0))
        return not self._in_doubt

    def close(self) -> None:
        """End the thread once it has its last answer, for which a moment is waited."""
        self._asked.put(None)
        self._thread.join(LAST_ANSWER_S)

    def _run(self) -> None:
        while (asked := self._asked.get()) is not None:
            question, answer = asked
            try:
                answer.set_result(question(self._store))
            except Exception as error:
                answer.set_exception(error)
