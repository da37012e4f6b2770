"""One round: a plan played on a stage, all of it healed and drained, the outcome held against a replay."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.chaos.compare import differences
from benchmarks.chaos.faults import Faults
from benchmarks.chaos.feed import Feed
from benchmarks.chaos.halls import PACE_S, Halls
from benchmarks.chaos.outcome import outcome
from benchmarks.chaos.pages import AWAY, Page, pages
from benchmarks.chaos.plan import Fault, Plan, draw, hall_of
from benchmarks.chaos.receiver import SECRET
from benchmarks.chaos.reference import replay_topic
from benchmarks.chaos.repeats import ENDINGS
from benchmarks.chaos.world import Stage, World, stage

SPEED = 10.0
PRELOADED = 60
"""Steps on the topic before anything starts."""
START_PATIENCE_S = 120.0
DRAIN_S = 90.0
LOOK_EVERY_S = 0.2


@dataclass
class Round:
    seed: int
    plan: Plan
    figures: dict[str, int]
    samples: dict[str, list[str]]
    pages: list[Page]
    skipped: list[str]
    spans: list[tuple[Fault, float, float]]

    def as_object(self) -> dict[str, Any]:
        return asdict(self)


def play(
    world: World, seed: int, seconds: float, kinds: tuple[str, ...], folder: Path, tell: Callable[[str], None]
) -> Round:
    pace_s = PACE_S / SPEED
    plan = draw(seed, seconds, PRELOADED, pace_s, kinds)
    tell(f"round {seed}: {plan.instances} instances, {plan.partitions} partitions, {len(plan.faults)} faults")
    # The stamps catch up with the wall clock only when the round is long over: they are never in the future.
    start_ms = int((time.time() - (PRELOADED * pace_s + seconds + START_PATIENCE_S) * SPEED) * 1000)
    halls = Halls(seed, start_ms, plan.ramps, plan.clocks)
    with stage(world, plan, f"chaos-{seed}", folder) as s:
        feed = Feed(world.broker.bootstrap, s.topic, halls, SPEED)
        faults = Faults(s, plan.faults, tell)
        try:
            feed.preload(PRELOADED)
            for instance in s.instances:
                instance.start()
            _wait(lambda: _caught_up(s), START_PATIENCE_S)
            feed.start()
            faults.start()
            _look_after(s, time.monotonic() + seconds)
        finally:
            faults.heal()
            feed.close()
        tell("  healed, draining")
        drained = _drain(s)
        return _judge(s, seed, plan, feed, faults, drained, tell)


def _look_after(s: Stage, until: float) -> None:
    while time.monotonic() < until:
        for instance in s.instances:
            instance.look_after()
        time.sleep(LOOK_EVERY_S)


def _caught_up(s: Stage) -> bool:
    for instance in s.instances:
        instance.look_after()
    health = [instance.health() for instance in s.instances]
    held = sum(int(str(each.get("partitions", 0))) for each in health)
    return held > 0 and all(
        each and each.get("lag") == 0 and each.get("at_live_edge") and not each.get("spool_bytes")
        for each in health
    )


def _wait(reached: Callable[[], bool], patience_s: float) -> bool:
    deadline = time.monotonic() + patience_s
    while not (done := reached()) and time.monotonic() < deadline:
        time.sleep(LOOK_EVERY_S)
    return done


def _drain(s: Stage) -> bool:
    """Whether everything was judged and written before the patience ended."""
    for instance in s.instances:
        if not instance.runs:
            instance.start()
    time.sleep(3.0)  # what /health says is up to two seconds old
    drained = _wait(lambda: _caught_up(s), DRAIN_S)
    time.sleep(3.0)
    with suppress(OSError):
        for instance in s.instances:
            instance.end()
    return drained


def _secrets_told(s: Stage) -> list[str]:
    """Lines of logs that hold what nobody may read there."""
    secrets = (SECRET, s.world.influxdb.token)
    lines = (line for instance in s.instances for line in instance.log().splitlines())
    return [line for line in lines if any(secret in line for secret in secrets)]


def _plain_lines(s: Stage) -> list[str]:
    """Lines of logs that are no JSON, where it is told that all are."""
    lines = (line for instance in s.instances for line in instance.log().splitlines())
    return [line for line in lines if not line.startswith("{")]


def _judge(
    s: Stage, seed: int, plan: Plan, feed: Feed, faults: Faults, drained: bool, tell: Callable[[str], None]
) -> Round:
    broker = s.world.broker.bootstrap
    expected = replay_topic(broker, s.topic, s.site, s.folder)
    found, behind = outcome(
        s.world.influxdb, broker, s.topic, s.rejected, s.store_url, s.snapshots, s.site, expected.ends
    )
    apart = {hall_of(fault) for fault in plan.faults if fault.kind == "engine"}
    store_kinds = ("store",) if s.store is not None else ("store", "disk")  # SQLite's file is on that disk
    told = differences(found, expected, s.receiver.deliveries, apart, faults.spans, store_kinds)
    arrived = expected.arrived
    proofs = [(hall, arrived[value]) for value, hall in feed.proofs.items() if value in arrived]
    of_partition: dict[int, list[float]] = {}
    for instance in s.instances:
        for at, partition in instance.taken_on():
            of_partition.setdefault(partition, []).append(at)
    taken_on = {hall: of_partition.get(number, []) for hall, number in expected.partition_of.items()}
    paged = pages(proofs, s.receiver.deliveries, faults.spans, taken_on)
    for kind in ENDINGS:
        told.figures[f"{kind}s"] = sum(fault.kind == kind for fault, _, _ in faults.spans)
    told.figures["limits_crossed"] = len(paged)
    never = [page for page in paged if page.told is None and not set(page.over) & set(AWAY)]
    told.note("limits_never_paged", never)
    told.note(
        "limits_over_before_rejoining", [p for p in paged if p.told is None and set(p.over) & set(AWAY)]
    )
    told.note("secrets_told", _secrets_told(s))
    told.note("plain_log_lines", _plain_lines(s))
    told.note("exits", [(i.folder.name, i.exits) for i in s.instances if i.exits])
    told.note("not_drained", [] if drained else [instance.log()[-600:] for instance in s.instances])
    told.note("not_judged", [f"{n}: {count}" for n, count in behind.items() if count])
    told.note("harness_errors", faults.errors)
    bad = {name: told.figures[name] for name in sorted(told.samples)}
    tell(f"  {bad or 'all equal'}")
    return Round(
        seed, plan, told.figures, told.samples, paged, [each.kind for each in faults.skipped], faults.spans
    )
