"""Which names are ids of points as they are, and which look like one by accident.

Names of three parts come of many systems: ``crac-1/gauge/running`` (plug-in of a collector),
``crac/crac-03/power`` (measurement, tag, field), ``sensor/crac-1/temperature`` (domain of a
home automation). A name is an id as it is only when nothing speaks against it, seen beside
all others.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from config.equipment import EquipmentType
from config.kinds import load_kinds
from config.naming.machines import hall_of, is_a_weak_word, is_domain, machine_of, type_called
from config.naming.measures import NUMERIC, said_by
from config.naming.words import cut
from config.points import PointName, parse_point


def own_ids(names: Iterable[str]) -> dict[str, PointName]:
    """Those of the names that are ids of points of known kinds as they are, each in its parts."""
    points = {name: point for name in names if (point := known_point(name)) is not None}
    halls = {point.hall for point in points.values()}
    split = _halls_that_split_machines(points)
    foreign = {hall for hall in halls if hall in split or _is_no_hall(hall)}
    return {
        name: point
        for name, point in points.items()
        if point.hall not in foreign and not _machine_stands_first(point) and not _hall_stands_second(point)
    }


def known_point(name: str) -> PointName | None:
    """The parts of a name that may be the id of a point of a known kind, None of any other."""
    point = parse_point(name)
    return point if point is not None and point.measure in load_kinds() else None


def one_spelling(slug: str) -> str:
    """A machine's name without what people write either way: zeros in front, a hyphen before a number."""
    return re.sub(r"(?<=[^\W\d])-(?=\d)", "", re.sub(r"(?<!\d)0+(?=\d)", "", slug.casefold()))


def _is_no_hall(hall: str) -> bool:
    """Whether it is the word of a system, a type of machine, or what is measured."""
    parts = cut(hall)
    if is_domain(hall) or type_called(parts) not in (None, EquipmentType.OUTSIDE):
        return True
    if any(word.plain.isdigit() for word in parts.words):
        return False
    said = said_by(parts.words)
    return bool(said.concepts) and said.concepts <= NUMERIC and not said.unknown


def _machine_stands_first(point: PointName) -> bool:
    """Whether the first part is a machine's name, as the second need not be."""
    parts = cut(point.hall)
    machine = machine_of(parts)
    if machine is None or machine.type in (None, EquipmentType.OUTSIDE) or hall_of(parts, None)[0]:
        return False
    if not machine.code and len(machine.words) < len(parts.words):
        return False  # as in a rack room
    beside = machine_of(cut(point.equipment))
    # A building may be called tower 2, but not crac 2.
    return beside is None or not beside.code or not is_a_weak_word(parts, machine)


def _hall_stands_second(point: PointName) -> bool:
    """Whether the second part names a hall, and the first does not."""
    return bool(hall_of(cut(point.equipment), None)[0]) and not (
        hall_of(cut(point.hall), None)[0] or machine_of(cut(point.equipment))
    )


def _halls_that_split_machines(points: Mapping[str, PointName]) -> set[str]:
    """First parts under which the same machines stand, and never with a measure in common.

    Two halls may each have a crac-1, which then measure alike.
    """
    measured: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for point in points.values():
        measured[one_spelling(point.equipment)][point.hall].add("/".join((point.measure, point.place)))
    apart: set[frozenset[str]] = set()
    alike: set[frozenset[str]] = set()
    for halls in measured.values():
        for one in halls:
            for other in halls:
                if one < other:
                    (alike if halls[one] & halls[other] else apart).add(frozenset((one, other)))
    return {hall for pair in apart - alike for hall in pair}
