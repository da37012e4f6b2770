"""Who cools whom: the equipment of a zone, its halls, and what feeds what.

Built from the ids that have been seen and from the site model; made anew when
equipment appears, so everything here can be thrown away and derived again.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from config.equipment import COOLING_UNITS, PLANT, EquipmentType
from config.kinds import Role
from config.site import Site
from streams.messages import F64


@dataclass(frozen=True, slots=True)
class ServiceRacks:
    """A service and the racks (by index) that carry it."""

    name: str
    needs: int
    racks: tuple[int, ...]


@dataclass(frozen=True)
class Topology:
    """Indices are those of the equipment list that it was built from."""

    zone: str
    ids: tuple[str, ...]
    types: tuple[str, ...]
    halls: tuple[str, ...]
    """Names of the halls of the zone, in the order of their first equipment."""
    hall_of: tuple[int, ...]
    """Hall of each piece of equipment, -1 for plant equipment."""
    cooling_units: tuple[tuple[int, ...], ...]
    """Cooling units of each hall."""
    racks: tuple[tuple[int, ...], ...]
    """Racks of each hall."""
    meters: tuple[tuple[int, ...], ...]
    """PDUs of each hall."""
    chillers: tuple[int, ...]
    pumps: tuple[int, ...]
    towers: tuple[int, ...]
    outside: tuple[int, ...]
    services: tuple[ServiceRacks, ...]
    capacity_kw: tuple[float | None, ...]

    @cached_property
    def declared_kw(self) -> F64:
        """``capacity_kw`` as numbers; NaN where none is declared."""
        declared = np.array([np.nan if kw is None else kw for kw in self.capacity_kw])
        declared.flags.writeable = False
        return declared

    @property
    def plant(self) -> tuple[int, ...]:
        """Chillers, pumps and towers, as indices of the equipment."""
        return self.chillers + self.pumps + self.towers


def shown_type(roles: Container[Role]) -> str:
    """The type that the roles of its points show, of equipment whose name says nothing; else empty.

    >>> str(shown_type({Role.RACK_INLET, Role.POWER}))
    'Rack'
    """
    if Role.RACK_INLET in roles:
        return EquipmentType.RACK
    if Role.SUPPLY_AIR in roles and (Role.RETURN_AIR in roles or Role.FAN_SPEED in roles):
        return EquipmentType.CRAH
    return ""


def build_topology(
    zone: str, equipment_ids: list[str], seen: Sequence[bool], site: Site, shown: Sequence[str] = ()
) -> Topology:
    """Arrange the equipment that has been heard; what is merely known by name has no type yet.

    Declared topology comes first; without it everything in a hall feeds
    everything below it. ``shown``: for each, the type that its points show, for
    where neither the site nor its name tells it.
    """
    shown = shown or [""] * len(equipment_ids)
    types = tuple(
        (site.equipment_type(e) or by_points) if s else ""
        for e, s, by_points in zip(equipment_ids, seen, shown, strict=True)
    )
    hall_names: dict[str, int] = {}
    hall_of = []
    known_halls = site.halls_of(zone)
    for e, kind, heard in zip(equipment_ids, types, seen, strict=True):
        place = e.split("/", 1)[0]
        in_plant = kind in PLANT or (place == zone and known_halls is not None and place not in known_halls)
        if in_plant or kind == "Outside" or not heard:
            hall_of.append(-1)
        else:
            hall_of.append(hall_names.setdefault(place, len(hall_names)))

    def per_hall(wanted: frozenset[str]) -> tuple[tuple[int, ...], ...]:
        return tuple(
            tuple(i for i, t in enumerate(types) if t in wanted and hall_of[i] == h)
            for h in range(len(hall_names))
        )

    def of_type(wanted: str) -> tuple[int, ...]:
        return tuple(i for i, t in enumerate(types) if t == wanted)

    def services() -> tuple[ServiceRacks, ...]:
        index = {e: i for i, e in enumerate(equipment_ids) if types[i] == "Rack"}
        carried = []
        for service in site.services:
            racks = tuple(index[r] for r in site.service_racks(service, index))
            if racks:
                needs = len(racks) if service.needs is None else service.needs
                carried.append(ServiceRacks(service.name, needs, racks))
        return tuple(carried)

    return Topology(
        zone=zone,
        ids=tuple(equipment_ids),
        types=types,
        halls=tuple(hall_names),
        hall_of=tuple(hall_of),
        cooling_units=per_hall(frozenset(COOLING_UNITS)),
        racks=per_hall(frozenset({"Rack"})),
        meters=per_hall(frozenset({"PDU"})),
        chillers=of_type("Chiller"),
        pumps=of_type("Pump"),
        towers=of_type("Cooling_Tower"),
        outside=of_type("Outside"),
        services=services(),
        capacity_kw=tuple(site.capacity_kw(e) for e in equipment_ids),
    )


def maintained(site: Site, topology: Topology, end: int) -> np.ndarray:
    """b1[equipment]: whether it is under declared maintenance at the time ``end``, ns."""
    if not site.maintenance:
        return np.zeros(len(topology.ids), np.bool_)
    return np.array([site.in_maintenance(e, end) for e in topology.ids], np.bool_)
