"""Where everything that is judged goes: scores, incidents, people, dead letters.

What is down behind one of them never stops the others: the sink has its spool,
incidents wait in the store's writer, and pages go out regardless.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from config.settings import Settings
from detector.service.daemon.checkpoint import Mark
from detector.service.daemon.guard import unguarded
from streams.messages import SECOND, Incident, Reject, RejectedReading, Scores, TickVerdict, Verdict
from streams.sinks.rows import ScoreLines, incident_lines
from streams.sinks.sink import ScoreSink

if TYPE_CHECKING:  # a replay has neither store nor notifier, and need not load what they need
    from streams.notify.notifier import Notifier
    from streams.sinks.dead_letters import DeadLetters
    from streams.store.writer import StoreWriter


NO_SCORES = Scores(np.empty(0, np.int32), *(np.empty(0) for _ in range(4)))


class Outputs:
    """The effects of verdicts, and the mark behind which they are safe (see `checkpoint.Effects`)."""

    def __init__(
        self,
        sink: ScoreSink | None = None,
        store: StoreWriter | None = None,
        notifier: Notifier | None = None,
        dead_letters: DeadLetters | None = None,
        settings: Settings | None = None,
    ) -> None:
        """``settings`` say which scores become rows; all, unless given."""
        self._every = settings.influxdb.every if settings else 1
        self._scores = settings.influxdb.scores if settings else True
        self._tick = settings.engine.tick if settings else SECOND
        self.sink = sink
        self.store = store
        self.notifier = notifier
        self.dead_letters = dead_letters
        self.lines = ScoreLines()
        self.guard: Callable[[str], AbstractContextManager[None]] = unguarded
        """Behind which each of these stands for itself."""
        self._sent = 0

    def take(self, verdict: Verdict, ids: list[str], live: bool, topic: str, partition: int) -> None:
        """Hand a verdict on. ``live``: at the live edge, so that people are told."""
        with self.guard("notifications"):
            self.tell(verdict.incidents, live)
        with self.guard("store"):
            self.record(verdict.incidents)
            self._keep_pictures(verdict)
        for tick in verdict.ticks:
            with self.guard("scores"):
                if self.sink is not None:
                    self._send(self.lines.lines(self._thinned(tick), ids))
        with self.guard("dead letters"):
            self.reject(_letter(refused, topic, partition) for refused in verdict.rejected)

    def tell(self, incidents: Iterable[Incident], live: bool) -> None:
        """Offer incidents to who tells people; before the ``live`` edge nobody is woken."""
        if self.notifier is not None:
            self.notifier.offer_all(list(incidents), live)

    def tell_open(self, incidents: list[Incident]) -> None:
        """Tell of what is open, or has ended, and see that the store holds it, whatever became of that."""
        self.tell(incidents, live=True)
        if self.store is not None:
            self.store.hold(incidents)

    def record(self, incidents: list[Incident]) -> None:
        """Into the store and, as rows, into the sink."""
        if incidents:
            if self.store is not None:
                self.store.put(incidents)
            self._send(incident_lines(incidents))

    def reject(self, rejects: Iterable[Reject]) -> None:
        """Into the dead letters."""
        if self.dead_letters is not None:
            for reject in rejects:
                self.dead_letters.put(reject)

    def write_row(self, payload: bytes) -> None:
        """A row of the service's own, such as its lag."""
        self._send(payload)

    def mark(self) -> Mark:
        """A mark behind everything that was handed over so far."""
        return Mark(
            self._sent,
            self.dead_letters.mark() if self.dead_letters is not None else 0,
            self.store.mark() if self.store is not None else 0,
        )

    def acknowledged(self, mark: Mark) -> bool:
        """Whether everything before the mark is safe: on disk, or with who it is for."""
        return (
            (self.sink is None or self.sink.acknowledged() >= mark.scores)
            and (self.dead_letters is None or self.dead_letters.acknowledged(mark.letters))
            and (self.store is None or self.store.acknowledged(mark.store))
        )

    def _keep_pictures(self, verdict: Verdict) -> None:
        """The halls as they stand after the last tick."""
        if self.store is not None:
            self.store.put_halls(
                {(verdict.zone, hall.hall): (hall, tick.end) for tick in verdict.ticks for hall in tick.halls}
            )

    def _thinned(self, tick: TickVerdict) -> TickVerdict:
        """The tick with the scores that are to be written; forecasts, services and halls always are."""
        if self._scores and tick.end // self._tick % self._every == 0:
            return tick
        return dataclasses.replace(tick, scores=NO_SCORES)

    def _send(self, payload: bytes) -> None:
        if payload and self.sink is not None:
            self._sent = self.sink.submit(payload)


def _letter(refused: RejectedReading, topic: str, partition: int) -> Reject:
    """A reading that the engine refused. It has waited for its tick, so its offset is not known any more."""
    message = {"point": refused.point, "time": refused.time // 1_000_000, "value": refused.value}
    payload = msgspec.json.encode(message)
    return Reject(topic, partition, -1, refused.reason, refused.point, payload)
