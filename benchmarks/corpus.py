"""Verdicts on a fixed corpus, kept and compared: ``python -m benchmarks.corpus --save DIR --against DIR``.

For a change of code that must leave every verdict as it is: ``--save before``
on the state before, ``--against before`` after each step. The differences are
printed incident by incident, and the exit code is 1 where there are any. With
``--but-for-words`` wording (``summary``, ``evidence``) and ``spoke`` may differ.

Each run (see `benchmarks.corpus_runs`) is a file of lines that is written when
the run is through; with ``--resume`` those that ``--save DIR`` has already are
taken as they are, so a broken-off command goes on, and two folders can be
compared without playing anything.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.corpus_runs import RUNS
from benchmarks.told import told
from benchmarks.told_apart import differences, read


def play(name: str, folder: Path) -> tuple[str, float]:
    """Play a run into its file; how many CPU seconds it took."""
    begun = time.process_time()
    lines = "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in told(RUNS[name].verdicts()))
    draft = folder / f"{name}.part"
    draft.write_text(lines, encoding="utf-8")
    draft.replace(file_of(name, folder))
    return name, time.process_time() - begun


def file_of(name: str, folder: Path) -> Path:
    return folder / f"{name}.jsonl"


def play_all(names: Iterable[str], folder: Path, jobs: int, resume: bool) -> Iterator[str]:
    """The names of the runs as they are through."""
    names = list(names)
    there = [name for name in names if resume and file_of(name, folder).exists()]
    yield from there
    with ProcessPoolExecutor(jobs) as pool:
        playing = [pool.submit(play, name, folder) for name in names if name not in there]
        for done, each in enumerate(as_completed(playing), len(there) + 1):
            name, took = each.result()
            print(f"{done} of {len(names)}: {name}, {took:.0f} s", file=sys.stderr, flush=True)
            yield name


def compared(name: str, before: Path, after: Path, but_for_words: bool) -> list[str]:
    """The differences of one run, in words."""
    if not file_of(name, before).exists():
        return [f"{before} has no such run"]
    old, new = (file_of(name, folder).read_text(encoding="utf-8") for folder in (before, after))
    return [] if old == new else differences(read(old), read(new), but_for_words)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--save", type=Path, help="keep what was told in this folder, a file a run")
    parser.add_argument("--against", type=Path, help="compare with what an earlier state told")
    parser.add_argument("--but-for-words", action="store_true", help="wording and speakers may differ")
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(RUNS), help="names of runs")
    parser.add_argument("--resume", action="store_true", help="take the runs that --save has already")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    arguments = parser.parse_args()
    if unknown := set(arguments.only) - set(RUNS):
        parser.error(f"no run {', '.join(sorted(unknown))}; there are {', '.join(RUNS)}")
    absent = {name: path for name in arguments.only for path in RUNS[name].needs() if not path.exists()}
    if absent:
        path = next(iter(absent.values()))
        parser.error(f"{path} is not there, which {', '.join(absent)} play; --only names the others")
    if not arguments.save and not arguments.against:
        parser.error("nothing to do without --save or --against")
    different = 0
    with TemporaryDirectory() as name:
        folder = arguments.save or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        for run in play_all(arguments.only, folder, arguments.jobs, arguments.resume):
            if arguments.against:
                found = compared(run, arguments.against, folder, arguments.but_for_words)
                different += bool(found)
                print(*(f"{run}: {difference}" for difference in found), sep="\n", end="\n" if found else "")
    if arguments.against:
        print(f"{len(arguments.only) - different} of {len(arguments.only)} runs say the same.")
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
