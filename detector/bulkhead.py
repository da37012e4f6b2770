"""An engine that outlives errors in its own code.

The unit of containment is one step of one zone: a tick, or the check of a
limit. What raises leaves the engine half-moved, so it is rebuilt: from its
last bytes and the readings since, whose verdicts have been handed on already.
Then the step is tried once more, for what failed by chance alone; if it fails
again it is spared what it failed with (see `detector.spared.Spared`), and
limits go on. Nobody ever sees an engine that is half-moved, so none is saved.

Whether a step is spared depends on the readings alone and not on where bytes
were taken: what fails twice from the same state fails in a replay too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

import numpy as np

from config.kinds import Kind
from config.settings import EngineSettings
from config.site import Site
from detector.engine import Engine
from detector.fewer_points import staying, without_points, worth_it
from detector.points import Points
from detector.rules import RULES, Rule
from detector.spared import MOST_SPARED, TICK, Spared, Step
from detector.trouble import Trouble
from streams.messages import I64, Counts, Failure, Incident, Readings, Verdict

MOST_ROWS = 1 << 20
"""Readings that are kept since the last bytes (20 MiB); then fresh bytes are taken."""
ROWS_IN_A_ROW = 3
"""Readings that cannot even be taken in; then the rest of their batch goes by with them."""
TRIED_AGAIN_AFTER = 1 << 18
"""Readings since bytes could not be taken, and none are kept; then it is tried once more."""
MOST_TRIES = 200
"""Of one push; after so many the zone begins anew."""
ROWS_AT_ONCE = 64
"""Of which a step has failed; more are taken in bit by bit."""
CAREFUL_AFTER = 3
BATCHES_AT_ONCE = 64


class ContainedEngine:
    """The engine of one zone behind its bulkhead; `engine` is another one after each rebuilding."""

    def __init__(
        self,
        zone: str,
        site: Site,
        kinds: dict[str, Kind],
        settings: EngineSettings,
        saved: bytes | None = None,
        rules: Sequence[Rule] = RULES,
    ) -> None:
        """``saved``: the bytes to go on from. Raises `detector.snapshot.SnapshotError`.

        What of them could not be carried over stands in ``dropped``, in words.
        """
        self.zone = zone
        self._made_with = site, kinds, settings, rules
        self._bytes = saved
        self._since: list[Readings] = []
        self._rows = 0
        self._way_back = True
        """Whether bytes and readings since make the engine that there is."""
        self._passed = 0
        """Readings since there is no way back."""
        self._spared: dict[Step, Spared] = {}
        self._failed_rows = 0
        self.engine, self.dropped = self._made() if saved is None else Engine.restore(saved, *self._made_with)

    @property
    def ids(self) -> list[str]:
        """Id of each slot."""
        return self.engine.ids

    @property
    def points(self) -> Points:
        """The points of the zone."""
        return self.engine.points

    @property
    def event_time(self) -> int | None:
        """Event time of the zone, ns; None before the first tick closed."""
        return self.engine.event_time

    @property
    def rows(self) -> int:
        """Readings that are kept since the last bytes."""
        return self._rows

    @property
    def counts(self) -> Counts:
        """The books of all that was pushed so far, through restarts."""
        return self.engine.counts

    @property
    def trouble(self) -> Trouble:
        """What failed by an error of our own, and whether judging rests."""
        return self.engine.trouble

    def open_incidents(self) -> list[Incident]:
        """The firing incidents as they stand."""
        return self.engine.open_incidents()

    def slot(self, point_id: str) -> int:
        """Slot of a point, made if it is new. ValueError where its kind is not known."""
        return self.engine.slot(point_id)

    def push(self, readings: Readings) -> Verdict:
        """As `Engine.push`. Raises nothing: what could not be done is among the verdict's failures."""
        try:
            verdict = self.engine.push(readings)
        except Exception as error:
            return self._mend(readings, error)
        verdict.failures += self._keep(readings)
        self._failed_rows = 0
        return verdict

    def give_up(self, reason: str) -> Verdict:
        """As `Engine.give_up`."""
        return self.engine.give_up(reason)

    def snapshot(self) -> bytes:
        """As `Engine.snapshot`. What the engine is rebuilt from, from now on."""
        data = self.engine.snapshot()
        self._go_on_from(data)
        return data

    def free_rows(self) -> list[Failure]:
        """Take fresh bytes and keep none of the readings any more. Raises nothing: says what failed.

        Without bytes there is no way back: a step that fails then begins the
        zone anew. It ends where bytes can be taken again.
        """
        failures = self._take_bytes()
        if failures:
            self._bytes, self._since, self._rows = None, [], 0
            self._way_back, self._passed = False, 0
        return failures

    def give_back(self) -> I64 | None:
        """Let points go that spoke once and never again; None where that is not worth the while.

        For each slot that there was the one that its point has now, i8[slots], below 0 where it is gone.
        """
        try:
            stays = staying(self.engine)
            if not worth_it(stays):
                return None
            data = without_points(self.engine, stays)
            engine, _ = Engine.restore(data, *self._made_with)
        except Exception as error:  # nothing was changed: the points only keep their places
            self.engine.trouble.note(self.engine.intake.newest, Failure.of(error))
            return None
        self.engine = engine
        self._go_on_from(data)
        return np.where(stays, np.cumsum(stays) - 1, -1)

    def _keep(self, readings: Readings) -> list[Failure]:
        """Keep readings that have been judged, to be rebuilt from; what failed."""
        if not self._way_back:
            self._passed += len(readings)
            return self.free_rows() if self._passed > TRIED_AGAIN_AFTER else []
        self._since.append(readings)
        self._rows += len(readings)
        return self.free_rows() if self._rows > MOST_ROWS else []

    def _take_bytes(self) -> list[Failure]:
        """As `snapshot`, but raises nothing: says what failed, and all stays as it is."""
        try:
            self.snapshot()
        except Exception as error:
            failure = Failure.of(error)
            self.engine.trouble.note(self.engine.intake.newest, failure)
            return [failure]
        return []

    def _go_on_from(self, data: bytes) -> None:
        self._bytes, self._since, self._rows, self._spared = data, [], 0, {}
        self._way_back = True
        self.engine.spared = self._spared

    def _mend(self, readings: Readings, error: Exception) -> Verdict:
        """The verdict on readings of which a step has failed."""
        failed: Counter[Step | None] = Counter()
        failures: list[Failure] = []
        while True:
            step = self.engine.step
            failed[step] += 1
            failures.append(Failure.of(error))
            if len(failures) > MOST_TRIES:
                self._begin_anew(failures[-1])
                return self._pass_by(readings, failures)
            helpless = failed[step] > 1 and not self._spare(step, failed[step] - 1, failures[-1])
            in_parts = helpless or len(readings) > ROWS_AT_ONCE
            try:
                self._play_again(failures[-1], carefully=len(failures) > CAREFUL_AFTER)
                verdict = Verdict(self.zone) if in_parts else self.engine.push(readings)
            except Exception as again:
                error = again
                continue
            if helpless and (len(readings) <= 1 or self._failed_rows >= ROWS_IN_A_ROW):
                return self._pass_by(readings, failures)
            if in_parts:
                return self._in_parts(readings, failures)
            failures += self._keep(readings)
            if max(failed.values()) > 1:
                # What is spared is behind us: the next failure has less to play again.
                failures += self._take_bytes()
            verdict.failures += failures
            return verdict

    def _spare(self, step: Step | None, level: int, failure: Failure) -> bool:
        """Let a step do without what it failed with; False where nothing is left that it could spare."""
        if step is None or level > (MOST_SPARED if step[0] == TICK else MOST_SPARED - 1):
            return False
        self._spared[step] = Spared(level, failure)
        return True

    def _play_again(self, failure: Failure, carefully: bool) -> None:
        """Rebuild the engine as it was before the push that failed, with the slots that it has by now.

        ``carefully``: with fresh bytes on the way, where this failed too.
        """
        ids, since = self.engine.ids, self._since
        if not self._way_back:
            self._begin_anew(failure)
            return
        try:
            engine, _ = self._made() if self._bytes is None else Engine.restore(self._bytes, *self._made_with)
        except Exception as error:
            self._begin_anew(Failure.of(error))
            return
        engine.spared = self._spared
        self.engine = engine
        for point_id in ids[len(engine.ids) :]:
            engine.slot(point_id)
        for n, readings in enumerate(since):
            engine.push(readings)
            if carefully and n % BATCHES_AT_ONCE == 0:
                with suppress(Exception):  # the older bytes do as well
                    self._bytes, self._since = engine.snapshot(), since[n + 1 :]
                    self._rows = sum(map(len, self._since))

    def _in_parts(self, readings: Readings, failures: list[Failure]) -> Verdict:
        """Take in what can be, bit by bit, so that what fails costs no more than its own part."""
        size = min(ROWS_AT_ONCE, (len(readings) + 1) // 2)
        verdict = Verdict(self.zone, failures=failures)
        for first in range(0, len(readings), size):
            _join(verdict, self.push(readings.take(slice(first, first + size))))
        return verdict

    def _pass_by(self, readings: Readings, failures: list[Failure]) -> Verdict:
        self._failed_rows += len(readings)
        verdict = self.engine.pass_by(readings, failures[-1])
        verdict.failures += failures
        verdict.failures += self.free_rows()
        return verdict

    def _begin_anew(self, failure: Failure) -> None:
        """What cannot even be rebuilt is lost, but for its books: all is learned again."""
        broken, (self.engine, _) = self.engine, self._made()
        for point_id in broken.ids:
            self.engine.slot(point_id)
        counts = self.engine.counts = broken.counts
        counts.set_aside += counts.waiting
        counts.waiting = 0
        self.engine.trouble.note(broken.intake.newest, failure)
        self.engine.spared = self._spared
        self.free_rows()

    def _made(self) -> tuple[Engine, list[str]]:
        return Engine(self.zone, *self._made_with), []


def _join(verdict: Verdict, more: Verdict) -> None:
    verdict.ticks += more.ticks
    verdict.incidents += more.incidents
    verdict.rejected += more.rejected
    verdict.failures += more.failures
    verdict.counts.add(more.counts)
