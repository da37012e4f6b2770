"""Real logs of ailing machines: ``python -m benchmarks.hvac [--json]``.

**Air handler** (LBNL MZVAV-2-2, one row a minute; 13 days with an imposed
fault, 13 healthy ones). The healthy days fall into two halves, every other
day. An engine learns one half, played as days on end; each fault day and each
healthy day of the other half then follows from that state. A day's figure is
the mean score of the supply air, which is what the handler is there for. The
threshold is set on the learned half alone: the highest figure that one of its
days has when the engine learned only the others. A day above it is flagged,
and so is one with an incident of the handler itself. Then the halves change
places.

That the supply air is what a day is judged by was chosen on half of these very
days, by what separated them best: the first half's figures flatter it, the
second's less.

Incidents of `NIGHT` do not count: an office's handler is switched off every
night, which in a hall of servers would be a loss of cooling.

**Cooler** (UCI hydraulic rig, cycles of a minute at cooler conditions 100, 20
and 3 %): an engine learns the first half of the cycles at 100 %, then sees the
other half, 20 and 3 %. Two figures of each cycle: the mean score over cooling
efficiency and power, oil temperatures and vibration, which follows what lasts
and so need not keep the order; and how far the cooling efficiency is below
the reference of slow faults, which is frozen.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from config.kinds import load_kinds
from config.settings import EngineSettings, Settings
from config.site import Site
from detector.engine import Engine
from detector.incidents.faults import Category
from detector.usual.reference.reference import Reference
from streams.formats.decoder import Decoder
from streams.messages import SECOND, Readings
from streams.sources.logs import LogSource
from tests.streams.test_real_logs import SITES, shared

DAY = 86_400 * SECOND
STEP = 300 * SECOND
NIGHT = "units_lost"
OUTCOME = "mzvav/ahu-2/supply_air_temperature"
EPOCH = 1_704_067_200 * SECOND
"""Days are played from here on, whenever they were."""
LBNL = "lbnl_ahu/MZVAV-2-2.csv"
FAULTS = "lbnl_ahu/MZVAV-2-2-faults.csv"
COOLER_SITE = """
[[hall]]
name = "rig"

[[equipment]]
id = "rig/cooler"
type = "In_Row"
"""
COOLER_POINTS = {
    "TS1": "rig/cooler/temperature/ts1",
    "TS2": "rig/cooler/temperature/ts2",
    "TS3": "rig/cooler/temperature/ts3",
    "TS4": "rig/cooler/temperature/ts4",
    "VS1": "rig/cooler/value/vs1",
    "CE": "rig/cooler/value/ce",
    "CP": "rig/cooler/value/cp",
}
PLAYED = (100, 20, 3)


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the log; ``readings`` in slots of the decoder, times from its midnight."""

    date: str
    fault: str
    readings: Readings


@dataclass(frozen=True, slots=True)
class Judged:
    figure: float
    """Mean score of the supply air."""
    incidents: tuple[str, ...]


class AirHandler:
    """The days of the log, and engines that learn some of them and judge others."""

    def __init__(self) -> None:
        here = SITES / "lbnl_ahu"
        settings = Settings.load(here / "coolwatch.toml")
        self.site = Site.load(here / "site.toml")
        decoder = Decoder(self.site, load_kinds(), settings.messages)
        parts = [
            d.readings for d in LogSource([shared(LBNL)], settings.log, settings.messages).decoded(decoder)
        ]
        self.ids = list(decoder.directory.ids)
        self.days = list(_days(parts, _faults()))

    def learned(self, days: Iterable[Day]) -> tuple[bytes, int]:
        """Snapshot of an engine that saw these days on end, and how many they were."""
        engine = Engine("mzvav", self.site, load_kinds(), EngineSettings(tick=STEP))
        count = 0
        for day in days:
            self._play(engine, day, count)
            count += 1
        return engine.snapshot(), count

    def judged(self, state: tuple[bytes, int], day: Day) -> Judged:
        """One day as the next after what was learned."""
        snapshot, count = state
        engine, _ = Engine.restore(snapshot, self.site, load_kinds(), EngineSettings(tick=STEP))
        scores, incidents = self._play(engine, day, count)
        return Judged(float(scores.mean()), tuple(sorted(incidents - {NIGHT})))

    def _play(self, engine: Engine, day: Day, number: int) -> tuple[np.ndarray, set[str]]:
        slot = np.array([engine.slot(id) for id in self.ids], np.int32)
        r = day.readings
        verdict = engine.push(Readings(slot[r.point], EPOCH + number * DAY + r.time, r.value))
        outcome = engine.slot(OUTCOME)
        scores = [t.scores.score[t.scores.point == outcome] for t in verdict.ticks]
        cooling = {i.fault for i in verdict.incidents if i.category == Category.COOLING}
        return np.concatenate(scores), cooling


def _days(parts: list[Readings], faults: dict[str, str]) -> Iterator[Day]:
    point, time, value = (np.concatenate([getattr(p, n) for p in parts]) for n in ("point", "time", "value"))
    number = time // DAY
    for n in np.unique(number):
        rows = number == n
        date = f"{datetime.fromtimestamp(int(n) * 86_400, UTC):%Y-%m-%d}"
        yield Day(date, faults.get(date, ""), Readings(point[rows], time[rows] - n * DAY, value[rows]))


def _faults() -> dict[str, str]:
    """What is imposed on each day."""
    found = {}
    for line in shared(FAULTS).read_text().splitlines()[1:]:
        kind, how, date = line.rsplit(",", 2)
        month, day, year = (int(part) for part in date.split("/"))
        found[f"{year}-{month:02d}-{day:02d}"] = f"{kind}, {how}"
    return found


def air_handler() -> dict[str, Any]:
    log = AirHandler()
    healthy, faulty = ([d for d in log.days if bool(d.fault) is bad] for bad in (False, True))
    runs, rows = [], []
    for first in (0, 1):
        half, rest = healthy[first::2], healthy[1 - first :: 2]
        held_out = [log.judged(log.learned(d for d in half if d is not day), day) for day in half]
        threshold = max(j.figure for j in held_out)
        state = log.learned(half)
        for day in (*rest, *faulty):
            judged = log.judged(state, day)
            flagged = judged.figure > threshold or bool(judged.incidents)
            rows.append((first, day, judged, flagged))
            runs.append(
                {
                    "learned_half": first,
                    "date": day.date,
                    "fault": day.fault,
                    "figure": judged.figure,
                    "threshold": threshold,
                    "incidents": list(judged.incidents),
                    "flagged": flagged,
                }
            )
    return {
        "days": runs,
        "healthy_days": len(healthy),
        "false_flag_rate": float(np.mean([f for _, d, _, f in rows if not d.fault])),
        "fault_days": len(faulty),
        "flagged_rate": float(np.mean([f for _, d, _, f in rows if d.fault])),
        "auc": [
            auc(
                [j.figure for h, d, j, _ in rows if h == first and d.fault],
                [j.figure for h, d, j, _ in rows if h == first and not d.fault],
            )
            for first in (0, 1)
        ],
    }


def auc(higher: list[float], lower: list[float]) -> float:
    """How often a figure of the first list is above one of the second; ties count half (Mann and Whitney)."""
    a, b = np.array(higher)[:, None], np.array(lower)[None, :]
    return float(((a > b) + 0.5 * (a == b)).mean())


def cooler() -> dict[str, Any]:
    folder = shared("uci_cooler")
    condition = _table(folder / "profile.txt.gz")[:, 0].astype(int)
    measured = {name: _table(folder / f"{name}.txt.gz") for name in COOLER_POINTS}
    order = np.concatenate([np.flatnonzero(condition == c) for c in PLAYED])
    engine = Engine("rig", Site.loads(COOLER_SITE), load_kinds(), EngineSettings())
    slot = np.array([engine.slot(id) for id in COOLER_POINTS.values()], np.int32)
    index = []
    for n, cycle in enumerate(order):
        value = np.stack([row[cycle] for row in measured.values()], axis=1)
        time = np.repeat(EPOCH + (60 * n + np.arange(60)) * SECOND, len(slot))
        readings = Readings(np.tile(slot, 60), time, value.ravel())
        scores = [t.scores.score for t in engine.push(readings).ticks]
        index.append(float(np.concatenate(scores).mean()) if scores else np.nan)
    condition, figure = condition[order], np.array(index)
    learned = int((condition == PLAYED[0]).sum()) // 2
    shown = np.arange(len(order)) >= learned
    drop = below_reference(measured["CE"].mean(axis=1)[order], learned)
    drops = {str(c): float(drop[shown & (condition == c)].mean()) for c in PLAYED}
    means = {str(c): float(np.nanmean(figure[shown & (condition == c)])) for c in PLAYED}
    return {
        "cycles": int(shown.sum()),
        "score": means,
        "score_ordered": _rises(means),
        "score_spearman": spearman(-condition[shown].astype(float), figure[shown]),
        "below_reference": drops,
        "ordered": _rises(drops),
        "spearman": spearman(-condition[shown].astype(float), drop[shown]),
        "auc_20_against_100": auc(*_figures(drop, condition, shown, 20, 100)),
        "auc_3_against_20": auc(*_figures(drop, condition, shown, 3, 20)),
    }


def below_reference(value: np.ndarray, learned: int) -> np.ndarray:
    """How far each value is below what the first ``learned`` of them froze."""
    reference = Reference(np.ones(1))
    reference.fit(1)
    nowhere = np.zeros((1, 1, 2))
    for n in range(learned):
        y = value[n].reshape(1, 1)
        residual = y - reference.judge(nowhere).expected
        reference.learn(nowhere, y, residual, np.ones((1, 1), np.bool_), n)
    found: np.ndarray = reference.judge(nowhere).expected[0, 0] - value
    return found


def _rises(means: dict[str, float]) -> bool:
    """Whether the cooler looks worse from each condition to the next."""
    figures = [means[str(c)] for c in PLAYED]
    return figures == sorted(figures)


def _figures(
    figure: np.ndarray, condition: np.ndarray, shown: np.ndarray, worse: int, better: int
) -> tuple[list[float], list[float]]:
    return figure[shown & (condition == worse)].tolist(), figure[shown & (condition == better)].tolist()


def _table(path: Path) -> np.ndarray:
    with gzip.open(path, "rt") as text:
        return np.loadtxt(text, ndmin=2)


def spearman(a: np.ndarray, b: np.ndarray) -> float:
    """Rank correlation, ties at their mean rank."""
    return float(np.corrcoef(_ranks(a), _ranks(b))[0, 1])


def _ranks(value: np.ndarray) -> np.ndarray:
    _, inverse, count = np.unique(value, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    ranks: np.ndarray = (last - 0.5 * (count - 1))[inverse]
    return ranks


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    figures = {"air_handler": air_handler(), "cooler": cooler()}
    if arguments.json:
        print(json.dumps(figures))
        return
    ahu = figures["air_handler"]
    for day in ahu["days"]:
        mark = "FLAG" if day["flagged"] else "    "
        what = ", ".join([day["fault"] or "healthy", *day["incidents"]])
        print(f"{day['date']} {mark} {day['figure']:.3f} of {day['threshold']:.3f} {what}")
    print(
        f"fault days flagged {ahu['flagged_rate']:.0%}, healthy days flagged {ahu['false_flag_rate']:.0%}, "
        f"AUC {ahu['auc'][0]:.2f} and {ahu['auc'][1]:.2f}"
    )
    print(f"cooler: {figures['cooler']}")


if __name__ == "__main__":
    main()
