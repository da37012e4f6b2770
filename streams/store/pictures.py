"""How halls stand, as it waits for the store: the newest of each, once a second."""

from __future__ import annotations

import time
from collections.abc import Mapping

from streams.messages import HallState

HALLS_EVERY_S = 1.0
"""The halls' pictures are for people to look at; a backlog would else write one a tick."""

Pictures = Mapping[tuple[str, str], tuple[HallState, int]]
"""By (zone, hall), with their event times, ns."""


class WaitingPictures:
    """Used by several threads; whoever holds it holds the lock."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, str], tuple[HallState, int]] = {}
        self._next = 0.0

    def __bool__(self) -> bool:
        return bool(self._waiting)

    @property
    def wait_s(self) -> float:
        """Seconds until it is time to write again."""
        return max(0.0, self._next - time.monotonic())

    def due(self, closing: bool) -> bool:
        """Whether to write now; at the end it is not waited for."""
        return bool(self._waiting) and (closing or time.monotonic() >= self._next)

    def put(self, pictures: Pictures) -> None:
        """A newer one takes the place of one that waits."""
        self._waiting.update(pictures)

    def begin(self) -> Pictures:
        """What is to be written now."""
        self._next = time.monotonic() + HALLS_EVERY_S
        return dict(self._waiting)

    def written(self, pictures: Pictures) -> None:
        """Those are in, or will never be; what has changed meanwhile waits on."""
        self._waiting = {key: each for key, each in self._waiting.items() if pictures.get(key) != each}
