"""Telemetry as sites have it: ``python -m benchmarks.field [DIR] [--only CASES] [--json]``.

Every case is a folder with inputs, settings where it needs them, and what a user expects of it
(`benchmarks.field_cases`). The real commands are run, each in a process of its own, and what they print,
write, and end with is held against that: a line a case, and below it what is not as expected. Ends with
exit code 1 where anything is not.

DIR is the folder of the cases; ``field`` under the shared folder (COOLWATCH_SHARED), unless given.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from benchmarks.corpus_runs import SHARED
from benchmarks.field_cases import CASES
from benchmarks.field_runs import Case, Run, Told

LONGEST_S = 1200


class Outcome(NamedTuple):
    """What one command came to."""

    code: int
    output: str
    told: dict[str, Any]
    """The object of a replay with --json; empty where there is none."""
    letters: list[dict[str, Any]]
    """What it rejected."""


def arguments_of(run: Run, case: Path, out: Path) -> list[str]:
    """The command with its folders, and each file that a ``*`` stands for."""
    words: list[str] = []
    for word in run.command.split():
        filled = word.replace("{case}", str(case)).replace("{out}", str(out))
        if "*" not in filled:
            words.append(filled)
            continue
        found = sorted(str(path) for path in Path(filled).parent.glob(Path(filled).name))
        option = [words.pop()] if words[-1].startswith("--") else []
        for path in found:
            words += [*option, path]
    return words


def outcome_of(run: Run, case: Path, out: Path) -> Outcome:
    """Run a command in the folder for what is made."""
    for name, text in run.files:
        (out / name).write_text(text.replace("{out}", str(out)), encoding="utf-8")
    letters = out / "rejected.jsonl"
    letters.unlink(missing_ok=True)
    command = [sys.executable, "-m", "detector.service.cli", *arguments_of(run, case, out)]
    try:
        done = subprocess.run(command, cwd=out, capture_output=True, text=True, timeout=LONGEST_S)
    except subprocess.TimeoutExpired:
        return Outcome(-1, f"not done after {LONGEST_S} s", {}, [])
    told: dict[str, Any] = {}
    if "--json" in command and done.stdout.startswith("{"):
        told = json.loads(done.stdout)
    rejected = letters.read_text().splitlines() if letters.exists() else []
    return Outcome(done.returncode, done.stdout + done.stderr, told, [json.loads(line) for line in rejected])


def wrong_in(run: Run, outcome: Outcome, out: Path) -> Iterator[str]:
    """What is not as expected, in words."""
    if run.loud and outcome.code not in (0, -1) and re.search(run.loud, outcome.output):
        return
    if run.exit is not None and outcome.code != run.exit:
        yield f"ended with {outcome.code} and not with {run.exit}"
    if outcome.code not in (0, 1, 2) or "Traceback" in outcome.output:
        yield f"failed: {outcome.output.strip().splitlines()[-1:]}"
    for pattern in run.says:
        if not re.search(pattern, outcome.output):
            yield f"does not say {pattern!r}"
    for present, pairs in ((True, run.written), (False, run.not_written)):
        for name, pattern in pairs:
            text = (out / name).read_text(encoding="utf-8") if (out / name).exists() else ""
            if bool(re.search(pattern, text)) != present:
                yield f"{pattern!r} {'does not stand' if present else 'stands'} in {name}"
    if "--json" in run.command:
        yield from _wrong_in_told(run, outcome)


def _wrong_in_told(run: Run, outcome: Outcome) -> Iterator[str]:
    told = outcome.told
    if not told:
        yield f"no object was printed: {outcome.output.strip()[:200]!r}"
        return
    incidents = told["incidents"]
    for wanted in run.told:
        if not any(_is_it(incident, wanted) for incident in incidents):
            words = f" in words like {wanted.words!r}" if wanted.words else ""
            yield f"no {wanted.category}{words} by {wanted.by or 'the end'}; told: {_shown(incidents)}"
    if run.never is not None:
        unwanted = [i for i in incidents if not run.never or i["category"] == run.never]
        if unwanted:
            yield f"told for nothing: {_shown(unwanted)}"
    if run.at_most is not None and len(incidents) > run.at_most:
        yield f"{len(incidents)} incidents for one cause"
    beside = ("rejected", "ignored", "absent", "set_aside")
    read = told["readings"] - sum(told[name] for name in beside)
    if run.read is not None and read != run.read:
        yield f"{read} readings were read and not {run.read}"
    if run.unread is not None and told["rejected"] != run.unread:
        yield f"{told['rejected']} readings were rejected: {_reasons(outcome)}"
    for letter in outcome.letters if run.rejected_only else ():
        payload = str(letter.get("payload", ""))
        if not re.search(run.rejected_only, payload):
            yield f"rejected: {payload[:120]}"
        named = re.search(run.named, payload) if run.named else None
        if named and named[1] not in letter["detail"]:
            yield f"does not name {named[1]!r}: {letter['detail']}"


def _is_it(incident: dict[str, Any], wanted: Told) -> bool:
    if not re.fullmatch(wanted.category, incident["category"]):
        return False
    words = " ".join([incident["fault"], incident["root"], incident["summary"], *incident["evidence"]])
    if not re.search(wanted.words, words, re.IGNORECASE):
        return False
    warned = _seconds(incident["warned"])
    first = _seconds(wanted.since) if wanted.since else 0.0
    last = _seconds(wanted.by) if wanted.by else warned
    if wanted.clock_unknown:
        return (warned - first) % 3600 <= last - first
    return first <= warned <= last


def _seconds(time: str) -> float:
    return datetime.fromisoformat(time).timestamp()


def _shown(incidents: list[dict[str, Any]]) -> str:
    lines = [f"{i['warned']} {i['category']} {i['summary']}" for i in incidents[:4]]
    return "; ".join(lines) + (f" and {len(incidents) - 4} more" if len(incidents) > 4 else "") or "nothing"


def _reasons(outcome: Outcome) -> str:
    return "; ".join(f"{letter['reason']} {letter['detail'][:80]}" for letter in outcome.letters[:3])


def judged(case: Case, folder: Path) -> list[str]:
    """What is not as expected of a case."""
    wrong = []
    with TemporaryDirectory() as made:
        for run in case.runs:
            outcome = outcome_of(run, folder / case.folder, Path(made))
            wrong += [f"coolwatch {run.command}: {said}" for said in wrong_in(run, outcome, Path(made))]
    return wrong


def main() -> None:
    """Run the cases, print a line each."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.field", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=SHARED / "field", metavar="DIR")
    parser.add_argument("--only", default="", help="folders of cases, with commas between")
    parser.add_argument("--json", action="store_true", help="print one object instead")
    arguments = parser.parse_args()
    chosen = [c for c in CASES if not arguments.only or c.folder in arguments.only.split(",")]
    results = {}
    for case in chosen:
        wrong = judged(case, arguments.folder.resolve())
        results[case.folder] = wrong
        if not arguments.json:
            name = "control" if case.folder == "." else case.folder
            print(f"{'WRONG' if wrong else 'ok   '} {name:<30} {len(case.runs)} commands", flush=True)
            for said in wrong:
                print(f"      {said}", flush=True)
    right = sum(not wrong for wrong in results.values())
    if arguments.json:
        print(json.dumps({"cases": results, "right": right, "of": len(results)}, indent=2))
    else:
        print(f"{right} of {len(results)} cases as expected")
    sys.exit(0 if right == len(results) else 1)


if __name__ == "__main__":
    main()
