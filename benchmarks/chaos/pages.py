"""From a limit crossed to the page: how long, and what was failing meanwhile."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from benchmarks.chaos.plan import Fault
from benchmarks.chaos.receiver import Delivery

AWAY = ("kill", "freeze", "rebalance", "broker")
"""Kinds over which nobody judges: their pages count from the first poll after rejoining."""
SETTLED_S = 12.0
"""How long after such a failure a page still counts as told over it (a session time-out and a start)."""
PAGED_LEVELS = ("[CRITICAL]", "[EMERGENCY]")


@dataclass(frozen=True, slots=True)
class Page:
    hall: str
    proved: float
    """Wall clock, s since the epoch."""
    told: float | None
    over: tuple[str, ...]
    """Kinds of failure that were there between the two, or after which the zone was taken on only then."""
    rejoined: float
    """When partition and broker were last taken up before the page, or the proof where they were not."""


def pages(
    proofs: Iterable[tuple[str, float]],
    deliveries: list[Delivery],
    spans: list[tuple[Fault, float, float]],
    taken_on: dict[str, list[float]],
) -> list[Page]:
    """``taken_on``: by hall, when its partition was taken on."""
    found = []
    for hall, proved in proofs:
        times = [
            d.at
            for d in deliveries
            if d.channel == "good" and d.zone == hall and d.at >= proved and d.title.startswith(PAGED_LEVELS)
        ]
        told = min(times, default=None)
        until = told if told is not None else proved + SETTLED_S
        over = {
            fault.kind
            for fault, since, end in spans
            if since <= until and proved <= end + (SETTLED_S if fault.kind in AWAY else 0.0)
        }
        joins = sorted(at for at in taken_on.get(hall, []) if at <= until)
        if joins and joins[-1] > proved:
            over |= _behind(joins[-1], spans)
        joins += [end for fault, _, end in spans if fault.kind == "broker" and end <= until]
        found.append(Page(hall, proved, told, tuple(sorted(over)), max([proved, *joins])))
    return found


def _behind(joined: float, spans: list[tuple[Fault, float, float]]) -> set[str]:
    """The kind of failure after which a partition was taken on, however long after."""
    before = [(since, fault.kind) for fault, since, _ in spans if fault.kind in AWAY and since <= joined]
    return {max(before)[1]} if before else set()


def latencies(told: list[Page]) -> dict[str, dict[str, float]]:
    """By kind of failure: how many pages, and their latency in s. What nobody judged over is told apart."""
    by_kind: dict[str, list[float]] = defaultdict(list)
    for page in told:
        if page.told is None:
            continue
        away = [kind for kind in page.over if kind in AWAY]
        if away:
            for kind in away:
                by_kind[f"{kind}, from rejoining"].append(page.told - page.rejoined)
        else:
            for kind in page.over or ("nothing",):
                by_kind[kind].append(page.told - page.proved)
    return {
        kind: {
            "pages": len(found),
            "p50_s": round(float(np.percentile(found, 50)), 3),
            "p99_s": round(float(np.percentile(found, 99)), 3),
        }
        for kind, found in sorted(by_kind.items())
    }
