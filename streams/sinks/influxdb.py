"""Scores to InfluxDB from a thread of their own, with the disk spool behind it.

Rows wait in memory only until the thread takes them. While the database is
there they are written and then acknowledged. While it is away they go to the
spool, which acknowledges as well, and are sent in order once it is back. Where
the spool's disk fails too, memory holds what it may, the oldest beyond that is
lost and counted, and acknowledgement stands still until the trouble is over:
a restart meanwhile judges those records again and writes their rows.
"""

from __future__ import annotations

import dataclasses
import threading
import time
from collections import deque
from typing import NamedTuple

import structlog

from streams.errors import SinkAway
from streams.sinks.influx_writer import RowWriter
from streams.sinks.isolate import write_isolating
from streams.sinks.rejected_rows import RejectedRows
from streams.sinks.sink import SinkCounts, row_count
from streams.sinks.spool import MIB, Spool

log = structlog.get_logger()

WRITE_BYTES = 2 * MIB
QUEUE_BYTES = 64 * MIB
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 15.0


class _Waiting(NamedTuple):
    sequence: int
    payload: bytes
    rows: int


class InfluxSink:
    """A `ScoreSink` on InfluxDB 2 or what takes its writes."""

    def __init__(
        self,
        writer: RowWriter,
        spool: Spool,
        queue_bytes: int = QUEUE_BYTES,
        first_pause_s: float = FIRST_PAUSE_S,
        longest_pause_s: float = LONGEST_PAUSE_S,
    ) -> None:
        """Takes over ``writer`` and ``spool`` and closes them in the end.

        At most ``queue_bytes`` wait in memory. After a failure the next try
        comes ``first_pause_s`` later, then twice that, up to ``longest_pause_s``.
        """
        self._writer = writer
        self._spool = spool
        self._rejected = RejectedRows(spool.folder / "rejected.lp")
        self._queue_bytes = queue_bytes
        self._first_pause_s = first_pause_s
        self._longest_pause_s = longest_pause_s
        self._counts = SinkCounts(submitted=spool.waiting_rows)
        self._queue: deque[_Waiting] = deque()
        self._queued_bytes = 0
        self._in_hand = 0  # rows that the thread has taken and not put anywhere yet
        self._submitted = 0
        self._acknowledged = 0
        self._pause_s = 0.0
        self._next_try = 0.0
        self._stuck = False  # neither database nor spool took the last rows
        self._closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="influxdb-sink", daemon=True)
        self._thread.start()

    def submit(self, payload: bytes) -> int:
        """Hand over whole lines; returns at once with their sequence number."""
        rows = row_count(payload)
        with self._changed:
            self._submitted += 1
            self._counts.submitted += rows
            self._queue.append(_Waiting(self._submitted, payload, rows))
            self._queued_bytes += len(payload)
            self._keep_bounds()
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
            in_memory = self._in_hand + sum(waiting.rows for waiting in self._queue)
            return dataclasses.replace(
                self._counts,
                dropped=self._spool.dropped_rows,
                waiting=in_memory + self._spool.waiting_rows,
                spooled_bytes=self._spool.size,
            )

    def close(self) -> None:
        """Write or spool what is in memory, then end the thread. What neither takes is lost and counted."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()
        self._counts.lost += sum(waiting.rows for waiting in self._queue)
        self._queue.clear()
        self._writer.close()
        self._spool.close()

    # From here on: the thread.

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(self._has_work, self._until_next_try())
                closing = self._closing
                # A queue half full is emptied to the spool, faster than the database takes it.
                crowded = self._queued_bytes > self._queue_bytes // 2
                direct = self._spool.empty and self._may_try() and not crowded
                taken = self._take(WRITE_BYTES if direct else self._queue_bytes)
            if taken and not (direct and self._write_now(taken)):
                self._put_aside(taken)
            if closing and (self._stuck or not self._queue):
                return
            if not self._spool.empty and self._may_try():
                self._drain()

    def _has_work(self) -> bool:
        return self._closing or (bool(self._queue) and (not self._stuck or self._may_try()))

    def _until_next_try(self) -> float | None:
        """Seconds until there is something to do even if nobody submits; None = nothing is."""
        if self._spool.empty and not self._stuck:
            return None
        return max(0.0, self._next_try - time.monotonic())

    def _may_try(self) -> bool:
        return time.monotonic() >= self._next_try

    def _take(self, most_bytes: int) -> list[_Waiting]:
        taken: list[_Waiting] = []
        size = 0
        while self._queue and (
            self._closing or not taken or size + len(self._queue[0].payload) <= most_bytes
        ):
            taken.append(self._queue.popleft())
            size += len(taken[-1].payload)
        self._queued_bytes -= size
        self._in_hand = sum(waiting.rows for waiting in taken)
        return taken

    def _write_now(self, taken: list[_Waiting]) -> bool:
        rows = sum(waiting.rows for waiting in taken)
        if not self._write(b"".join(waiting.payload for waiting in taken), rows):
            return False
        self._acknowledge(taken)
        return True

    def _put_aside(self, taken: list[_Waiting]) -> None:
        """To the spool, in records of a write's size; back to memory what its disk does not take."""
        while taken:
            size, count = 0, 0
            while count < len(taken) and (not count or size + len(taken[count].payload) <= WRITE_BYTES):
                size += len(taken[count].payload)
                count += 1
            record = taken[:count]
            try:
                self._spool.append(b"".join(w.payload for w in record), sum(w.rows for w in record))
            except OSError as error:
                self._failed(f"spool: {error}")
                self._give_back(taken)
                return
            self._acknowledge(record)
            taken = taken[count:]

    def _drain(self) -> None:
        batch = self._spool.read(WRITE_BYTES)
        if batch is not None and self._write(batch.payload, batch.rows):
            self._spool.advance(batch)

    def _write(self, payload: bytes, rows: int) -> bool:
        """Write, keep what is refused for good, and say whether that is done with."""
        try:
            refused = write_isolating(self._writer.write, payload)
        except SinkAway as error:
            self._failed(str(error))
            return False
        except Exception as error:  # whatever a client library may raise: the rows must reach the spool
            log.exception("influxdb: unexpected error")
            self._failed(f"{type(error).__name__}: {error}")
            return False
        lost = sum(row_count(refusal.payload) for refusal in refused)
        for refusal in refused:
            self._rejected.keep(refusal)
        with self._changed:
            if self._counts.away:
                log.info("influxdb: back", rows_on_spool=self._spool.waiting_rows)
            self._counts.written += rows - lost
            self._counts.rejected += lost
            self._counts.away = False
            self._pause_s = 0.0
        return True

    def _acknowledge(self, done: list[_Waiting]) -> None:
        with self._changed:
            self._stuck = False
            self._acknowledged = done[-1].sequence
            self._in_hand -= sum(waiting.rows for waiting in done)
            self._changed.notify_all()

    def _give_back(self, taken: list[_Waiting]) -> None:
        with self._changed:
            self._stuck = True
            self._queue.extendleft(reversed(taken))
            self._queued_bytes += sum(len(waiting.payload) for waiting in taken)
            self._in_hand = 0
            self._keep_bounds()

    def _keep_bounds(self) -> None:
        while self._queued_bytes > self._queue_bytes and len(self._queue) > 1:
            oldest = self._queue.popleft()
            self._queued_bytes -= len(oldest.payload)
            self._counts.lost += oldest.rows

    def _failed(self, reason: str) -> None:
        with self._changed:
            if not self._counts.away:
                log.warning("influxdb: away, scores go to the spool", reason=reason)
            self._counts.away = True
            self._counts.last_error = reason
            self._pause_s = min(max(self._first_pause_s, 2 * self._pause_s), self._longest_pause_s)
            self._next_try = time.monotonic() + self._pause_s
