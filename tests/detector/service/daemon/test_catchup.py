"""Before the live edge nobody is told; at it, what still holds is told once."""

from __future__ import annotations

from detector.service.daemon.catchup import LiveEdge
from tests.detector.service.incidents import incident


def test_what_ended_before_the_edge_is_told_only_as_ended() -> None:
    edge = LiveEdge()
    over, lasting = incident("over"), incident("lasting")
    edge.hold([over, lasting])
    assert edge.arrive(50, [over, lasting]) is None  # where the log ends is not known yet
    edge.edge = 100
    edge.hold([incident("over", state="resolved")])
    assert edge.arrive(99, [lasting]) is None
    told = edge.arrive(100, [lasting])
    assert told is not None
    assert [(i.id, i.state) for i in told] == [("lasting", "firing"), ("over", "resolved")]
    assert edge.reached
    assert edge.arrive(101, [lasting]) is None


def test_without_a_backlog_the_edge_is_reached_at_once() -> None:
    edge = LiveEdge()
    edge.edge = 5
    assert edge.arrive(5, []) == []
    assert edge.reached
