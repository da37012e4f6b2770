"""How fast messages become readings: ``python -m benchmarks.decode [--json]``.

2,000 points in the plainest JSON, one message a record, in batches as large
as Kafka hands them over. ``plain`` has short values; ``long`` has values of
sixteen or more digits, as a publisher writes that does not round; ``mixed``
has one message in twenty that the compiled parser leaves to the full one.
Below stands a row for each format that shapes and templates map to points
(`benchmarks.mapped`): microseconds a reading, which are to be 3 at most.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable

from benchmarks.mapped import mapped_messages
from config.kinds import load_kinds
from config.sections.messages import MessagesSettings
from config.site import Site
from streams.formats.decoder import Decoder
from streams.records import Records

POINTS = 2000
BATCH = 10_000
ROUNDS = 30
ROUNDS_OF_MAPPED = 5


def batch_of(value_of: Callable[[int], str], more: Callable[[int], str]) -> Records:
    values = [
        f'{{"point":"hall-1/rack-{i % POINTS // 4:03d}/inlet_air_temperature/{i % 4}",'
        f'"time":{1_700_000_000_000 + i},"value":{value_of(i)}{more(i)}}}'.encode()
        for i in range(BATCH)
    ]
    return Records.of(values, "telemetry")


def microseconds_a_reading(records: Records, rounds: int = ROUNDS) -> float:
    """CPU time, the least of the rounds, names known and kernels warm."""
    decoder = Decoder(Site.empty(), load_kinds(), MessagesSettings())
    took = []
    for _ in range(rounds + 1):
        start = time.process_time()
        decoded = decoder.decode(records)
        took.append(time.process_time() - start)
        assert not decoded.rejects and not decoded.counts.ignored
    return min(took[1:]) / len(decoded.readings) * 1e6


def measure() -> dict[str, float]:
    plain = batch_of(lambda i: f"{18 + i % 97 / 10:.1f}", lambda i: "")
    long = batch_of(lambda i: repr(18 + i % 97 / 7), lambda i: "")
    mixed = batch_of(lambda i: f"{18 + i % 97 / 10:.1f}", lambda i: "" if i % 20 else ',"source":"bms"')
    return {
        "message_bytes": float(plain.length.mean()),
        "plain_us": round(microseconds_a_reading(plain), 3),
        "long_us": round(microseconds_a_reading(long), 3),
        "mixed_us": round(microseconds_a_reading(mixed), 3),
        **{
            f"{name}_us": round(microseconds_a_reading(Records.of(values, "telemetry"), ROUNDS_OF_MAPPED), 3)
            for name, values in mapped_messages().items()
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    figures = measure()
    if arguments.json:
        print(json.dumps(figures))
    else:
        for name, figure in figures.items():
            print(f"{name:>14}  {figure}")


if __name__ == "__main__":
    main()
