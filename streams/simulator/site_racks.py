"""The racks of a hall as a site file names them: one by one, by pattern, or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from config.equipment import EquipmentType, guess_type
from config.glob import matches, texts
from config.site import Site

RACK_KW = 4.5
"""What a rack is taken to be made for where the number of racks is not known, kW."""
MOST_RACKS = 1000
ROW_LENGTH = 10


@dataclass(frozen=True, slots=True)
class HallRacks:
    """The racks that a hall is simulated with."""

    ids: tuple[str, ...]
    made_up: int
    """How many of them stand in for racks that nobody named."""


def racks_of_hall(site: Site, hall: str, heard: Iterable[str], design_kw: float) -> HallRacks:
    """The racks of ``hall``. ``heard``: ids from telemetry; ``design_kw``: IT load that the hall is made for.

    Racks that are declared or heard are taken to be all there are. Services and
    units name a part at most, so others are added up to a typical number.
    """
    place = f"{hall}/"
    whole = {id for id in (*site.equipment, *heard) if id.startswith(place) and _is_rack(site, id)}
    patterns = list(_patterns(site, hall))
    named = whole | {id for id in _spelled_out(patterns, hall) if _is_rack(site, id)}
    if whole:
        return HallRacks(tuple(sorted(named)), 0)
    wanted = min(max(round(design_kw / RACK_KW), 1), MOST_RACKS)
    more = list(_made_up(hall, sorted(named), patterns, wanted - len(named)))
    return HallRacks(tuple(sorted([*named, *more])), len(more))


def _is_rack(site: Site, id: str) -> bool:
    return site.equipment_type(id) == EquipmentType.RACK


def _patterns(site: Site, hall: str) -> Iterator[str]:
    """Patterns that may speak of racks in ``hall``."""
    for service in site.services:
        yield from service.racks
    for entry in site.equipment.values():
        yield from entry.feeds or ()


def _spelled_out(patterns: Sequence[str], hall: str) -> Iterator[str]:
    for pattern in patterns:
        head, _, name = pattern.partition("/")
        if name and "**" not in head and matches(head, hall):
            yield from (f"{hall}/{text}" for text in texts(name) or () if "/" not in text)


def _made_up(hall: str, named: Sequence[str], patterns: Sequence[str], count: int) -> Iterator[str]:
    """Ids of ``count`` more racks, numbered as the named ones are, or so that a pattern matches them."""
    before, width, after = _numbering(hall, named, patterns)
    number, taken = 0, set(named)
    while count > 0:
        number += 1
        id = f"{hall}/{before}{number:0{width}d}{after}"
        if id not in taken:
            count -= 1
            yield id


def _numbering(hall: str, named: Sequence[str], patterns: Sequence[str]) -> tuple[str, int, str]:
    for id in named:
        found = re.fullmatch(r"(.*?)(\d+)", id.partition("/")[2])
        if found:
            return found[1], len(found[2]), ""
    for pattern in patterns:
        head, _, name = pattern.partition("/")
        if name.count("*") != 1 or any(c in name for c in "?[/") or "**" in head or not matches(head, hall):
            continue
        before, _, after = name.partition("*")
        if guess_type(f"{hall}/{before}1{after}") == EquipmentType.RACK:
            return before, 2, after
    return "rack-", 2, ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of racks, and the PDU that feeds it."""

    pdu: str
    racks: tuple[str, ...]
    known: bool
    """Whether there is such a PDU."""


def rows_of_hall(site: Site, hall: str, racks: Sequence[str], pdus: Sequence[str]) -> list[Row]:
    """The racks of a hall by row: by PDU where PDUs are declared to feed them, or are as many as rows
    could be; else rows of ten, in the order of their names."""
    fed = {pdu: tuple(site.feeds(pdu, racks)) for pdu in pdus}
    if fed and sorted(rack for group in fed.values() for rack in group) == sorted(racks):
        return [Row(pdu, group, True) for pdu, group in fed.items() if group]
    if pdus and len(racks) >= 4 * len(pdus):
        return [Row(pdu, part, True) for pdu, part in zip(pdus, _parts(racks, len(pdus)), strict=True)]
    parts = _parts(racks, -(-len(racks) // ROW_LENGTH))
    return [Row(f"{hall}/assumed-pdu-{n + 1:02d}", part, False) for n, part in enumerate(parts)]


def _parts(racks: Sequence[str], count: int) -> list[tuple[str, ...]]:
    """``count`` runs of nearly equal length."""
    edges = [round(i * len(racks) / count) for i in range(count + 1)]
    return [tuple(racks[a:b]) for a, b in pairwise(edges)]
