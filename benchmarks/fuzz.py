"""Hostile records through decoder and engines: ``python -m benchmarks.fuzz [--records N] [--seed N]``.

Every record must be accounted for, nothing may raise, memory must stay bounded. Ends with exit code 1 where
that is not so. The same seed gives the same records (see `benchmarks.hostile`).
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections import Counter
from typing import Any

from benchmarks.hostile import Hostile
from config.kinds import load_kinds
from config.settings import Settings
from config.site import Site
from detector.service.engines.pipeline import Judged, Pipeline
from streams.messages import Counts
from streams.records import Records

BATCH = 20_000
RSS_LIMIT_MB = 1024
TELL_EVERY_S = 10.0


class Unaccounted(Exception):
    """A record that is neither read nor kept with its reason."""


def fuzz(records: int, seed: int) -> dict[str, Any]:
    """Push so many hostile records. Raises `Unaccounted`, and whatever judging raises."""
    hostile = Hostile(seed)
    engines = Pipeline(Site.empty(), load_kinds(), Settings())
    reasons: Counter[str] = Counter()
    begun = told = time.monotonic()
    slowest = 0.0
    done = 0
    while done < records:
        batch = hostile.batch(min(BATCH, records - done))
        books, start = engines.counts(), time.monotonic()
        judged = engines.push(batch)
        slowest = max(slowest, time.monotonic() - start)
        done += len(batch)
        reasons.update(_reasons(judged))
        _audit(batch, judged, books, engines.counts())
        if time.monotonic() - told > TELL_EVERY_S:
            told = time.monotonic()
            print(f"{done:,} of {records:,}, {_rss_mb():.0f} MB", file=sys.stderr, flush=True)
    counts = engines.counts()
    return {
        "records": done,
        "accounted": counts.decoded + counts.rejected_records,
        "readings": counts.readings,
        "reasons": dict(reasons.most_common()),
        "slowest_batch_s": round(slowest, 2),
        "took_s": round(time.monotonic() - begun, 1),
        "peak_rss_mb": round(_rss_mb()),
    }


def _audit(batch: Records, judged: Judged, before: Counts, after: Counts) -> None:
    """Every record is in the books, and whatever of it was rejected is among the letters with its reason."""
    if after.records - before.records != len(batch) or not after.balanced():
        raise Unaccounted(f"{len(batch)} records took the books from {before} to {after}")
    records = {reject.offset for reject in judged.rejects}
    if not records <= set(batch.offset.tolist()):
        raise Unaccounted(f"letters of offsets that no record has: {sorted(records)[:5]}")
    if len(records) < after.rejected_records - before.rejected_records:
        raise Unaccounted(f"letters of {len(records)} records, from {before} to {after}")
    letters = len(judged.rejects) + sum(len(verdict.rejected) for verdict in judged.verdicts)
    if letters < after.rejected - before.rejected:
        raise Unaccounted(f"{letters} letters, from {before} to {after}")


def _reasons(judged: Judged) -> Counter[str]:
    found = Counter(str(reject.reason) for reject in judged.rejects)
    for verdict in judged.verdicts:
        found.update(str(refused.reason) for refused in verdict.rejected)
    return found


def _rss_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--records", type=int, default=10_000_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    figures = fuzz(arguments.records, arguments.seed)
    if arguments.json:
        print(json.dumps(figures))
    else:
        for name, figure in figures.items():
            print(f"{name:>16}  {figure}")
    if figures["accounted"] != figures["records"] or figures["peak_rss_mb"] > RSS_LIMIT_MB:
        sys.exit(1)


if __name__ == "__main__":
    main()
