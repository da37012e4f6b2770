"""A day of a hall at speed: ``python -m benchmarks.soak [--hours H] [--pace S] [--json]``.

2,000 points (see `benchmarks.telemetry`), each read every ``pace`` seconds, from a real broker through
the real daemon into a real InfluxDB, an hour of telemetry at a time. After each the daemon is left to
catch up and to checkpoint, and what it holds is looked at: memory, open files, threads, the size of its
snapshot. Past the warm-up none of them may move by more than 2 %, and of memory not the floor: the least
of each half of the time. Ends with exit code 1 where one does.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks.feed import Feed
from benchmarks.watched import Services, services, warm_up
from tests.detector.service.daemons import RunningDaemon

HOUR_S = 3600
WARM_UP_HOURS = 6
"""Rolling windows are full, models speak, and the allocator has what it will ever need."""
MOVES_AT_MOST = 0.02
STORE_CONNECTIONS = 2
"""One for the thread that writes and one for that which asks; the second is opened when the two first meet,
be it after half a day, and then kept."""
STORE_FILE = "coolwatch.db"
HEALTH_AGE_S = 2.0
"""What /health says is up to so old."""
REST_S = 6.0
"""Sinks are empty by then, and what was only borrowed has been given back."""


def soak(hours: int, pace_s: int) -> list[dict[str, float]]:
    """What the daemon holds after each hour of telemetry."""
    with services() as s:
        feed = Feed(s.broker, s.topic, int(time.time()) - (hours + 1) * HOUR_S)
        held = []
        try:
            s.daemon.start()
            for hour in range(1, hours + 1):
                feed.publish(HOUR_S // pace_s, packed=True, pace_s=pace_s)
                held.append({"hour": hour, **_held(s)})
                print(json.dumps(held[-1]), file=sys.stderr, flush=True)
        finally:
            feed.close()
        s.daemon.stop()
    return held


def _held(s: Services) -> dict[str, float]:
    s.daemon.wait_until_caught_up()
    since = time.monotonic()
    s.daemon.wait_for(
        "a checkpoint", lambda: _checkpoint_age_s(s.daemon) + HEALTH_AGE_S < time.monotonic() - since
    )
    time.sleep(REST_S)
    assert s.daemon.process is not None
    process = Path(f"/proc/{s.daemon.process.pid}")
    status = (process / "status").read_text()
    newest = _newest(s.daemon)
    files = _open_files(process)
    return {
        "rss_mb": round(float(status.split("VmRSS:")[1].split()[0]) / 1024, 1),
        "descriptors": sum(not name.startswith(STORE_FILE) for name in files),
        "store_connections": files.count(STORE_FILE),
        "threads": float(status.split("Threads:")[1].split()[0]),
        "snapshot_kb": round(newest.stat().st_size / 1024, 1) if newest else 0.0,
    }


def _open_files(process: Path) -> list[str]:
    """The names, without folders, of what the process has open."""
    names = []
    for descriptor in (process / "fd").iterdir():
        with suppress(FileNotFoundError):  # an answer of its web server that ends meanwhile
            names.append(descriptor.readlink().name)
    return names


def _checkpoint_age_s(daemon: RunningDaemon) -> float:
    """Of one that had nothing new to save, too: that leaves the file as it is."""
    return float(str(daemon.health().get("checkpoint_age_s", "inf")))


def _newest(daemon: RunningDaemon) -> Path | None:
    return max(daemon.snapshots(), default=None)


def movement(held: list[dict[str, float]], warm_up_hours: int = WARM_UP_HOURS) -> dict[str, Any]:
    """For each thing held: its size at the end of the warm-up, and by how much of that it moved since.

    Of memory: by how much its floor has risen, from the first half of the time to the second. The
    allocator gives back the end of its heap only when nothing is left there, so that what is resident
    falls and rises by 30 MB while nothing more is held; what is held is no more than the least.
    """
    after = [each for each in held if each["hour"] >= warm_up_hours] or held[-1:]
    figures = {}
    for name in ("descriptors", "threads", "snapshot_kb"):
        first = after[0][name]
        moved = max(abs(each[name] - first) for each in after) / max(first, 1.0)
        figures[name] = {"warm": first, "last": after[-1][name], "moved": round(moved, 4)}
    half = (len(after) + 1) // 2
    warm = min(each["rss_mb"] for each in after[:half])
    last = min(each["rss_mb"] for each in after[half:] or after)
    figures["rss_mb"] = {"warm": warm, "last": last, "moved": round(last / warm - 1.0, 4)}
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--hours", type=int, default=24)
    parser.add_argument("--pace", type=int, default=10, help="seconds between two readings of a point")
    arguments = parser.parse_args()
    warm_up()
    held = soak(arguments.hours, arguments.pace)
    figures = movement(held)
    if arguments.json:
        print(json.dumps({"hours": held, **figures}))
    else:
        for name, figure in figures.items():
            print(f"{name:>12}  {figure}")
    connections = max(each["store_connections"] for each in held)
    if connections > STORE_CONNECTIONS or any(f["moved"] > MOVES_AT_MOST for f in figures.values()):
        sys.exit(1)


if __name__ == "__main__":
    main()
