"""What a point takes in memory: ``python -m benchmarks.memory [--points N] [--rounds N] [--json]``.

Zones of 2,000 points (see `benchmarks.telemetry`) through decoder and engines, five minutes between two
readings of a point, for as long as it takes until every reference and every book of what was seen is full.
Snapshots are taken as the daemon takes them, and the engines keep their bytes to be rebuilt from. Told is
what the process has grown by, bytes a point, and of that what the engines' arrays and those bytes take.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.telemetry import HALLS, SITE, ZONE, Messages, Telemetry
from config.kinds import load_kinds
from config.settings import Settings
from config.site import Site
from detector.service.engines.pipeline import Pipeline
from detector.snapshot import decode
from streams.records import Records

POINTS = 100_000
ROUNDS = 150
"""References hold 64 readings, books what 64 spans of ten minutes have shown, and models twenty samples."""
SAVED_EVERY = 6
PACE_MS = 300_000
START_MS = 1_700_000_000_000


def measure(points: int, rounds: int) -> dict[str, Any]:
    """Bytes a point."""
    telemetry = Telemetry()
    zones = max(1, points // len(telemetry))
    points = zones * len(telemetry)
    engines = Pipeline(_site(zones), load_kinds(), _with_room(2 * points))
    messages = Messages(telemetry)
    _push(Pipeline(Site.empty(), load_kinds(), Settings()), messages.packed(START_MS, telemetry.values(0)))
    before = _rss()
    for number in range(rounds):
        packed = messages.packed(START_MS + number * PACE_MS, telemetry.values(number))
        for zone in range(zones):
            _push(engines, _of_zone(packed, zone))
        if number % SAVED_EVERY == 0:
            engines.save()
        print(f"round {number + 1} of {rounds}, {_rss() / 1e6:.0f} MB", end="\r", file=sys.stderr, flush=True)
    saved = engines.save()
    grown = _rss() - before
    kept = sum(len(data) for data in saved.zones.values())
    arrays = sum(_arrays(decode(data)) for data in saved.zones.values())
    return {
        "points": points,
        "resident": round(grown / points),
        "arrays": round(arrays / points),
        "bytes": round(kept / points),
    }


def _with_room(points: int) -> Settings:
    defaults = Settings.load(None)
    return defaults.model_copy(update={"engine": defaults.engine.model_copy(update={"max_points": points})})


def _site(zones: int) -> Site:
    halls = [[_named(hall, zone) for hall in HALLS] for zone in range(zones)]
    named = "".join(
        f'[[zone]]\nname = "{_named(ZONE, zone)}"\nhalls = {json.dumps(halls[zone])}\n'
        for zone in range(zones)
    )
    head, _, rest = SITE.partition("[[zone]]")
    return Site.loads(head + named + rest[rest.index("[[limit]]") :])


def _named(name: str, zone: int) -> str:
    return f"z{zone}-{name}"


def _of_zone(packed: bytes, zone: int) -> bytes:
    return packed.replace(b'"hall-', b'"%s' % _named("hall-", zone).encode()).replace(
        b'"%s' % ZONE.encode(), b'"%s' % _named(ZONE, zone).encode()
    )


def _push(engines: Pipeline, packed: bytes) -> None:
    one, unknown = np.array([len(packed)], np.int64), np.full(1, -1, np.int64)
    start = np.zeros(1, np.int64)
    judged = engines.push(Records("t", 0, np.frombuffer(packed, np.uint8), start, one, unknown, unknown, 1))
    assert not judged.rejects and judged.error is None


def _arrays(state: Any) -> int:
    if isinstance(state, dict):
        return sum(_arrays(part) for part in state.values())
    return state.nbytes if isinstance(state, np.ndarray) else 0


def _rss() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) * 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--points", type=int, default=POINTS, help="in whole zones of 2,000 (default %(default)s)"
    )
    parser.add_argument(
        "--rounds", type=int, default=ROUNDS, help="readings of each point (default %(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    figures = measure(arguments.points, arguments.rounds)
    print(json.dumps(figures) if arguments.json else "\n".join(f"{k:>12} {v:,}" for k, v in figures.items()))


if __name__ == "__main__":
    main()
