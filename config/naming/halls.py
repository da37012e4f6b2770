"""Machines and halls of all names of a site: one machine is spelled in one way and stands in one hall."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from config.naming.machines import is_domain, slug_of
from config.naming.measures import said_by
from config.naming.own_ids import one_spelling
from config.naming.sense import Sense
from config.naming.words import cut
from config.points import PointName


def spelled_alike(senses: Sequence[Sense], own: Iterable[PointName]) -> list[Sense]:
    """The senses, in their order, of machines as the site's own ids call them, or most of the names."""
    counted: dict[str, Counter[tuple[bool, str]]] = defaultdict(Counter)
    for point in own:
        counted[one_spelling(point.equipment)][True, point.equipment] += 1
    for sense in senses:
        if sense.machine is not None:
            counted[one_spelling(sense.machine.slug)][False, sense.machine.slug] += 1
    usual = {
        key: max(spellings, key=lambda each: (each[0], spellings[each], each[1]))[1]
        for key, spellings in counted.items()
    }
    return [
        sense
        if sense.machine is None
        else replace(sense, machine=replace(sense.machine, slug=usual[one_spelling(sense.machine.slug)]))
        for sense in senses
    ]


def halls_of(senses: Sequence[Sense], own: Iterable[PointName]) -> list[str]:
    """The hall of each name, empty for those of which nothing says it.

    A name that says none is of the one hall that others say of its machine. Machines of one
    name stand in halls by what comes before them, where they measure the same there.
    """
    said: dict[str, set[str]] = defaultdict(set)
    for point in own:
        said[point.equipment].add(point.hall)
    for sense in senses:
        if sense.machine is not None and sense.hall:
            said[sense.machine.slug].add(sense.hall)
    heads = _heads(senses)
    return [sense.hall or _hall_of(sense, said, heads) for sense in senses]


def _hall_of(sense: Sense, said: dict[str, set[str]], heads: set[tuple[str, str]]) -> str:
    if sense.machine is None:
        return ""
    halls = said.get(sense.machine.slug, set())
    if len(halls) == 1:
        return min(halls)
    head = _before(sense)
    return slug_of(head) if (sense.machine.slug, head) in heads else ""


def _heads(senses: Sequence[Sense]) -> set[tuple[str, str]]:
    """(machine, what comes before it) where these tell machines of one name apart."""
    measured: dict[str, dict[str, set[object]]] = defaultdict(lambda: defaultdict(set))
    for sense in senses:
        head = _before(sense)
        if head and not sense.hall and sense.machine is not None:
            measured[sense.machine.slug][head].add((sense.concepts, sense.places, sense.numbers))
    return {
        (slug, head)
        for slug, of_head in measured.items()
        for head, here in of_head.items()
        if any(other != head and here & there for other, there in of_head.items())
    }


def _before(sense: Sense) -> str:
    """The part of a path before the machine; empty where it says what is measured, or a system."""
    if sense.machine is None:
        return ""
    head = sense.cut.name[: sense.machine.start].rstrip("/.|: ")
    part = head.replace(".", "/").rsplit("/", 1)[-1].strip()
    return "" if said_by(cut(part).words).concepts or is_domain(part) else part
