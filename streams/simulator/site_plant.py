"""The plant of a site that a person has described: chillers, pumps and towers, and what they can carry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from config.equipment import EquipmentType
from config.site import Site
from streams.simulator.known import Known
from streams.simulator.layout import F64

FANS = 0.06
"""What the fans of the units add to the heat, as a part of it."""


@dataclass(frozen=True, slots=True)
class PlantModel:
    """Those on duty first; what is not named is made up."""

    chillers: tuple[str, ...]
    chiller_kw: F64
    """Of each."""
    duty_chillers: int
    pumps: tuple[str, ...]
    duty_pumps: int
    towers: tuple[str, ...]


def model_plant(
    zone: str, types: dict[str, str], site: Site, known: Known, design: float, heat: float, said: list[str]
) -> PlantModel:
    """``design``: IT load that the units carry, ``heat``: what there is to carry away, both kW.

    What had to be taken for granted is added to ``said``.
    """
    chillers, chiller_kw, duty = _chillers(zone, types, site, known, design, heat, said)
    pumps, duty_pumps = _pumps(zone, types, known, said)
    towers = tuple(id for id, t in types.items() if t == EquipmentType.COOLING_TOWER)
    if not towers:
        said.append("no cooling tower is named: the chillers' heat is taken to be carried away")
        towers = (f"{zone}/assumed-tower-1", f"{zone}/assumed-tower-2")
    return PlantModel(chillers, chiller_kw, duty, pumps, duty_pumps, towers)


def capacity(site: Site, id: str, known: Known) -> float | None:
    """As the site file gives it, else as it was seen, kW."""
    given = site.capacity_kw(id)
    return known.capacity_kw.get(id) if given is None else given


def capacities(site: Site, ids: Iterable[str], known: Known) -> list[float]:
    """Those that are given or were seen, kW."""
    return [kw for id in ids if (kw := capacity(site, id, known)) is not None]


def _chillers(
    zone: str,
    types: dict[str, str],
    site: Site,
    known: Known,
    design: float,
    heat: float,
    said: list[str],
) -> tuple[tuple[str, ...], F64, int]:
    """(ids with those on duty first, kW of each, how many are on duty)."""
    ids = [id for id, type in types.items() if type == EquipmentType.CHILLER]
    size = 1.15 * design * (1.0 + FANS)
    if not ids:
        said.append("no chiller is named: chilled water is taken to be there (2 chillers and a spare)")
        return tuple(f"{zone}/assumed-chiller-{k}" for k in (1, 2, 3)), np.full(3, size / 2), 2
    told = capacities(site, ids, known)
    usual = float(np.mean(told)) if told else size / max(len(ids) - 1, 1)
    if len(told) < len(ids):
        how = "the mean of the others" if told else "made for the units with one chiller to spare"
        said.append(f"capacity of {len(ids) - len(told)} of {len(ids)} chillers: {how}, {usual:.0f} kW")
    ids.sort(key=lambda id: id not in known.running)
    kw = np.array([capacity(site, id, known) or usual for id in ids])
    running = sum(id in known.running for id in ids)
    enough = np.flatnonzero(np.cumsum(kw) >= 1.05 * heat)
    duty = running or (int(enough[0]) + 1 if len(enough) else len(ids))
    if not running:
        said.append(f"{duty} of {len(ids)} chillers on duty, as the load needs; the others start on a loss")
    return tuple(ids), kw, duty


def _pumps(zone: str, types: dict[str, str], known: Known, said: list[str]) -> tuple[tuple[str, ...], int]:
    """(ids with those on duty first, how many are on duty)."""
    ids = [id for id, type in types.items() if type == EquipmentType.PUMP]
    if not ids:
        said.append("no pump is named: chilled water is taken to flow (1 pump and a spare)")
        return (f"{zone}/assumed-pump-1", f"{zone}/assumed-pump-2"), 1
    ids.sort(key=lambda id: id not in known.running)
    running = sum(id in known.running for id in ids)
    duty = running or max(len(ids) - 1, 1)
    if not running:
        spare = "one of them to spare" if len(ids) > 1 else "none to spare"
        said.append(f"{duty} of {len(ids)} pumps on duty, {spare}; all move chilled water")
    return tuple(ids), duty
