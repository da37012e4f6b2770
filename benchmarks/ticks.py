"""What a tick of the engine costs: ``python -m benchmarks.ticks [--json]``.

2,000 points (see `benchmarks.telemetry`) handed to one engine as decoded readings, at 1 Hz and polled once a
tick. It learns until every model speaks; then its CPU time is counted, taking in of readings and all:
milliseconds a tick, the least of several rounds.
"""

from __future__ import annotations

import argparse
import json
import time

import numpy as np

from benchmarks.telemetry import SECOND_MS, SITE, ZONE, Telemetry
from config.kinds import load_kinds
from config.settings import EngineSettings
from config.site import Site
from detector.engine import Engine
from streams.messages import Readings

START_S = 1_700_000_000
TICK_S = 10
LEARNING_S = 2600
"""As in `benchmarks.throughput`."""
ROUNDS = 6
TICKS_A_ROUND = 20
MS = 1_000_000


def milliseconds_a_tick(pace_s: int) -> float:
    """CPU time where each point is read every ``pace_s``."""
    telemetry = Telemetry()
    engine = Engine(ZONE, Site.loads(SITE), load_kinds(), EngineSettings())
    slots = np.array([engine.slot(id) for id in telemetry.ids], np.int32)

    def readings(second: int) -> Readings:
        at = (START_S + second) * SECOND_MS + telemetry.phase_ms
        return Readings(slots, at * MS, telemetry.values(second))

    for second in range(0, LEARNING_S, pace_s):
        engine.push(readings(second))
    first, took = LEARNING_S, []
    for _ in range(ROUNDS):
        batches = [readings(first + s) for s in range(0, TICKS_A_ROUND * TICK_S, pace_s)]
        first += TICKS_A_ROUND * TICK_S
        start, ticks = time.process_time(), 0
        for batch in batches:
            ticks += len(engine.push(batch).ticks)
        took.append((time.process_time() - start) / ticks * 1e3)
    return min(took)


def measure() -> dict[str, float]:
    return {
        "every_second_ms": round(milliseconds_a_tick(1), 3),
        "every_tick_ms": round(milliseconds_a_tick(TICK_S), 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    figures = measure()
    if arguments.json:
        print(json.dumps(figures))
    else:
        for name, figure in figures.items():
            print(f"{name:>16}  {figure}")


if __name__ == "__main__":
    main()
