"""A site that a person has described, as the simulator takes it; what is not known is typical, and said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from config.equipment import COOLING_UNITS, EquipmentType
from config.scenario import Layout as Spans
from config.site import Site
from streams.simulator.given_site import GivenSite
from streams.simulator.known import Known
from streams.simulator.layout import F64, Layout, Service
from streams.simulator.site_plant import FANS, PlantModel, capacities, capacity, model_plant
from streams.simulator.site_racks import HallRacks, Row, racks_of_hall, rows_of_hall
from streams.simulator.site_spans import middle_of, typical_spans

UNIT_KW = 60.0
"""A cooling unit of which nothing is known."""
USUAL_PART = 0.75
"""Load where none is told, as a part of what the units carry with one to spare."""
NEAREST = {
    EquipmentType.CRAC: "a CRAC, which has a compressor of its own, is played as a CRAH on chilled water",
    EquipmentType.IN_ROW: "an in-row cooler is played as a CRAH that cools the whole hall",
    EquipmentType.CDU: "a CDU is played as a CRAH: what it cools is air-cooled in the simulator",
}


@dataclass(frozen=True, slots=True)
class Load:
    """IT load that is asked for: kW over all zones, or a part of what the units carry with one to spare."""

    kw: float | None = None
    part: float | None = None


@dataclass(frozen=True, slots=True)
class ZoneModel:
    """One zone, ready to be played."""

    site: GivenSite
    spans: Spans
    """Weather and spreads for the scenario."""
    assumed: tuple[str, ...]
    """What was filled in, a sentence each."""
    made_up: frozenset[str]
    """Equipment of the layout that the person has not: it is never lost and tells nothing."""
    design_kw: float
    """IT load that the units carry with the largest of each hall to spare."""


@dataclass(frozen=True, slots=True)
class _Hall:
    name: str
    units: tuple[str, ...]
    unit_kw: F64
    design_kw: float
    racks: HallRacks
    rows: list[Row]


def zones_of(site: Site, heard: Iterable[str]) -> list[str]:
    """The zones in which something cools, in the order of the site file."""
    with_units = {
        site.zone_of(id) for id in (*site.equipment, *heard) if site.equipment_type(id) in set(COOLING_UNITS)
    }
    named = [zone for zone in site.zones if zone in with_units]
    return named + sorted(with_units - set(named))


def model_zone(
    site: Site, zone: str, known: Known, load: Load, outdoor: float | None, total_design: float | None = None
) -> ZoneModel:
    """The zone as the simulator plays it.

    ``total_design``: design load of all zones, over which a load in kW is
    shared; this zone's own, unless said.
    """
    said: list[str] = []
    ids = sorted({*site.equipment, *known.equipment})
    of_zone = [id for id in ids if site.zone_of(id) == zone]
    types = {id: site.equipment_type(id) for id in of_zone}
    for type, words in NEAREST.items():
        if type in types.values():
            said.append(words)
    halls = _halls(site, zone, of_zone, types, known, said)
    design = sum(hall.design_kw for hall in halls)
    racks = tuple(rack for hall in halls for row in hall.rows for rack in row.racks)
    rack_kw = _rack_load(halls, racks, known, load, design / (total_design or design), said)
    nominal = np.maximum(_nominal(halls, racks), 1.05 * rack_kw)
    spans = typical_spans(known, outdoor, float(nominal.sum()), design, said)
    heat = float(rack_kw.sum()) * (1.0 + FANS) + spans.unmetered[0] * float(nominal.sum())
    plant = model_plant(zone, types, site, known, design, heat, said)
    made_up = {id for id in (*plant.chillers, *plant.pumps, *plant.towers) if id not in types}
    made_up |= {row.pdu for hall in halls for row in hall.rows if not row.known}
    air = _air(site, halls, spans.air_m3_per_rack[0], said)
    shutdown, critical = _limits(site, racks, said)
    services = _services(site, racks, said)
    layout = _layout(zone, halls, plant, nominal, rack_kw, spans, design, float(shutdown.min()), services)
    given = GivenSite(layout, rack_kw, shutdown, critical, plant.chiller_kw, air)
    return ZoneModel(given, spans, tuple(said), frozenset(made_up), design)


def _layout(
    zone: str,
    halls: list[_Hall],
    plant: PlantModel,
    nominal: F64,
    rack_kw: F64,
    spans: Spans,
    design: float,
    shutdown: float,
    services: tuple[Service, ...],
) -> Layout:
    return Layout(
        zone=zone,
        halls=len(halls),
        row_hall=np.repeat(np.arange(len(halls)), [len(hall.rows) for hall in halls]),
        rack_row=np.repeat(
            np.arange(sum(len(hall.rows) for hall in halls)),
            [len(row.racks) for hall in halls for row in hall.rows],
        ),
        rack_nominal=nominal,
        utilisation=float(rack_kw.sum() / nominal.sum()),
        unmetered=spans.unmetered[0],
        unit_hall=np.repeat(np.arange(len(halls)), [len(hall.units) for hall in halls]),
        unit_kw=np.concatenate([hall.unit_kw for hall in halls]),
        supply_setpoint=spans.supply_setpoint[0],
        duty_chillers=plant.duty_chillers,
        spare_chillers=len(plant.chillers) - plant.duty_chillers,
        chiller_kw=float(plant.chiller_kw.mean()),
        duty_pumps=plant.duty_pumps,
        spare_pumps=len(plant.pumps) - plant.duty_pumps,
        towers=len(plant.towers),
        water_setpoint=spans.water_setpoint[0],
        loop_litres=spans.loop_litres_per_kw[0] * design,
        chiller_start=spans.chiller_start_s[0],
        air_m3_per_rack=spans.air_m3_per_rack[0],
        surface_m2_per_rack=spans.surface_m2_per_rack[0],
        server_kj_per_k_kw=spans.server_kj_per_k_kw[0],
        shutdown=shutdown,
        lockout=spans.lockout[0],
        services=services,
        racks=tuple(rack for hall in halls for row in hall.rows for rack in row.racks),
        rows=tuple(row.pdu for hall in halls for row in hall.rows),
        units=tuple(unit for hall in halls for unit in hall.units),
        chillers=plant.chillers,
        pumps=plant.pumps,
        tower_ids=plant.towers,
        hall_ids=tuple(hall.name for hall in halls),
    )


def _air(site: Site, halls: list[_Hall], typical: float, said: list[str]) -> F64:
    """Air of each hall, as a part of the typical, m3 a rack."""
    volumes = [site.air_volume_m3(hall.name) for hall in halls]
    if None in volumes:
        said.append(f"air: {typical:.0f} m3 a rack where the hall's air_volume_m3 is not given")
    counts = np.array([len(hall.racks.ids) for hall in halls])
    air = [1.0 if v is None else v / n / typical for v, n in zip(volumes, counts, strict=True)]
    return np.array(air)


def _halls(
    site: Site, zone: str, ids: Sequence[str], types: dict[str, str], known: Known, said: list[str]
) -> list[_Hall]:
    """The halls of the zone that have cooling units, each with its racks."""
    units: dict[str, list[str]] = {}
    for id in ids:
        if types[id] in set(COOLING_UNITS):
            units.setdefault(id.split("/", 1)[0], []).append(id)
    bare = [hall for hall in site.halls_of(zone) or () if hall not in units]
    if bare:
        said.append(f"left out, for no cooling unit is named there: {', '.join(bare)}")
    everyone = [unit for group in units.values() for unit in group]
    told = capacities(site, everyone, known)
    usual = float(np.mean(told)) if told else UNIT_KW
    count = sum(len(group) for group in units.values())
    if len(told) < count:
        how = f"the mean of the others, {usual:.0f} kW" if told else f"{usual:.0f} kW each"
        said.append(f"capacity of {count - len(told)} of {count} cooling units: {how}")
    halls = []
    for hall in sorted(units):
        kw = np.array([capacity(site, u, known) or usual for u in units[hall]])
        if not told:
            kw = _as_loaded(site, hall, known, kw)
        firm = float(kw.sum() - kw.max()) if len(kw) > 1 else float(kw.sum())
        design = firm / (1.0 + FANS + middle_of(Spans().unmetered))
        racks = racks_of_hall(site, hall, known.equipment, design)
        if racks.made_up:
            named = len(racks.ids) - racks.made_up
            who = (
                f"{named} racks are named, {racks.made_up} more"
                if named
                else f"no rack is named, {racks.made_up}"
            )
            said.append(f"{hall}: {who} stand in for what the units are made for ({design:.0f} kW)")
        pdus = [id for id in ids if types[id] == EquipmentType.PDU and id.startswith(f"{hall}/")]
        rows = rows_of_hall(site, hall, racks.ids, pdus)
        halls.append(_Hall(hall, tuple(units[hall]), kw, design, racks, rows))
    return halls


def _as_loaded(site: Site, hall: str, known: Known, kw: F64) -> F64:
    """Units of unknown capacity in a hall whose load is known: made so that one of them is to spare."""
    place = f"{hall}/"
    load = sum(
        power
        for id, power in known.power_kw.items()
        if id.startswith(place) and site.equipment_type(id) == EquipmentType.RACK
    )
    if not load:
        return kw
    return np.full(len(kw), load / USUAL_PART * (1.0 + FANS) / max(len(kw) - 1, 1))


def _rack_load(
    halls: list[_Hall], racks: tuple[str, ...], known: Known, load: Load, share: float, said: list[str]
) -> F64:
    """What each rack draws, kW: as usual, or scaled to the load that is asked for."""
    usual = np.array([known.power_kw.get(rack, np.nan) for rack in racks])
    hall_of = np.repeat(np.arange(len(halls)), [len(hall.racks.ids) for hall in halls])
    kw = np.empty(len(racks))
    for h, hall in enumerate(halls):
        here = hall_of == h
        heard = here & np.isfinite(usual)
        even = USUAL_PART * hall.design_kw / here.sum()
        kw[here] = float(usual[heard].mean()) if heard.any() else even
        kw[heard] = usual[heard]
    metered = int(np.isfinite(usual).sum())
    asked = load.part is not None or load.kw is not None
    if metered and metered < len(racks):
        said.append(f"{len(racks) - metered} of {len(racks)} racks have no power meter: as the others")
    elif not metered and not asked:
        said.append(
            f"load: {100 * USUAL_PART:.0f} % of what the units carry with one of each hall to spare, "
            "the same for all racks of a hall (--load)"
        )
    elif not metered:
        said.append("load: the same for all racks of a hall")
    if load.part is not None:
        for h, hall in enumerate(halls):
            here = hall_of == h
            kw[here] *= load.part * hall.design_kw / kw[here].sum()
    elif load.kw is not None:
        kw *= load.kw * share / kw.sum()
    return np.maximum(kw, 0.01)


def _nominal(halls: list[_Hall], racks: tuple[str, ...]) -> F64:
    """What each rack is made for, kW: its share of the hall's design load."""
    each = [np.full(len(hall.racks.ids), hall.design_kw / len(hall.racks.ids)) for hall in halls]
    return np.concatenate(each)


def _limits(site: Site, racks: tuple[str, ...], said: list[str]) -> tuple[F64, F64]:
    """(inlet air at which each rack shuts down, its critical limit), degC."""
    shutdown, critical = np.empty(len(racks)), np.empty(len(racks))
    without = np.zeros(len(racks), np.bool_)
    for r, rack in enumerate(racks):
        limits = site.limits(f"{rack}/inlet_air_temperature/top")
        critical[r] = np.inf if limits.critical is None else limits.critical
        shutdown[r] = critical[r] if limits.shutdown is None else limits.shutdown
        without[r] = limits.shutdown is None
    if without.any():
        at = " or ".join(f"{limit:g}" for limit in np.unique(shutdown[without]))
        said.append(f"{without.sum()} racks without a shutdown limit go down at the critical one, {at} C")
    return shutdown, critical


def _services(site: Site, racks: tuple[str, ...], said: list[str]) -> tuple[Service, ...]:
    index = {rack: r for r, rack in enumerate(racks)}
    found = []
    for service in site.services:
        members = tuple(index[rack] for rack in site.service_racks(service, racks))
        if not members:
            continue
        needs = len(members) if service.needs is None else service.needs
        if needs > len(members):
            said.append(f"{service.name} needs {needs} racks, {len(members)} can be named: it needs them all")
            needs = len(members)
        found.append(Service(service.name, members, needs))
    return tuple(found)
