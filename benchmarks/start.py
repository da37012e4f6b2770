"""How soon it is there: ``python -m benchmarks.start [--json]``.

``version_s`` is the best of a few calls of `coolwatch --version`. With a warm
cache and a backlog waiting, ``..._verdict_s`` is the time from the moment the
daemon holds its partition until the first rows of a tick can be read from the
database, and ``..._start_s`` that from the start of its process; ``first`` for
the very first start, ``next`` for one that goes on from a snapshot.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import time
from pathlib import Path

from benchmarks.feed import Feed
from benchmarks.watched import Services, events, logged_at, newest_tick, services, wait_for, warm_up
from tests.services import REPOSITORY

CALLS = 5
BACKLOG_S = 300


def version_s() -> float:
    """Wall-clock seconds of ``coolwatch --version``."""
    command = [str(_installed()), "--version"]
    took = []
    for _ in range(CALLS):
        start = time.perf_counter()
        subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)
        took.append(time.perf_counter() - start)
    return min(took)


def measure() -> dict[str, float]:
    figures = {"version_s": round(version_s(), 3)}
    with services() as s:
        feed = Feed(s.broker, s.topic, int(time.time()) - 2 * BACKLOG_S - 60)
        try:
            for start in ("first", "next"):
                feed.publish(BACKLOG_S, packed=False)
                figures |= {f"{start}_{name}": round(took, 3) for name, took in _start(s).items()}
        finally:
            feed.close()
    return figures


def _start(s: Services) -> dict[str, float]:
    before = newest_tick(s.database)
    taken_on = len(events(s.daemon, "partition taken on"))
    started = time.time()
    s.daemon.start()
    wait_for("its first verdict", s.daemon, lambda: newest_tick(s.database) > before)
    judged = time.time()
    assigned = logged_at(events(s.daemon, "partition taken on")[taken_on])
    s.daemon.wait_until_caught_up()
    s.daemon.stop()
    return {"start_s": judged - started, "verdict_s": judged - assigned}


def _installed() -> Path:
    return REPOSITORY / ".venv" / "bin" / "coolwatch"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    warm_up()
    figures = measure()
    if arguments.json:
        print(json.dumps(figures))
    else:
        for name, figure in figures.items():
            print(f"{name:>18}  {figure}")


if __name__ == "__main__":
    main()
