"""The engine's own score on the NAB corpus: ``python -m benchmarks.nab [--json]``.

58 logs of other people's series (numenta/NAB), each played through the
engine's point scores (`detector.usual.scores`) as a point of a kind of which
nothing is known. There is no model and no setting for any of them. Scored by
the corpus protocol (`benchmarks.nab_scoring`).

The scorer is first held against two published detectors, to 0.1 of what was
published of them; where it does not agree, the exit code is 1. Of the windowed
Gaussian the data folder keeps the scores to eight places, and the published
threshold lies above 1 - 1e-8: what is a tie there was none. Its scores are
therefore computed again as the published detector does, held against the
folder's, and scored with the twelve places that were published.

``tuned`` and ``held_out`` are two random halves of the logs (`halves`), each at
its own best threshold. How new and how unusual are weighed was chosen on the
first; but both halves were in sight when the way of scoring was, so the second
shows that no half carries the figure, and is not untouched.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import math
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.nab_scoring import PROFILES, Labelled, Result, score, windows_of
from config.kinds import load_kinds
from config.site import Site
from detector.points import Points
from detector.usual.scores import PointScores
from streams.messages import F64, I64, SECOND, Readings

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT / os.environ.get("COOLWATCH_SHARED", "../shared") / "data" / "nab"
PUBLISHED = {"standard": "standard", "low_fp": "reward_low_FP_rate", "low_fn": "reward_low_FN_rate"}
AGREES_WITHIN = 0.1
TUNED_SEED = 7
TICK = 60 * SECOND
DAY = 86_400 * SECOND
# The windowed Gaussian: rows in its window, and rows by which that moves on once it is full.
GAUSSIAN_ROWS = 6400
GAUSSIAN_STEP = 100
GAUSSIAN_LEAST_SD = 1e-6
GAUSSIAN_PLACES = 12


@dataclass(frozen=True, slots=True)
class Log:
    name: str
    time: I64
    value: F64
    labels: Labelled


def corpus(folder: Path) -> list[Log]:
    """All logs of the corpus, by the order of their names."""
    if not folder.is_dir():
        raise SystemExit(f"no NAB corpus at {folder}; set COOLWATCH_SHARED")
    windows = json.loads((folder / "labels" / "combined_windows.json").read_text())
    logs = []
    for name, labelled in sorted(windows.items()):
        with (folder / name).open(newline="") as file:
            rows = list(csv.reader(file))[1:]
        stamps = [row[0] for row in rows]
        whole_seconds = [(first.split(".")[0], last.split(".")[0]) for first, last in labelled]
        logs.append(
            Log(
                name=name,
                time=np.array(stamps, "datetime64[ns]").astype(np.int64),
                value=np.array([float(row[1]) for row in rows]),
                labels=Labelled(len(rows), windows_of(stamps, whole_seconds)),
            )
        )
    return logs


def played(logs: list[Log]) -> list[F64]:
    """The engine's score at each row of each log, f8[rows].

    All logs at once, as points of one zone, each moved by whole days to begin
    on the same one: a tick costs about the same for one point as for sixty.
    What an engine does around a score (limits, incidents, forecasts) is left
    out: of points of an unknown kind it has nothing to say.

    A score is that of a tick. Rows before the last of a tick, and rows of a
    time that has been, keep the score of the row before them.
    """
    points = Points("nab", Site.empty(), load_kinds())
    slots = [points.add(f"nab/log-{n}/value") for n in range(len(logs))]
    scores = PointScores()
    given = [np.zeros(len(log.value)) for log in logs]
    rows, ticks = zip(*(_ticks(log) for log in logs), strict=True)
    tick = np.concatenate(ticks)
    log_of = np.repeat(np.arange(len(logs)), [len(r) for r in rows])
    row_of = np.concatenate(rows)
    value = np.concatenate([log.value[r] for log, r in zip(logs, rows, strict=True)])
    order = np.argsort(tick, kind="stable")
    for part in np.split(order, np.flatnonzero(np.diff(tick[order])) + 1):
        here = np.array([slots[n] for n in log_of[part]], np.int32)
        end = int(tick[part[0]] + 1) * TICK
        none = np.full(len(part), np.nan)
        readings = Readings(here, np.full(len(part), end - 1, np.int64), value[part].astype(np.float64))
        scores.believable(points, readings, np.zeros(0, np.bool_))
        learn = np.ones(len(part), np.bool_)
        told = scores.judge(here, value[part], value[part], end, learn, none, none)
        for n, row, one in zip(log_of[part], row_of[part], told.score, strict=True):
            given[n][row] = one
    for n, judged in enumerate(rows):
        newest = np.zeros(len(given[n]), np.int64)
        newest[judged] = judged
        given[n] = given[n][np.maximum.accumulate(newest)]
    return given


def _ticks(log: Log) -> tuple[I64, I64]:
    """Rows that are the last of their tick, and the number of that tick."""
    tick = (log.time - log.time[0] // DAY * DAY) // TICK
    newest = np.maximum.accumulate(tick)
    row = np.flatnonzero((tick == newest) & np.append(tick[1:] != tick[:-1], True))
    _, first = np.unique(tick[row], return_index=True)
    return row[first], tick[row][first]


def reference(folder: Path, detector: str) -> dict[str, F64]:
    """The published scores of a detector that the folder keeps, by log."""
    scores: dict[str, list[float]] = {}
    with gzip.open(folder / "reference_results" / f"{detector}.csv.gz", "rt", newline="") as file:
        for name, given in list(csv.reader(file))[1:]:
            scores.setdefault(name, []).append(float(given))
    return {name: np.array(given) for name, given in scores.items()}


def windowed_gaussian(value: F64) -> F64:
    """Tail probability of each row under the normal distribution of the rows before it, less from 1."""
    scores = np.zeros(len(value))
    mean, sd = 0.0, 1.0
    for row, x in enumerate(value):
        if row:
            scores[row] = 1.0 - 0.5 * math.erfc(abs(x - mean) / sd / math.sqrt(2.0))
        seen = row + 1
        beyond = max(0, seen - GAUSSIAN_ROWS)
        if beyond % GAUSSIAN_STEP == 0:
            window = value[beyond:seen]
            mean, sd = float(np.mean(window)), float(np.std(window)) or GAUSSIAN_LEAST_SD
    return scores


def results(logs: list[Log], scores: list[F64]) -> dict[str, Result]:
    labels = [log.labels for log in logs]
    return {name: score(labels, scores, profile) for name, profile in PROFILES.items()}


def figures(found: dict[str, Result]) -> dict[str, float]:
    return {name: round(result.score, 2) for name, result in found.items()}


def check_scorer(folder: Path, logs: list[Log]) -> dict[str, Any]:
    """Both reference detectors by our scorer and as published, and whether they agree."""
    published = json.loads((folder / "labels" / "published_results.json").read_text())
    checks: dict[str, Any] = {}
    for detector in ("numenta", "windowedGaussian"):
        kept = reference(folder, detector)
        scores = [kept[log.name] for log in logs]
        check: dict[str, Any] = {}
        if detector == "windowedGaussian":
            check["from_folder"] = figures(results(logs, scores))
            again = [windowed_gaussian(log.value) for log in logs]
            check["furthest_from_folder"] = max(
                float(np.abs(a - b).max()) for a, b in zip(again, scores, strict=True)
            )
            scores = [np.round(one, GAUSSIAN_PLACES) for one in again]
        ours = figures(results(logs, scores))
        theirs = {name: round(published[detector][long], 2) for name, long in PUBLISHED.items()}
        check |= {"ours": ours, "published": theirs}
        check["agrees"] = all(abs(ours[name] - theirs[name]) <= AGREES_WITHIN for name in PROFILES)
        check["agrees"] = check["agrees"] and check.get("furthest_from_folder", 0.0) < 1e-6
        checks[detector] = check
    return checks


def halves(logs: list[Log]) -> tuple[list[int], list[int]]:
    """Places of the logs on which constants were chosen, and of the others."""
    order = np.random.default_rng(TUNED_SEED).permutation(len(logs)).tolist()
    half = len(logs) // 2
    return sorted(order[:half]), sorted(order[half:])


def measure(folder: Path) -> dict[str, Any]:
    logs = corpus(folder)
    checks = check_scorer(folder, logs)
    if not all(check["agrees"] for check in checks.values()):
        return {"reference": checks}
    scores = played(logs)
    found = results(logs, scores)
    tuned, held_out = (
        figures(results([logs[n] for n in half], [scores[n] for n in half])) for half in halves(logs)
    )
    return {
        **figures(found),
        "profiles": {name: asdict(result) for name, result in found.items()},
        "tuned": tuned,
        "held_out": held_out,
        "reference": checks,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    arguments = parser.parse_args()
    measured = measure(CORPUS)
    if arguments.json:
        print(json.dumps(measured))
    else:
        for detector, check in measured["reference"].items():
            print(f"{detector:18} ours {check['ours']}  published {check['published']}")
        for name in PROFILES:
            if name in measured:
                print(f"{name:18} {measured[name]:6.2f}")
    sys.exit(0 if "standard" in measured else 1)


if __name__ == "__main__":
    main()
