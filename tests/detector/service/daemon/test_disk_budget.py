"""One budget for all that is kept: the scores' spool gives way, and what cannot is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.settings import InfluxSettings, Settings, StateSettings, StoreSettings
from detector.service.daemon.disk_budget import LOOK_EVERY_S, DiskBudget, disk_conditions
from detector.service.setup.disk_use import Disk, DiskUse, Held, disk_use
from streams.sinks.spool import MIB, Spool


def settings_in(folder: Path, **state: object) -> Settings:
    return Settings(
        influxdb=InfluxSettings(spool=str(folder / "spool"), spool_mib=3),
        state=StateSettings(snapshots=str(folder / "state" / "snapshots"), **state),
        store=StoreSettings(url=f"sqlite:///{folder / 'coolwatch.db'}"),
    )


def put(path: Path, mib: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(round(mib * MIB)))


def test_all_that_is_kept_is_counted_and_nothing_else(tmp_path: Path) -> None:
    put(tmp_path / "spool" / "000000000001.spool", 1)
    put(tmp_path / "spool" / "letters" / "000000000001.spool", 0.5)
    put(tmp_path / "state" / "snapshots" / "telemetry" / "0" / "a.snapshot", 2)
    for name in ("coolwatch.db", "coolwatch.db-wal", "coolwatch.db.damaged-20260101T000000Z"):
        put(tmp_path / name, 0.25)
    put(tmp_path / "coolwatch.db.backup", 9)
    held = {held.name: held.size / MIB for held in disk_use(settings_in(tmp_path)).held}
    assert held == {"spool": 1.5, "snapshots": 2, "store": 0.75}


def test_what_is_kept_elsewhere_is_not_of_these_disks(tmp_path: Path) -> None:
    settings = Settings(
        influxdb=InfluxSettings(spool=str(tmp_path / "not" / "there" / "yet")),
        state=StateSettings(snapshots="memory://snapshots"),
        store=StoreSettings(url="postgresql+psycopg://nobody@localhost/coolwatch"),
    )
    assert [(held.name, held.size) for held in disk_use(settings).held] == [("spool", 0)]


def test_the_spool_of_the_scores_gives_way_to_the_others(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, disk_mib=4)
    spool = Spool(tmp_path / "spool", 3 * MIB)
    budget = DiskBudget(settings, spool)
    for _ in range(5):
        spool.append(bytes(MIB // 2), 1)
    budget.look(0.0)
    assert spool.max_bytes == 3 * MIB, "there is room for all of it"
    put(tmp_path / "spool" / "letters" / "000000000001.spool", 0.5)
    put(tmp_path / "state" / "snapshots" / "telemetry" / "0" / "a.snapshot", 2)
    budget.look(LOOK_EVERY_S / 2)
    assert spool.max_bytes == 3 * MIB, "not looked at yet"
    assert budget.look(LOOK_EVERY_S).over
    spool.append(bytes(1000), 1)
    use = budget.look(2 * LOOK_EVERY_S)
    assert not use.over
    assert not list(disk_conditions(use))
    assert spool.size <= 1.5 * MIB
    assert spool.dropped_rows == 3 and spool.waiting_rows == 3
    put(tmp_path / "coolwatch.db", 2)
    use = budget.look(3 * LOOK_EVERY_S)
    spool.append(bytes(1000), 1)
    assert spool.empty and spool.dropped_rows == 7, "nothing is left for it"
    (told,) = disk_conditions(budget.look(4 * LOOK_EVERY_S))
    assert told.fault == "disk_budget"
    for said in ("4.5 MiB", "more than the 4 ", "snapshots 2.0 MiB in", "store 2.0 MiB in", "raise disk_mib"):
        assert said in told.summary
    (tmp_path / "coolwatch.db").unlink()
    budget.look(5 * LOOK_EVERY_S)
    spool.append(bytes(1000), 1)
    assert spool.waiting_rows == 1, "and it takes rows again"
    spool.close()


@pytest.mark.parametrize(
    ("total_mib", "free_mib", "short"), [(10_000, 63, True), (10_000, 65, False), (1, 0.1, False)]
)
def test_a_disk_is_short_below_what_spools_leave_free(total_mib: float, free_mib: float, short: bool) -> None:
    held = (Held("snapshots", Path("/state"), MIB), Held("store", Path("/c.db"), 2 * MIB))
    use = DiskUse(10 * MIB, (Disk(round(total_mib * MIB), round(free_mib * MIB), held),))
    told = list(disk_conditions(use))
    assert [condition.fault for condition in told] == ["disk_short"] * short
    if short:
        assert "63.0 of 10000 MiB are free on the disk of snapshots, store" in told[0].summary
        assert "store 2.0 MiB in /c.db" in told[0].summary
