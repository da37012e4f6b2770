"""Throughput beside another state of the code: ``python -m benchmarks.beside REF [--pairs N] [--json]``.

The machine is shared and noisy, so one figure says little. Both states are measured in turn, in pairs; in
every other pair the other one goes first. What counts is the median ratio of CPU seconds a million readings
(`benchmarks.throughput`), this working tree over ``REF``, a commit of this repository.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.services import REPOSITORY, cache_folder

FIGURE = "cpu_seconds_per_million"


@contextmanager
def checked_out(ref: str) -> Iterator[Path]:
    """A working tree of ``ref``, by itself; gone afterwards. CalledProcessError where there is none."""
    with TemporaryDirectory(prefix="coolwatch-beside-") as name:
        tree = Path(name) / "tree"
        _git("worktree", "add", "--quiet", "--detach", str(tree), ref)
        try:
            yield tree
        finally:
            _git("worktree", "remove", "--force", str(tree))


def measured(tree: Path, readings: int) -> float:
    """CPU seconds a million readings of the code in ``tree``, with today's libraries."""
    command = [sys.executable, "-m", "benchmarks.throughput", "--json", "--live", "0"]
    done = subprocess.run(
        [*command, "--readings", str(readings)],
        cwd=tree,
        env=os.environ
        | {
            "PYTHONPATH": str(tree),
            "COOLWATCH_CACHE": str(cache_folder()),
            # Said relative to the repository, which the other tree is elsewhere than.
            "COOLWATCH_SHARED": str(REPOSITORY / os.environ.get("COOLWATCH_SHARED", "../shared")),
        },
        stdout=subprocess.PIPE,
        check=True,
    )
    return float(json.loads(done.stdout)[FIGURE])


def beside(ref: str, pairs: int, readings: int) -> dict[str, object]:
    found = []
    with checked_out(ref) as other:
        for pair in range(pairs):
            trees = [REPOSITORY, other] if pair % 2 else [other, REPOSITORY]
            cpu = {tree: measured(tree, readings) for tree in trees}
            found.append((cpu[REPOSITORY], cpu[other]))
            print(json.dumps({"pair": pair + 1, "here": found[-1][0], ref: found[-1][1]}), file=sys.stderr)
    return {
        "ref": ref,
        "here": statistics.median(here for here, _ in found),
        "there": statistics.median(there for _, there in found),
        "ratio": round(statistics.median(here / there for here, there in found), 3),
        "pairs": found,
    }


def _git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=REPOSITORY, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ref", help="a commit, tag or branch to compare with")
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--readings", type=int, default=1_000_000, help="length of each backlog")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    try:
        figures = beside(arguments.ref, arguments.pairs, arguments.readings)
    except subprocess.CalledProcessError as failed:
        sys.exit(f"{' '.join(map(str, failed.cmd))} failed with exit code {failed.returncode}")
    if arguments.json:
        print(json.dumps(figures))
    else:
        for name, figure in figures.items():
            print(f"{name:>8}  {figure}")


if __name__ == "__main__":
    main()
