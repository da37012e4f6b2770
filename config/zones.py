"""Zones: which hall belongs to which plant."""

from __future__ import annotations

from collections.abc import Sequence

from config.errors import ConfigError
from config.overrides import merged_by
from config.site_file import ZoneEntry


def read_zones(entries: Sequence[ZoneEntry], where: str) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """(hall -> zone, zone -> halls). Raises ConfigError where zones overlap."""
    zones = merged_by(entries, "name")
    zone_of: dict[str, str] = {}
    halls_of: dict[str, tuple[str, ...]] = {}
    for zone in zones.values():
        key = f"[[zone]] ({zone.name}) halls"
        if not zone.halls:
            raise ConfigError(where, key, "names no hall", 'as in halls = ["hall-1", "hall-2"]')
        for hall in zone.halls:
            if zone_of.get(hall, zone.name) != zone.name:
                problem = f"{hall} is already in zone {zone_of[hall]}"
                raise ConfigError(where, key, problem, "a hall stands in one zone; drop it from the other")
            if hall in zones and hall != zone.name:
                raise ConfigError(where, key, f"{hall} is the name of another zone", "rename one of them")
            zone_of[hall] = zone.name
        halls_of[zone.name] = tuple(dict.fromkeys(zone.halls))
    return zone_of, halls_of
