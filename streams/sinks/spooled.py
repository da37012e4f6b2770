"""Rows to a database or letters to a topic, from a thread of its own, with the disk spool behind it.

Rows wait in memory only until the thread takes them. While the other side is
there they are written and then acknowledged. While it is away they go to the
spool, which acknowledges as well, and are sent in order once it is back; so do
rows of which some are refused, and those are told apart from there, a write at
a time. Where the spool's disk fails too, memory holds what it may, the oldest
beyond that is lost and counted, and acknowledgement stands still until the
trouble is over: a restart meanwhile judges those records again. Disk and other
side are tried again each in its own time; sending needs no room on the disk.
"""

from __future__ import annotations

import dataclasses
import threading

import structlog

from streams.errors import SinkAway
from streams.sinks.back_off import BackOff
from streams.sinks.isolate import Isolation
from streams.sinks.rejected_rows import RejectedRows
from streams.sinks.row_queue import RowQueue, WaitingRows
from streams.sinks.sink import RowWriter, SinkCounts, row_count
from streams.sinks.spool import MIB, Batch, Spool

log = structlog.get_logger()

WRITE_BYTES = 2 * MIB
QUEUE_BYTES = 64 * MIB
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 15.0


class SpooledSink:
    """A `ScoreSink` on whatever takes lines."""

    def __init__(
        self,
        writer: RowWriter,
        spool: Spool,
        name: str = "influxdb",
        queue_bytes: int = QUEUE_BYTES,
        first_pause_s: float = FIRST_PAUSE_S,
        longest_pause_s: float = LONGEST_PAUSE_S,
    ) -> None:
        """Takes over ``writer`` and ``spool`` and closes them in the end; ``name`` stands in the log.

        At most ``queue_bytes`` wait in memory. After a failure the next try
        comes ``first_pause_s`` later, then twice that, up to ``longest_pause_s``.
        """
        self._writer = writer
        self.spool = spool
        self._name = name
        self._rejected = RejectedRows(spool.folder / "rejected.lp")
        self._other_side = BackOff(first_pause_s, longest_pause_s)
        self._disk = BackOff(first_pause_s, longest_pause_s)
        self._counts = SinkCounts(submitted=spool.waiting_rows)
        self._queue = RowQueue(queue_bytes)
        self._in_hand = 0  # rows that the thread has taken and not put anywhere yet
        self._submitted = 0
        self._acknowledged = 0
        self._under_way: tuple[Batch, Isolation] | None = None  # the oldest rows of the spool
        self._closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, payload: bytes) -> int:
        """Hand over whole lines; returns at once with their sequence number."""
        rows = row_count(payload)
        with self._changed:
            self._submitted += 1
            self._counts.submitted += rows
            self._counts.lost += self._queue.put(WaitingRows(self._submitted, payload, rows))
            self._changed.notify_all()
            return self._submitted

    def acknowledged(self) -> int:
        """Everything up to this sequence number is written or on the spool's disk."""
        with self._changed:
            return self._acknowledged

    def flush(self, deadline_s: float) -> bool:
        """Wait until all that was submitted is acknowledged; False where the deadline came first."""
        with self._changed:
            goal = self._submitted
            return self._changed.wait_for(lambda: self._acknowledged >= goal, deadline_s)

    def counts(self) -> SinkCounts:
        """The books; they balance whenever the thread is at rest."""
        with self._changed:
            in_memory = self._in_hand + self._queue.rows
            return dataclasses.replace(
                self._counts,
                dropped=self.spool.dropped_rows,
                waiting=in_memory + self.spool.waiting_rows,
                spooled_bytes=self.spool.size,
                away=self._other_side.failing,
                disk_error=self._disk.reason,
            )

    def close(self) -> None:
        """Write or spool what is in memory, then end the thread. What neither takes is lost and counted."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()
        self._counts.lost += self._queue.give_up()
        self._writer.close()
        self.spool.close()

    # From here on: the thread.

    def _run(self) -> None:
        while not self._closing:
            with self._changed:
                self._changed.wait_for(self._has_work, self._until_due())
            try:
                self._pass_on()
                self._drain()
                self._look_at_disk()
            except Exception as error:  # whatever it is, the thread must go on and everybody must hear of it
                log.exception(f"{self._name}: unexpected error")
                self._away(f"{type(error).__name__}: {error}")
                self._disk_failed(f"{type(error).__name__}: {error}")
        while self._queue and self._pass_on():
            pass

    def _has_work(self) -> bool:
        if self._closing or (self._disk.failing and self._disk.due):
            return True
        if self.spool.empty:
            return bool(self._queue) and (self._other_side.due or self._disk.due)
        return self._other_side.due or (bool(self._queue) and self._disk.due)

    def _until_due(self) -> float | None:
        """Seconds until something may be tried again even if nobody submits; None = nothing is."""
        waits = [each.wait_s for each in (self._other_side, self._disk) if not each.due]
        return min(waits, default=None)

    def _pass_on(self) -> bool:
        """Write what waits in memory, or put it aside. False where neither could be done."""
        with self._changed:
            # A queue half full is emptied to the spool, faster than a database takes it.
            crowded = self._queue.half_full and not self._disk.failing
            direct = self.spool.empty and self._other_side.due and not crowded
            aside = self._disk.due or self._closing
            taken = self._queue.take(WRITE_BYTES if direct else None) if direct or aside else []
            self._in_hand = sum(waiting.rows for waiting in taken)
        if taken and direct:
            taken = self._write_now(taken)
        if taken and aside:
            taken = self._put_aside(taken)
        if taken:
            self._give_back(taken)
        return not taken

    def _write_now(self, taken: list[WaitingRows]) -> list[WaitingRows]:
        """Write, and return what is still to be put aside."""
        isolation = Isolation(b"".join(waiting.payload for waiting in taken))
        if not self._step(isolation):
            return taken
        if not isolation.done:  # telling the bad rows apart takes time, and the spool has it
            taken = self._put_aside(taken)
            while taken and not isolation.done:
                if not self._step(isolation):
                    return taken
        if taken:
            self._rejected.keep(isolation.refused)
            with self._changed:
                self._count(sum(waiting.rows for waiting in taken), isolation)
                self._acknowledge(taken)
        return []

    def _put_aside(self, taken: list[WaitingRows]) -> list[WaitingRows]:
        """To the spool, in records of a write's size; returns what its disk does not take."""
        while taken:
            size, count = 0, 0
            while count < len(taken) and (not count or size + len(taken[count].payload) <= WRITE_BYTES):
                size += len(taken[count].payload)
                count += 1
            record = taken[:count]
            try:
                self.spool.append(b"".join(w.payload for w in record), sum(w.rows for w in record))
            except OSError as error:
                self._disk_failed(str(error))
                break
            self._disk_worked()
            self._acknowledge(record)
            taken = taken[count:]
        return taken

    def _drain(self) -> None:
        """One write of the oldest rows of the spool."""
        if self.spool.empty or not self._other_side.due:
            return
        if self._under_way is None:
            try:
                batch = self.spool.read(WRITE_BYTES)
            except OSError as error:
                self._other_side.failed(f"the spool cannot be read: {error}")
                return
            if batch is None:
                return
            self._under_way = batch, Isolation(batch.payload)
        batch, isolation = self._under_way
        if not self._step(isolation):
            self._under_way = None  # read anew once it is back: the spool may have dropped it by then
        elif isolation.done:
            self._under_way = None
            self._rejected.keep(isolation.refused)
            with self._changed:
                if self.spool.advance(batch):
                    self._count(batch.rows, isolation)

    def _look_at_disk(self) -> None:
        """See whether a disk that failed would take rows again, where no row asks."""
        if self._disk.failing and self._disk.due and not self._queue:
            try:
                self.spool.probe()
            except OSError as error:
                self._disk_failed(str(error))
            else:
                self._disk_worked()

    def _step(self, isolation: Isolation) -> bool:
        """One write; False where the other side is away."""
        try:
            isolation.step(self._writer.write)
        except SinkAway as error:
            self._away(str(error))
            return False
        except Exception as error:  # whatever a client library may raise: the rows must reach the spool
            log.exception(f"{self._name}: unexpected error")
            self._away(f"{type(error).__name__}: {error}")
            return False
        with self._changed:
            if self._other_side.failing:
                log.info(f"{self._name}: back", rows_on_spool=self.spool.waiting_rows)
            self._other_side.worked()
        return True

    def _count(self, rows: int, isolation: Isolation) -> None:
        rejected = len(isolation.refused)
        self._counts.written += rows - rejected
        self._counts.rejected += rejected

    def _acknowledge(self, done: list[WaitingRows]) -> None:
        with self._changed:
            self._acknowledged = done[-1].sequence
            self._in_hand -= sum(waiting.rows for waiting in done)
            self._changed.notify_all()

    def _give_back(self, taken: list[WaitingRows]) -> None:
        with self._changed:
            self._counts.lost += self._queue.put_back(taken)
            self._in_hand = 0

    def _away(self, reason: str) -> None:
        with self._changed:
            if not self._other_side.failing:
                log.warning(f"{self._name}: away, what is to go there waits on the spool", reason=reason)
            self._counts.last_error = reason
            self._other_side.failed(reason)

    def _disk_failed(self, reason: str) -> None:
        with self._changed:
            if not self._disk.failing:
                log.error(f"{self._name}: the spool's disk takes nothing, rows wait in memory", reason=reason)
            self._disk.failed(reason)

    def _disk_worked(self) -> None:
        with self._changed:
            if self._disk.failing:
                log.info(f"{self._name}: the spool's disk takes rows again")
            self._disk.worked()
