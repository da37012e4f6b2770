"""What the daemon's snapshots tell of each zone: equipment, usual load, what runs, what is measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from config.equipment import EquipmentType
from config.errors import ConfigError
from config.kinds import Kind, Role
from config.settings import EngineSettings
from config.site import Site
from detector.engine import Engine
from detector.seen.shared import OF_SEEN
from detector.service.daemon.partition import SavedPartition
from detector.service.daemon.snapshots import DamagedSnapshot, SnapshotName, unseal_file
from detector.snapshot import SnapshotError, decode
from streams.messages import F64, SECOND
from streams.simulator.known import Known


def learned_zones(
    sources: Sequence[Path], site: Site, kinds: dict[str, Kind], settings: EngineSettings
) -> dict[str, Known]:
    """By zone. ``sources``: snapshot files, or folders in which the newest of each partition counts.

    Raises ConfigError for a file that is no snapshot, or a folder without any.
    """
    zones = {}
    for source in sources:
        for path in _files(source):
            for zone, state in _read(path).items():
                try:
                    engine, _ = Engine.restore(state, site, kinds, settings)
                    zones[zone] = _known(engine, decode(state), site)
                except (SnapshotError, KeyError, TypeError, IndexError) as error:
                    problem = f"zone {zone} cannot be read: {error}"
                    raise ConfigError(str(path), "", problem, "take one of this version") from error
    return zones


def _files(source: Path) -> Iterator[Path]:
    if not source.exists():
        raise ConfigError(
            str(source), "", "no such file", "a .snapshot file, or the folder that [state] snapshots names"
        )
    if source.is_file():
        yield source
        return
    newest: dict[Path, SnapshotName] = {}
    for path in source.rglob("*.snapshot"):
        name = SnapshotName.parse(path.name)
        if name is not None and (path.parent not in newest or newest[path.parent] < name):
            newest[path.parent] = name
    if not newest:
        raise ConfigError(str(source), "", "holds no snapshot", "the folder in which the daemon keeps them")
    yield from (folder / str(name) for folder, name in sorted(newest.items()))


def _read(path: Path) -> dict[str, bytes]:
    try:
        saved = msgspec.msgpack.decode(unseal_file(path.read_bytes()), type=SavedPartition)
    except (DamagedSnapshot, msgspec.MsgspecError) as error:
        raise ConfigError(str(path), "", f"no snapshot: {error}", "a file that the daemon wrote") from error
    return saved.engines.zones


def _known(engine: Engine, state: dict[str, Any], site: Site) -> Known:
    points, judge = engine.points, state["judge"]
    ids = points.equipment_ids
    power, last_run = judge["equipment"]["usual_power"], judge["stops"]["last_run"]
    metered = (EquipmentType.RACK, EquipmentType.PDU)
    seen = judge["capacity"]["seen_kw"]
    power_kw = {
        id: float(kw)
        for id, kw in zip(ids, power, strict=False)
        if np.isfinite(kw) and kw > 0.0 and site.equipment_type(id) in metered
    }
    metal, water = _takes_up(judge["halls"], power_kw, site)
    return Known(
        equipment=tuple(dict.fromkeys(points.equipment_of(slot) for slot in range(len(points)))),
        power_kw=power_kw,
        running=frozenset(
            id
            for id, run in zip(ids, last_run, strict=False)
            if run > 0 and (engine.intake.event_time or 0) - run <= OF_SEEN.in_service_s * SECOND
        ),
        measures=frozenset(
            (points.equipment_of(slot), points.kinds[slot].role) for slot in range(len(points))
        ),
        server_kj_per_k=metal,
        loop_litres=None if water is None else water / OF_SEEN.water_kj_per_litre_k,
        capacity_kw={id: float(kw) for id, kw in zip(ids, seen, strict=False) if np.isfinite(kw)},
        supply_setpoint=_median(engine, Role.SUPPLY_AIR_SETPOINT),
        water_setpoint=_median(engine, Role.WATER_SETPOINT),
        outdoor=_median(engine, Role.OUTDOOR_AIR),
    )


def _takes_up(
    halls: dict[str, Any], power_kw: dict[str, float], site: Site
) -> tuple[float | None, float | None]:
    """Heat that servers and water of the zone take up, kJ/K; None unless every hall has shown it.

    Halls tell it per kW of their usual load, that of their racks or else of their PDUs.
    """
    totals = np.zeros(2)
    for hall, kept in halls.items():
        by_type = {EquipmentType.RACK: 0.0, EquipmentType.PDU: 0.0}
        for id, kw in power_kw.items():
            if id.startswith(f"{hall}/"):
                by_type[EquipmentType(site.equipment_type(id))] += kw
        load = by_type[EquipmentType.RACK] or by_type[EquipmentType.PDU]
        totals += load * np.array(kept["heat_capacity"]["known"])
    metal, water = (float(kj) if kj > 0.0 else None for kj in totals)
    return metal, water


def _median(engine: Engine, role: Role) -> float | None:
    """Of the last values of all points of a role."""
    points = engine.points
    slots = [slot for slot, kind in enumerate(points.kinds) if kind.role == role]
    values: F64 = points.arrival.last_value[slots]
    values = values[np.isfinite(values)]
    return float(np.median(values)) if len(values) else None
