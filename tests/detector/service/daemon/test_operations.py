"""The service's own incidents: held, told once, resolved, adopted after a restart."""

from __future__ import annotations

from pathlib import Path

from detector.incidents.faults import Category, Severity
from detector.service.daemon.instance import instance_name
from detector.service.daemon.operations import Condition, Operations
from streams.messages import SECOND
from tests.detector.service.incidents import incident


def spool_full(hold_s: float = 0.0) -> Condition:
    return Condition(
        "spool_full", Category.OPERATIONS, "spool", Severity.WARNING, "spool is full", hold_s=hold_s
    )


def test_an_incident_is_told_when_it_fires_and_when_it_ends() -> None:
    operations = Operations()
    (fired,) = operations.judge([spool_full()], 10 * SECOND)
    assert (fired.state, fired.warned, fired.category) == ("firing", 10 * SECOND, "operations")
    assert operations.judge([spool_full()], 20 * SECOND) == []
    (resolved,) = operations.judge([], 30 * SECOND)
    assert (resolved.id, resolved.state, resolved.resolved) == (fired.id, "resolved", 30 * SECOND)
    (again,) = operations.judge([spool_full()], 40 * SECOND)
    assert again.id != fired.id


def test_what_holds_too_briefly_is_not_told() -> None:
    operations = Operations()
    assert operations.judge([spool_full(hold_s=30)], 0) == []
    assert operations.judge([], 10 * SECOND) == []
    assert operations.judge([spool_full(hold_s=30)], 20 * SECOND) == []
    assert operations.judge([spool_full(hold_s=30)], 49 * SECOND) == []
    (fired,) = operations.judge([spool_full(hold_s=30)], 50 * SECOND)
    assert fired.started == 20 * SECOND


def test_a_restart_goes_on_with_the_open_ones_and_leaves_the_engines_alone() -> None:
    (fired,) = Operations().judge([spool_full()], SECOND)
    after = Operations([fired, incident("an engine's")])
    assert after.judge([spool_full()], 2 * SECOND) == []
    assert [i.id for i in after.judge([], 3 * SECOND)] == [fired.id]


def test_of_a_shared_store_each_instance_goes_on_with_its_own_alone() -> None:
    (of_a,) = Operations(instance="a").judge([spool_full()], SECOND)
    (of_b,) = Operations(instance="b").judge([spool_full()], 2 * SECOND)
    (older,) = Operations().judge([spool_full()], 3 * SECOND)
    after = Operations([of_a, of_b], instance="b", alone=False)
    assert [i.id for i in after.judge([], 4 * SECOND)] == [of_b.id], "the end of a's is for a to say"
    assert [i.id for i in Operations([of_a], "b", alone=False).judge([spool_full()], 4 * SECOND)] != []
    assert [i.id for i in Operations([older], "b", alone=False).judge([], 4 * SECOND)] == [older.id]
    assert [i.id for i in Operations([of_a], "b", alone=True).judge([], 4 * SECOND)] == [of_a.id]


def test_an_instance_has_one_name_a_spool(tmp_path: Path) -> None:
    names = [instance_name(tmp_path / spool) for spool in ("a", "b", "a")]
    assert names[0] == names[2] != names[1]
    (tmp_path / "file").write_text("")
    assert instance_name(tmp_path / "file")
