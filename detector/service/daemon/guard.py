"""Parts of the service, each behind its own bulkhead: what fails is named, and the loop goes on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from streams.errors import RetryError
from streams.messages import Failure

log = structlog.get_logger()

STANDS_FOR_S = 120.0
"""A part that has not failed for so long counts as well again."""
LOG_EVERY_S = 60.0


@dataclass(slots=True)
class Failed:
    """How often a part has failed, and what it failed with last; times monotonic, s."""

    failure: Failure
    count: int = 0
    last: float = 0.0
    logged: float = float("-inf")


class Guard:
    """``with guard("heartbeat"): ...`` lets nothing out but what the loop knows how to wait for."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failed: dict[str, Failed] = {}

    @contextmanager
    def __call__(self, part: str) -> Iterator[None]:
        """RetryError goes through: the other side is away, and the loop backs off."""
        try:
            yield
        except RetryError:
            raise
        except Exception as error:
            self.note(part, error)

    def note(self, part: str, error: Exception) -> None:
        """A part has failed with what nobody foresaw."""
        failure, now = Failure.of(error), self._clock()
        failed = self._failed.setdefault(part, Failed(failure))
        if failed.failure != failure or now - failed.logged >= LOG_EVERY_S:
            failed.logged = now
            log.error("a part of the service failed and the rest goes on", part=part, exc_info=error)
        failed.failure, failed.last = failure, now
        failed.count += 1

    def counts(self) -> dict[str, int]:
        """How often each part has failed."""
        return {part: failed.count for part, failed in self._failed.items()}

    def failing(self) -> dict[str, str]:
        """The parts that have failed of late, with what and how often."""
        now = self._clock()
        return {
            part: f"{failed.failure} ({failed.count} times)"
            for part, failed in self._failed.items()
            if now - failed.last < STANDS_FOR_S
        }


@contextmanager
def unguarded(_: str) -> Iterator[None]:
    """Where a failure is for whoever called, as in a replay."""
    yield
