"""Points that go on under a new name, as conditions that someone must know of: a machine is one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from detector.incidents.faults import Category, Severity
from detector.service.daemon.operations import Condition
from detector.service.engines.renames import Renamed

MOST_LINES = 8


def rename_conditions(renamed: Iterable[Renamed]) -> Iterator[Condition]:
    """One for each machine of old, with a line for the site file for each of its points."""
    of_machine: dict[str, list[Renamed]] = defaultdict(list)
    for each in renamed:
        of_machine[each.id.rsplit("/", len(each.id.split("/")) - 2)[0]].append(each)
    for machine, points in of_machine.items():
        first, *others = points[:MOST_LINES]
        lines = [each.line for each in others]
        more = f" and {len(points) - MOST_LINES} more" if len(points) > MOST_LINES else ""
        yield Condition(
            "renamed",
            Category.TELEMETRY,
            machine,
            Severity.WARNING,
            "; ".join([first.sentence, *lines]) + more,
            zone=first.zone,
        )
