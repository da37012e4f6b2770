"""``python -m benchmarks.chaos``: rounds until the minutes are over, each kept in a file as it comes."""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

from benchmarks.chaos.page import write_page
from benchmarks.chaos.pages import latencies
from benchmarks.chaos.plan import MODES
from benchmarks.chaos.round import Round, play
from benchmarks.chaos.world import world
from benchmarks.watched import warm_up
from tests.services import REPOSITORY

KEPT = REPOSITORY / ".cache" / "chaos"
MUST_BE_NONE = (
    "readings_lost",
    "records_lost",
    "rows_missing",
    "rows_too_many",
    "rows_differ",
    "letters_lost",
    "incidents_missing",
    "incidents_doubled",
    "incidents_differ",
    "books_differ",
    "messages_missing",
    "messages_repeated_too_often",
    "limits_never_paged",
    "secrets_told",
    "exits",
    "not_drained",
    "not_judged",
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0, help="no round begins after so long")
    parser.add_argument("--seed", type=int, default=1, help="of the first round; the next ones count on")
    parser.add_argument("--seconds", type=float, default=100.0, help="of a round, without start and end")
    parser.add_argument("--only", default=",".join(MODES), help="kinds of failure, with commas between")
    parser.add_argument(
        "--within", type=float, default=0.0, help="seconds for the rounds; then they are broken off"
    )
    parser.add_argument("--kept", type=Path, default=KEPT, help="folder of the rounds and of what failed")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--page", action="store_true", help="write the figures into docs/reliability.md")
    arguments = parser.parse_args()
    kinds = tuple(kind for kind in arguments.only.split(",") if kind)
    if unknown := set(kinds) - MODES.keys():
        parser.error(f"no such kind of failure: {', '.join(sorted(unknown))}")
    for number in (signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, _break_off)
    rounds = _rounds(arguments, kinds)
    figures = summary(rounds)
    if arguments.page and rounds:
        write_page(figures)
    print(json.dumps(figures) if arguments.json else json.dumps(figures, indent=2))
    return int(not rounds or any(figures["figures"].get(name) for name in MUST_BE_NONE))


def _rounds(arguments: argparse.Namespace, kinds: tuple[str, ...]) -> list[Round]:
    kept: Path = arguments.kept
    kept.mkdir(parents=True, exist_ok=True)
    rounds: list[Round] = []
    try:
        warm_up()
        with world() as services, (kept / "rounds.jsonl").open("a") as book:
            signal.setitimer(signal.ITIMER_REAL, arguments.within)
            seed, end = arguments.seed, time.monotonic() + 60.0 * arguments.minutes
            while not rounds or time.monotonic() < end:
                folder = kept / f"round-{seed}"
                shutil.rmtree(folder, ignore_errors=True)
                rounds.append(play(services, seed, arguments.seconds, kinds, folder, _tell))
                print(json.dumps(rounds[-1].as_object(), default=str), file=book, flush=True)
                if not rounds[-1].samples:
                    shutil.rmtree(folder, ignore_errors=True)
                seed += 1
    except KeyboardInterrupt:
        _tell("broken off; the rounds that are done count")
    return rounds


def summary(rounds: list[Round]) -> dict[str, Any]:
    """All rounds together."""
    total: Counter[str] = Counter()
    for each in rounds:
        total.update(each.figures)
    return {
        "rounds": len(rounds),
        "seeds": [each.seed for each in rounds],
        "failures": Counter(f"{f.kind} {f.mode}".strip() for each in rounds for f in each.plan.faults),
        "skipped": Counter(kind for each in rounds for kind in each.skipped),
        "figures": dict(total),
        "limit_to_page": latencies([page for each in rounds for page in each.pages]),
    }


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _break_off(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
