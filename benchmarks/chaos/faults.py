"""How each kind of failure is made, and healed."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack

from benchmarks.chaos.instance import Instance
from benchmarks.chaos.plan import Fault, hall_of
from benchmarks.chaos.world import Stage

Heal = Callable[[], None]

CHECKPOINT_PATIENCE_S = 5.0


def begin(stage: Stage, fault: Fault) -> Heal | None:
    """Make it fail; gives what heals it, None where this machine cannot make it."""
    return _KINDS[fault.kind](stage, fault)


def _kill(stage: Stage, fault: Fault) -> Heal:
    instance = _instance(stage, fault)
    if fault.mode == "in checkpoint":
        _wait_for_checkpoint(instance)
    instance.kill()
    if fault.mode == "at start":
        instance.start()
        time.sleep(fault.lasts / 4)
        instance.kill()
    return instance.start


def _wait_for_checkpoint(instance: Instance) -> None:
    before, end = instance.snapshots(), time.monotonic() + CHECKPOINT_PATIENCE_S
    while instance.snapshots() == before and time.monotonic() < end:
        time.sleep(0.002)


def _freeze(stage: Stage, fault: Fault) -> Heal:
    instance = _instance(stage, fault)
    instance.freeze()
    return instance.thaw


def _rebalance(stage: Stage, fault: Fault) -> Heal:
    instance = _instance(stage, fault)
    instance.end()
    return instance.start


def _broker(stage: Stage, fault: Fault) -> Heal:
    broker = stage.world.broker
    if fault.mode == "freeze":
        broker.freeze()
        return broker.thaw
    broker.kill()
    return broker.start


def _influxdb(stage: Stage, fault: Fault) -> Heal:
    stage.influxdb.fail(fault.mode)
    return lambda: stage.influxdb.fail("pass")


def _store(stage: Stage, fault: Fault) -> Heal:
    if stage.store is None:
        return _lock_sqlite(stage)
    if fault.mode == "lock":
        return _lock_postgresql(stage)
    proxy = stage.store
    proxy.fail(fault.mode)
    return lambda: proxy.fail("pass")


def _lock_sqlite(stage: Stage) -> Heal:
    """Another program keeps the database to itself."""
    held = sqlite3.connect(stage.store_url.removeprefix("sqlite:///"), check_same_thread=False, timeout=5.0)
    held.execute("begin exclusive")
    return held.close


def _lock_postgresql(stage: Stage) -> Heal:
    import psycopg

    with ExitStack() as kept:
        held = kept.enter_context(psycopg.connect(stage.store_url.replace("+psycopg", "")))
        held.execute("lock table incidents in access exclusive mode")
        return kept.pop_all().close


def _disk(stage: Stage, fault: Fault) -> Heal | None:
    if stage.disk is None:
        return None
    stage.disk.fill()
    return stage.disk.free


def _notification(stage: Stage, fault: Fault) -> Heal:
    stage.receiver.mode = fault.mode
    return lambda: setattr(stage.receiver, "mode", "ok")


def _engine(stage: Stage, fault: Fault) -> Heal:
    stage.switch.write_text(hall_of(fault))
    return lambda: stage.switch.unlink(missing_ok=True)


def _clock(stage: Stage, fault: Fault) -> Heal:
    return lambda: None  # it comes with the halls' messages


def _instance(stage: Stage, fault: Fault) -> Instance:
    return stage.instances[fault.target % len(stage.instances)]


_KINDS: dict[str, Callable[[Stage, Fault], Heal | None]] = {
    "kill": _kill,
    "freeze": _freeze,
    "rebalance": _rebalance,
    "broker": _broker,
    "influxdb": _influxdb,
    "store": _store,
    "disk": _disk,
    "notification": _notification,
    "engine": _engine,
    "clock": _clock,
}


class Faults:
    """The faults of a plan, made at their times, each in a thread of its own."""

    def __init__(self, stage: Stage, faults: list[Fault], tell: Callable[[str], None]) -> None:
        self._stage = stage
        self._tell = tell
        self._threads = [threading.Thread(target=self._run, args=(each,), daemon=True) for each in faults]
        self._began = 0.0
        self._stop = threading.Event()
        self._busy = {id(each): threading.Lock() for each in stage.instances}
        self.spans: list[tuple[Fault, float, float]] = []
        """Each fault that could be made, and from when to when it was there, s since the epoch."""
        self.skipped: list[Fault] = []
        self.errors: list[str] = []

    def start(self) -> None:
        self._began = time.monotonic()
        for thread in self._threads:
            thread.start()

    def heal(self) -> None:
        """End what still lasts; returns when everything is whole."""
        self._stop.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()

    def _run(self, fault: Fault) -> None:
        if self._stop.wait(max(0.0, self._began + fault.at - time.monotonic())):
            return
        with self._turn(fault):
            since = time.time()
            self._tell(f"  {fault.kind} {fault.mode}".rstrip())
            try:
                heal = begin(self._stage, fault)
                if heal is None:
                    self.skipped.append(fault)
                    return
                self._stop.wait(fault.lasts)
                heal()
            except Exception as error:
                self.errors.append(f"{fault}: {type(error).__name__}: {error}")
            self.spans.append((fault, since, time.time()))

    def _turn(self, fault: Fault) -> threading.Lock | ExitStack:
        """What happens to one instance happens one after the other."""
        if fault.kind in ("kill", "freeze", "rebalance"):
            return self._busy[id(_instance(self._stage, fault))]
        return ExitStack()
