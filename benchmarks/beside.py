"""Cost beside another state of the code: ``python -m benchmarks.beside REF [--of decode|ticks] [--json]``.

The machine is shared and noisy, so one figure says little. Both states are measured in turn, in pairs; in
every other pair the other one goes first. What counts is the median of the ratios, this working tree over
``REF``, a commit of this repository: of the CPU seconds a million readings (`benchmarks.throughput`), or
with ``--of decode`` of the microseconds a message of canonical JSON (`benchmarks.decode`), and with ``--of
ticks`` of the milliseconds a tick of the engine (`benchmarks.ticks`).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.services import REPOSITORY, cache_folder

FIGURES = {
    "throughput": ("cpu_seconds_per_million",),
    "decode": ("plain_us", "long_us", "mixed_us"),
    "ticks": ("every_second_ms", "every_tick_ms"),
}


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


def measured(tree: Path, benchmark: str, options: Sequence[str] = ()) -> dict[str, float]:
    """What a benchmark of the code in ``tree`` prints, with today's libraries.

    Where it has no such benchmark, that of this working tree says what the code there costs.
    """
    program = Path("benchmarks", f"{benchmark}.py")
    home = tree if (tree / program).exists() else REPOSITORY
    done = subprocess.run(
        [sys.executable, "-P", str(home / program), "--json", *options],
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
    found = json.loads(done.stdout)
    return {name: float(found[name]) for name in FIGURES[benchmark]}


def beside(ref: str, pairs: int, benchmark: str, options: Sequence[str] = ()) -> dict[str, object]:
    """For each figure of the benchmark both medians, the median ratio, and all pairs (here, there)."""
    found: list[tuple[dict[str, float], dict[str, float]]] = []
    with checked_out(ref) as other:
        for pair in range(pairs):
            trees = [REPOSITORY, other] if pair % 2 else [other, REPOSITORY]
            of_tree = {tree: measured(tree, benchmark, options) for tree in trees}
            found.append((of_tree[REPOSITORY], of_tree[other]))
            print(json.dumps({"pair": pair + 1, "here": found[-1][0], ref: found[-1][1]}), file=sys.stderr)
    return {"ref": ref} | {
        name: figures_of_pairs([(here[name], there[name]) for here, there in found])
        for name in FIGURES[benchmark]
    }


def figures_of_pairs(pairs: Sequence[tuple[float, float]]) -> dict[str, object]:
    return {
        "here": statistics.median(here for here, _ in pairs),
        "there": statistics.median(there for _, there in pairs),
        "ratio": round(statistics.median(here / there for here, there in pairs), 3),
        "pairs": pairs,
    }


def _git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=REPOSITORY, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ref", help="a commit, tag or branch to compare with")
    parser.add_argument("--of", choices=FIGURES, default="throughput", help="the benchmark")
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument(
        "--readings", type=int, default=1_000_000, help="length of each backlog of throughput"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    backlog = ("--live", "0", "--readings", str(arguments.readings))
    options = backlog if arguments.of == "throughput" else ()
    try:
        figures = beside(arguments.ref, arguments.pairs, arguments.of, options)
    except subprocess.CalledProcessError as failed:
        sys.exit(f"{' '.join(map(str, failed.cmd))} failed with exit code {failed.returncode}")
    if arguments.json:
        print(json.dumps(figures))
    else:
        for name, figure in figures.items():
            print(f"{name:>23}  {figure}")


if __name__ == "__main__":
    main()
