"""A call to a URL while partitions progress: when it stays away, coolwatch is dead or blind."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog
import urllib3

from streams.messages import SECOND

log = structlog.get_logger()

TIMEOUT_S = 10.0
TRIES = 3
_RETRIES = urllib3.Retry(connect=0, read=0, status=0, other=0, redirect=3)
"""Tries are counted here: urllib3 would name the URL's path in a warning at each of its own."""


def get(url: str) -> None:
    """GET a URL; raises urllib3's HTTPError unless the answer is a 2xx."""
    with urllib3.PoolManager(timeout=TIMEOUT_S, retries=_RETRIES) as pool:
        answer = _ask(pool, url)
        if not 200 <= answer.status < 300:
            raise urllib3.exceptions.HTTPError(f"HTTP {answer.status}")


def _ask(pool: urllib3.PoolManager, url: str) -> urllib3.BaseHTTPResponse:
    for _ in range(TRIES - 1):
        try:
            return pool.request("GET", url)
        except urllib3.exceptions.HTTPError:
            continue
    return pool.request("GET", url)


class Heartbeat:
    """Call the object often with whether there is progress; the URL is called in a thread of its own."""

    def __init__(
        self,
        url: str,
        every_ns: int = 60 * SECOND,
        clock: Callable[[], float] = time.monotonic,
        call: Callable[[str], None] = get,
    ) -> None:
        """An empty ``url`` makes every call do nothing. ``clock`` gives seconds."""
        self._url = url
        self._every_s = every_ns / SECOND
        self._clock = clock
        self._call = call
        self._next = clock()
        self._due = threading.Event()
        self._closing = False
        self._thread: threading.Thread | None = None
        if url:
            self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
            self._thread.start()

    def __call__(self, progress: bool) -> None:
        """Call the URL if there is progress and the last call is long enough ago."""
        if progress and self._clock() >= self._next:
            self._next = self._clock() + self._every_s
            self._due.set()

    def close(self) -> None:
        """End the thread; a call that is under way is waited for."""
        self._closing = True
        self._due.set()
        if self._thread is not None:
            self._thread.join(TIMEOUT_S)

    def _run(self) -> None:
        while True:
            self._due.wait()
            self._due.clear()
            if self._closing:
                return
            try:
                self._call(self._url)
            except Exception as error:  # the thread outlives whatever a call raises
                # Not the URL itself: it often is a secret.
                log.warning("heartbeat: call failed", error=type(error).__name__)
