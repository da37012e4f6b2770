"""Gives the store what is judged and told, from a thread of its own: judging never waits for it.

While the store is away everything waits here, in order; where that becomes too
much, older states of the same thing go, and are counted. A row that the store
will never take is set aside, counted and named, and holds no other back; a
file that is no database any more is moved aside, and a new one begun.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from pathlib import Path

import structlog

from streams.errors import StoreRefused, StreamError
from streams.messages import Incident
from streams.store.backlog import Row, Standing, thinned
from streams.store.deliveries import RESOLVED
from streams.store.pictures import Pictures, WaitingPictures
from streams.store.put_rows import name_of, put_pictures, put_rows
from streams.store.store import Store

log = structlog.get_logger()

RETRY_S = 2.0
LOOK_EVERY_S = 2.0
"""How often it is looked whether the store is still there."""
MOST_AT_ONCE = 500
HANGS_AFTER_S = 5.0
"""Longer than a store that works takes for what it is given, and than one that is locked is waited for."""
TRIES = 3
"""How often a row alone may fail, while the store takes others, before it is held to be at fault."""

MOST_WAITING = 20_000
"""Rows in memory while the store is away, some 2 kB each; beyond that they are made fewer."""
FORGET_EVERY_S = 3600.0
FORGOTTEN_AT_ONCE = 200
"""Others write into the store, too, and do not wait for long."""


class StoreWriter:
    """Every method returns at once, but `close`."""

    def __init__(
        self,
        store: Store,
        retry_s: float = RETRY_S,
        most_waiting: int = MOST_WAITING,
        keep: int = 0,
    ) -> None:
        """What is over for longer than ``keep`` (ns) is removed from the store; 0: nothing is."""
        self.dropped = 0
        """Rows given up since the store was away for too long."""
        self.set_aside = 0
        """Rows that the store would never take."""
        self.last_set_aside = ""
        """The newest of them: what it is and why."""
        self.store = store
        self._retry_s = retry_s
        self._problem = ""
        self._began: float | None = None  # the store was given something then, and has not answered yet
        self._open: dict[str, Incident] = {}
        """The newest versions of those that are not over, by id: what every store holds, a new one too."""
        self._begun = store.begun
        self._was_damaged = False
        self.lost_at: float | None = None
        """When another store was begun since the one before was gone, on the monotonic clock."""
        self._never_stored: set[str] = set()
        """Incidents that came up here and of which the store holds nothing yet."""
        self._most_waiting = self._room = most_waiting
        self._keep = keep
        self._next_forgetting = 0.0
        self._put = 0
        self._waiting: dict[int, Row] = {}
        self._failures: dict[int, int] = {}
        self._halls = WaitingPictures()
        self._deadline: float | None = None
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="store", daemon=True)
        self._thread.start()

    @property
    def problem(self) -> str:
        """Why the store is away; empty while it takes what it is given."""
        began = self._began
        if not self._problem and began is not None and time.monotonic() - began > HANGS_AFTER_S:
            return "it does not answer"
        return self._problem

    @property
    def away(self) -> bool:
        """Whether the store does not take what it is given."""
        return bool(self.problem)

    @property
    def begun(self) -> int:
        """How often another store was begun; what must stand in it has to be put again."""
        return self._begun

    def damaged_copies(self) -> list[Path]:
        """What was moved aside and nobody has taken away since, oldest first."""
        return self.store.damaged_copies()

    def put(self, rows: Iterable[Row]) -> None:
        """Versions of incidents and states of deliveries, in the order in which they came."""
        with self._changed:
            for row in rows:
                self._wait(row)
            self._keep_bounds()
            self._changed.notify_all()

    def hold(self, incidents: Iterable[Incident]) -> None:
        """Have the store hold open incidents: as they stand, where it has no version of them."""
        with self._changed:
            for incident in incidents:
                self._put += 1
                self._waiting[self._put] = Standing(incident)
                if incident.state != RESOLVED:
                    self._open.setdefault(incident.id, incident)
            self._changed.notify_all()

    def put_halls(self, pictures: Pictures) -> None:
        """Pictures by (zone, hall) with their event times; a newer one takes the place of one that waits."""
        if pictures:
            with self._changed:
                self._halls.put(pictures)
                self._changed.notify_all()

    def mark(self) -> int:
        """A mark behind everything that was put so far, the halls' pictures left out."""
        return self._put

    def acknowledged(self, mark: int) -> bool:
        """Whether everything before the mark is in the store, or was set aside."""
        with self._changed:
            return next(iter(self._waiting), mark + 1) > mark

    def wait_until_acknowledged(self, mark: int, patience_s: float) -> bool:
        """As `acknowledged`, after waiting for it at most so long."""
        with self._changed:
            return self._changed.wait_for(lambda: self.acknowledged(mark), patience_s)

    def close(self, deadline_s: float = 5.0) -> None:
        """Write what waits, for at most so long, and end the thread."""
        with self._changed:
            self._deadline = time.monotonic() + deadline_s
            self._changed.notify_all()
        self._thread.join(deadline_s + 1.0)
        if self._waiting:
            log.error("store: closed with rows not written", rows=len(self._waiting))

    def _wait(self, row: Row) -> None:
        self._put += 1
        self._waiting[self._put] = row
        if isinstance(row, Incident):
            before = self._open.pop(row.id, None)
            if row.state != RESOLVED:
                self._open[row.id] = row
                if before is None:
                    self._never_stored.add(row.id)

    def _keep_bounds(self) -> None:
        if len(self._waiting) <= self._room:
            return
        before = len(self._waiting)
        self._waiting = thinned(self._waiting, self._most_waiting, self._never_stored)
        self._never_stored &= {row.id for row in self._waiting.values() if isinstance(row, Incident)}
        self._failures = {number: n for number, n in self._failures.items() if number in self._waiting}
        self.dropped += before - len(self._waiting)
        self._room = max(self._most_waiting, len(self._waiting)) * 5 // 4  # it takes time
        log.error("store: away for long, older states are given up", dropped=self.dropped)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._due() or self._deadline is not None, self._until_look())
                if self._deadline is not None and (not self._due() or time.monotonic() >= self._deadline):
                    return
                rows = dict(list(self._waiting.items())[:MOST_AT_ONCE])
            self._began = time.monotonic()
            try:
                self._work_off(rows)
                self._work_off_halls()
                self._put_in_again()
                self._forget()
                self._began = None
            except Exception as error:  # whatever it is, paging goes on and the rows wait
                self._pause(error)
            else:
                self._back()

    def _due(self) -> bool:
        waits = self._waiting or self.store.damaged or self.store.gone
        return bool(waits) or self._halls.due(self._deadline is not None)

    def _until_look(self) -> float:
        """Until there is something to do though nobody puts anything."""
        return min(LOOK_EVERY_S, self._halls.wait_s) if self._halls else LOOK_EVERY_S

    def _work_off(self, rows: dict[int, Row]) -> None:
        """Write rows by their numbers. Raises StreamError where some of them still wait."""
        if self.store.damaged:
            self._start_anew()
        if self.store.gone:
            self.store.probe()
        try:
            put_rows(self.store, list(rows.values()))
        except StreamError as error:
            self.store.probe()  # raises where the store is away or damaged: then no row is at fault
            self._one_by_one(rows, error)
        else:
            self._done(rows)

    def _one_by_one(self, rows: dict[int, Row], error: StreamError) -> None:
        left = False
        for number, row in rows.items():
            try:
                put_rows(self.store, [row])
            except StreamError as failure:
                if not isinstance(failure, StoreRefused):
                    self.store.probe()
                    self._failures[number] = self._failures.get(number, 0) + 1
                    if self._failures[number] < TRIES:
                        left = True
                        continue
                self._set_aside(row, failure)
            self._done([number])
        if left:
            raise error

    def _work_off_halls(self) -> None:
        with self._changed:
            if not self._halls.due(self._deadline is not None):
                return
            pictures = self._halls.begin()
        try:
            put_pictures(self.store, pictures)
        except StoreRefused as error:
            log.error("store: pictures of halls left out", halls=sorted(pictures), error=str(error))
        with self._changed:
            self._halls.written(pictures)

    def _done(self, numbers: Iterable[int]) -> None:
        with self._changed:
            for number in numbers:
                row = self._waiting.pop(number, None)
                self._failures.pop(number, None)
                if isinstance(row, Incident):
                    self._never_stored.discard(row.id)
            self._changed.notify_all()

    def _set_aside(self, row: Row, error: StreamError) -> None:
        what = name_of(row)
        self.last_set_aside = f"{what}: {error}"
        self.set_aside += 1
        log.error("store: a row was set aside", row=ascii(row), error=str(error))

    def _start_anew(self) -> None:
        aside = self.store.start_anew()
        if aside is not None:
            self._was_damaged = True
            log.error("store: its file was damaged; moved aside, begun anew", aside=str(aside))

    def _put_in_again(self) -> None:
        """What is open goes into a store that was begun meanwhile."""
        if self.store.begun == self._begun:
            return
        with self._changed:
            self._begun = self.store.begun
            for incident in list(self._open.values()):
                self._wait(incident)
        if not self._was_damaged:
            self.lost_at = time.monotonic()
            log.error("store: what was there is gone, begun anew", incidents=len(self._open))
        self._was_damaged = False

    def _forget(self) -> None:
        """Remove some of what is over for long, now and then."""
        if self._keep and self._deadline is None and time.monotonic() >= self._next_forgetting:
            forgotten = self.store.forget(self._keep, time.time_ns(), FORGOTTEN_AT_ONCE)
            if forgotten < FORGOTTEN_AT_ONCE:
                self._next_forgetting = time.monotonic() + FORGET_EVERY_S

    def _pause(self, error: Exception) -> None:
        if not self._problem:
            log.error("store: away, what is for it waits in memory", error=str(error))
        self._problem = str(error) or type(error).__name__
        self._began = None
        pause = self._retry_s
        if self._deadline is not None:
            pause = min(pause, max(0.0, self._deadline - time.monotonic()), 0.1)
        time.sleep(pause)

    def _back(self) -> None:
        if self._problem:
            log.info("store: it is back")
        self._problem = ""
