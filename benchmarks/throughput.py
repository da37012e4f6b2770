"""What the daemon costs and how quick it is: ``python -m benchmarks.throughput [--json]``.

2,000 points at 1 Hz (see `benchmarks.telemetry`), from a real broker through
the real daemon into a real InfluxDB, in three parts:

1. The daemon learns from so much telemetry that every model speaks, and stops.
2. A backlog of single messages is published, then the daemon starts again. Its
   CPU time is counted from the moment it holds its partition until the last row
   of the backlog can be read from the database.
3. The same load at the pace at which it happens, with racks that overheat:
   from the Kafka timestamp of the reading that proves a hard limit crossed to
   the page in the daemon's log, and from the end of a tick to its rows in the
   database.
"""

from __future__ import annotations

import argparse
import json
import math
import threading
import time

import numpy as np

from benchmarks.feed import Feed
from benchmarks.telemetry import HALLS
from benchmarks.watched import (
    Services,
    cpu_seconds,
    events,
    logged_at,
    newest_tick,
    page_delay,
    peak_rss_mb,
    services,
    wait_for,
    wait_until_judged,
    warm_up,
)

# A rack's model learns one tick in six, and speaks after forty samples.
LEARNING_S = 2600
FIRST_RAMP_S = 5
LOOK_EVERY_S = 0.2
# A ramp takes so long from its start to its last page.
RAMP_S = 15


def measure(readings: int, live_s: int) -> dict[str, float | int]:
    backlog_s = math.ceil(readings / 2000)
    with services() as s:
        feed = Feed(s.broker, s.topic, int(time.time()) - LEARNING_S - backlog_s - 60)
        try:
            feed.publish(LEARNING_S, packed=True)
            s.daemon.start()
            s.daemon.wait_until_caught_up()
            s.daemon.stop()
            figures = _backlog(s, feed, backlog_s)
            if live_s:
                figures |= _live(s, feed, live_s)
        finally:
            feed.close()
    return figures


def _backlog(s: Services, feed: Feed, seconds: int) -> dict[str, float | int]:
    readings = feed.publish(seconds, packed=False)
    taken_on = len(events(s.daemon, "partition taken on"))
    s.daemon.start()
    wait_for("its partition", s.daemon, lambda: len(events(s.daemon, "partition taken on")) > taken_on)
    cpu, started = cpu_seconds(s.daemon), logged_at(events(s.daemon, "partition taken on")[-1])
    wait_until_judged(s, feed.next_s)
    took, cpu = time.time() - started, cpu_seconds(s.daemon) - cpu
    return {
        "readings": readings,
        "readings_per_second": round(readings / took),
        "cpu_seconds_per_million": round(cpu / readings * 1e6, 3),
        "peak_rss_mb": round(peak_rss_mb(s.daemon)),
    }


def _live(s: Services, feed: Feed, seconds: int) -> dict[str, float | int]:
    """Pages and rows at real-time pace; one rack a hall overheats, one after the other."""
    feed.publish_until_now()
    s.daemon.wait_until_caught_up()
    told = len(events(s.daemon, "incident"))
    apart = max(1, (seconds - FIRST_RAMP_S - RAMP_S - 5) // len(HALLS))
    ramps = [(hall, FIRST_RAMP_S + apart * hall) for hall in range(len(HALLS))]
    rows = RowWatch(s)
    cpu, first = cpu_seconds(s.daemon), feed.next_s
    proofs = feed.live(seconds, ramps)
    cpu = cpu_seconds(s.daemon) - cpu
    time.sleep(2.0)
    rows.close()
    pages = [page_delay(proof, events(s.daemon, "incident")[told:]) for proof in proofs]
    if not pages or any(map(math.isnan, pages)):
        raise RuntimeError(f"not every limit was paged: {pages}\n{s.daemon.log()[-5000:]}")
    return {
        "pages": len(pages),
        "page_p99_s": round(float(np.percentile(pages, 99)), 3),
        "ticks": len(rows.delays(first)),
        "row_p99_s": round(float(np.percentile(rows.delays(first), 99)), 3),
        "live_cpu_percent": round(100 * cpu / seconds, 1),
    }


class RowWatch:
    """Notes when the rows of each new tick can first be read, in a thread."""

    def __init__(self, s: Services) -> None:
        self._services = s
        self._seen: dict[float, float] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def delays(self, since_s: float) -> list[float]:
        """Seconds from the end of each tick after ``since_s`` to its rows."""
        return [seen - end for end, seen in self._seen.items() if end > since_s]

    def close(self) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(LOOK_EVERY_S):
            end = newest_tick(self._services.database)
            self._seen.setdefault(end, time.time())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--readings", type=int, default=1_000_000, help="length of the backlog")
    parser.add_argument("--live", type=int, default=90, help="seconds at real-time pace; 0 leaves it out")
    arguments = parser.parse_args()
    warm_up()
    figures = measure(arguments.readings, arguments.live)
    if arguments.json:
        print(json.dumps(figures))
    else:
        for name, figure in figures.items():
            print(f"{name:>24}  {figure}")


if __name__ == "__main__":
    main()
