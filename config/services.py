"""Services and the racks behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from config.errors import ConfigError
from config.glob import is_literal, matches
from config.site_file import ServiceEntry


class Service(NamedTuple):
    """What people use. It drops when fewer than ``needs`` of its racks are up."""

    name: str
    racks: tuple[str, ...]
    """Patterns of equipment ids."""
    needs: int | None = None
    """None: it needs all of them."""

    def racks_among(self, known: Iterable[str]) -> list[str]:
        """The known equipment ids that its patterns match, sorted."""
        return sorted({id for id in known if any(matches(pattern, id) for pattern in self.racks)})


def read_services(
    entries: Iterable[ServiceEntry], zone_of: Callable[[str], str], where: str
) -> tuple[Service, ...]:
    """Raises ConfigError for a service without racks, or with more needs than racks."""
    return tuple(_service(entry, zone_of, where) for entry in entries)


def _service(entry: ServiceEntry, zone_of: Callable[[str], str], where: str) -> Service:
    key = f"[[service]] ({entry.name})"
    if not entry.racks:
        raise ConfigError(where, f"{key} racks", "names no rack", 'as in racks = ["hall-1/rack-0[1-4]"]')
    racks = tuple(dict.fromkeys(entry.racks))
    if entry.needs is not None and entry.needs > len(racks) and all(map(is_literal, racks)):
        problem = f"needs {entry.needs} of {len(racks)} racks"
        raise ConfigError(where, f"{key} needs", problem, f"at most {len(racks)}, or name more racks")
    halls = [rack.split("/", 1)[0] for rack in racks]
    zones = sorted({zone_of(hall) for hall in halls if is_literal(hall)})
    if len(zones) > 1:
        remedy = "one service for each zone, or one [[zone]] with all these halls"
        raise ConfigError(where, f"{key} racks", f"stand in several zones: {', '.join(zones)}", remedy)
    return Service(entry.name, racks, entry.needs)
