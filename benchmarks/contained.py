"""What a broken part costs the pages: ``python -m benchmarks.contained [--only PARTS] [--json]``.

A rule, then a model of River's, then a kernel is made to raise whenever it is called, each in a daemon of
its own between a real broker and a real InfluxDB, once it has learned from 2,000 points at 1 Hz (see
`benchmarks.telemetry`). From then on a rack of each hall overheats, one hall after the other, from before
the first tick that fails to after judging rests. Said is how long it took from the Kafka timestamp of the
reading that proves a hard limit crossed to its page in the daemon's log, and what the incident says that
names the part. Ends with exit code 1 where a page took over 1.5 s or was missing, or where nothing named
the part.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any

import numpy as np

from benchmarks.failing_part import NAMED_AS
from benchmarks.feed import Feed
from benchmarks.telemetry import HALLS
from benchmarks.watched import events, page_delay, services, wait_until_judged, warm_up

LEARNING_S = 900
"""Units' models learn one tick in three, and by regression from the twentieth sample on."""
LIVE_S = 75
FIRST_RAMP_S, RAMPS_APART_S = 3, 7
LAST_PAGE_S = 2.0
PAGED_WITHIN_S = 1.5
NAMED_WITHIN_S = 15.0


def broken(part: str) -> dict[str, Any]:
    """Pages while the part raises, and the incident that names it."""
    with services() as s:
        switch = s.daemon.folder / "broken"
        s.daemon.program = ("benchmarks.failing_part", str(switch))
        feed = Feed(s.broker, s.topic, int(time.time()) - LEARNING_S - 30)
        try:
            feed.publish(LEARNING_S, packed=True)
            s.daemon.start()
            wait_until_judged(s, feed.next_s)
            feed.publish_until_now()
            wait_until_judged(s, feed.next_s)
            told = len(events(s.daemon, "incident"))
            switch.write_text(part)
            proofs = feed.live(LIVE_S, [(h, FIRST_RAMP_S + RAMPS_APART_S * h) for h in range(len(HALLS))])
            time.sleep(LAST_PAGE_S)
            said = events(s.daemon, "incident")[told:]
        finally:
            feed.close()
    delays = [page_delay(proof, said) for proof in proofs]
    paged = [delay for delay in delays if delay == delay]
    named = [each["summary"] for each in said if NAMED_AS[part] in each["summary"]]
    return {
        "limits_crossed": len(delays),
        "limits_paged": len(paged),
        "page_p50_s": round(float(np.median(paged)), 3) if paged else None,
        "page_p99_s": round(float(np.percentile(paged, 99)), 3) if paged else None,
        "page_max_s": round(max(paged), 3) if paged else None,
        "named": named[0] if named else None,
    }


def holds(figures: dict[str, Any]) -> bool:
    """Whether every limit was paged in time and the part was named."""
    paged = figures["limits_paged"] == figures["limits_crossed"] > 0
    return paged and figures["page_max_s"] <= PAGED_WITHIN_S and figures["named"] is not None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--only", default=",".join(NAMED_AS), help="parts, with commas; all where left out")
    arguments = parser.parse_args()
    parts = arguments.only.split(",")
    if unknown := set(parts) - set(NAMED_AS):
        parser.error(f"no part {', '.join(sorted(unknown))}; the parts are {', '.join(NAMED_AS)}")
    warm_up()
    figures = {}
    for part in parts:
        figures[part] = broken(part)
        print(json.dumps({part: figures[part]}), file=sys.stderr, flush=True)
    if arguments.json:
        print(json.dumps(figures))
    else:
        for part, found in figures.items():
            print(part)
            for name, figure in found.items():
                print(f"{name:>16}  {figure}")
    sys.exit(0 if all(map(holds, figures.values())) else 1)


if __name__ == "__main__":
    main()
