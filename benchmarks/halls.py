"""Halls of the second generator, before and after: ``python -m benchmarks.halls [--against REF] [--json]``.

Its own ``judge.py`` plays each run (``COOLWATCH_SHARED/halls``, see the README
there) through the command ``coolwatch replay`` of this working tree, and of
``REF``, a commit of this repository, in a working tree of its own. Unless said
otherwise the runs are those in which nothing is wrong, seeds 0 to 9. Printed
are the runs that one state tells otherwise than the other, and for each state
what it came to: the median part of the time to the first drop that a warning
leaves, faults that were missed, false cooling incidents a hall-day.

``--keep DIR`` keeps each run as it comes, of this state in ``DIR/here`` and of
the other in ``DIR/REF``, and takes those that are there. Ends with exit code 1
where a run failed, or this state has a false incident more or misses a fault
that the other finds.
"""

from __future__ import annotations

import argparse
import json
import shlex
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.beside import checked_out
from benchmarks.corpus_runs import SHARED, second_generator
from benchmarks.seeds import numbers
from tests.services import REPOSITORY, cache_folder

HERE = "here"
KINDS_OF = "import json, scenarios; print(json.dumps({n: s.kind for n, s in scenarios.SCENARIOS.items()}))"
QUIET = "nuisance"
LEAD_LOST = 0.02
"""Parts of the window from which on a shorter lead is told: with a window of half an hour, three ticks."""

Row = dict[str, Any]


def scenarios() -> dict[str, str]:
    """The scenarios of the second generator, and of what kind each is."""
    found: dict[str, str] = json.loads(second_generator("-c", KINDS_OF))
    return found


def command_of(tree: Path, folder: Path) -> Path:
    """The command ``coolwatch`` of the code in ``tree``, as a file in ``folder``."""
    command = folder / "coolwatch"
    run = shlex.join([sys.executable, "-m", "detector.service.cli"])
    command.write_text(f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(tree))} exec {run} "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    return command


def played(command: Path, scenario: str, seed: int, folder: Path) -> Row:
    """What the generator's judge says of a run; taken from ``folder`` where it is kept there."""
    kept = folder / f"{scenario}-{seed}.json"
    if not kept.exists():
        halls = cache_folder() / "halls"
        halls.mkdir(parents=True, exist_ok=True)
        judge = ("judge.py", "--coolwatch", str(command), "--cache", str(halls.resolve()), "--json")
        draft = kept.with_suffix(".part")
        draft.write_text(second_generator(*judge, "--only", scenario, "--seeds", str(seed)), encoding="utf-8")
        draft.replace(kept)
    row: Row = json.loads(kept.read_text(encoding="utf-8"))["rows"][0]
    return row


def play_all(
    commands: dict[str, Path], names: Sequence[str], seeds: Sequence[int], folder: Path
) -> Iterator[dict[str, Row]]:
    """Each run by each state, a seed after another, so that what was broken off says something of all."""
    for state in commands:
        (folder / state).mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        for name in names:
            found = {
                state: played(command, name, seed, folder / state) for state, command in commands.items()
            }
            print(f"{name} {seed}", file=sys.stderr, flush=True)
            yield found


def changes(now: Row, before: Row) -> tuple[list[str], bool]:
    """What this state tells otherwise, in words, and whether that is for the worse."""
    run = f"{now['name']} {now['seed']}"
    if "error" in now or "error" in before:
        return [f"{run}: failed {'here' if 'error' in now else 'before'}"], "error" in now
    said = []
    worse = now["false"] > before["false"] or (before.get("found", False) and not now["found"])
    if now["false"] != before["false"] or now["false_what"] != before["false_what"]:
        what = " | ".join(now["false_what"]) or "none"
        said.append(f"{run}: {before['false']} false before, {now['false']} here: {what}")
    if now.get("found") != before.get("found"):
        said.append(f"{run}: {'found' if now['found'] else 'missed'} here only")
    if abs(now.get("lead", 0.0) - before.get("lead", 0.0)) > LEAD_LOST:
        said.append(f"{run}: lead {before.get('lead', 0.0):.2f} before, {now.get('lead', 0.0):.2f} here")
    elif "delay_s" in now and "delay_s" in before and now["delay_s"] != before["delay_s"]:
        said.append(f"{run}: told after {before['delay_s']:.0f} s before, {now['delay_s']:.0f} s here")
    return said, worse


def figures_of(rows: Sequence[Row]) -> dict[str, Any]:
    """What a state came to over its runs."""
    well = [row for row in rows if "error" not in row]
    days = sum(row["hours"] for row in well) / 24.0
    lead = [row["lead"] for row in well if row["kind"] == "sudden" and "lead" in row]
    false = sum(row["false"] for row in well)
    return {
        "runs": len(rows),
        "failed": len(rows) - len(well),
        "median_lead": round(statistics.median(lead), 3) if lead else None,
        "faults": sum("found" in row for row in well),
        "missed": sum(row.get("found") is False for row in well),
        "false": false,
        "hall_days": round(days, 2),
        "false_a_hall_day": round(false / days, 3) if days else None,
    }


def compared(
    names: Sequence[str], seeds: Sequence[int], ref: str | None, keep: Path | None
) -> tuple[dict[str, dict[str, Any]], list[str], bool]:
    """The figures of each state, what they tell otherwise, and whether this state does worse."""
    said, worse = [], False
    with ExitStack() as stack:
        folder = keep or Path(stack.enter_context(TemporaryDirectory()))
        trees = {HERE: REPOSITORY} | ({ref: stack.enter_context(checked_out(ref))} if ref else {})
        commands = {
            state: command_of(tree, Path(stack.enter_context(TemporaryDirectory())))
            for state, tree in trees.items()
        }
        rows: dict[str, list[Row]] = {state: [] for state in commands}
        for found in play_all(commands, names, seeds, folder):
            for state, row in found.items():
                rows[state].append(row)
            if ref:
                words, bad = changes(found[HERE], found[ref])
                said += words
                worse |= bad
    return {state: figures_of(of_it) for state, of_it in rows.items()}, said, worse


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--scenarios", help="names, with commas between; those in which nothing is wrong")
    parser.add_argument("--seeds", type=numbers, default=numbers("0-9"), help="such as 0-9")
    parser.add_argument("--against", metavar="REF", help="a commit to compare with")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep runs here, take those it has")
    arguments = parser.parse_args()
    if not (SHARED / "halls" / "judge.py").exists():
        parser.error(f"{SHARED / 'halls'} is not there; COOLWATCH_SHARED says where to look")
    kinds = scenarios()
    names = (arguments.scenarios or ",".join(n for n in kinds if kinds[n] == QUIET)).split(",")
    if unknown := set(names) - set(kinds):
        parser.error(f"no scenario {', '.join(sorted(unknown))}; there are {', '.join(kinds)}")
    try:
        figures, said, worse = compared(names, arguments.seeds, arguments.against, arguments.keep)
    except subprocess.CalledProcessError as failed:
        sys.exit(f"{' '.join(map(str, failed.cmd))} failed with exit code {failed.returncode}")
    if arguments.json:
        print(json.dumps(figures | {"changes": said}))
    else:
        print(*said, *(f"{state}: {json.dumps(of_it)}" for state, of_it in figures.items()), sep="\n")
    sys.exit(1 if worse or figures[HERE]["failed"] else 0)


if __name__ == "__main__":
    main()
