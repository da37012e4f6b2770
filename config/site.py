"""The site model: which equipment stands where, what feeds what, and which limits hold.

    zone        a plant and the halls it feeds; a hall that no zone names is its own zone
    hall        racks, and the units that cool them
    equipment   feeds: plant -> unit -> rack
    service     stands on racks

No file at all is a site too: all of it then comes from the ids of the points.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from config.accepted import Accepted, read_accepted
from config.equipment import COOLING_UNITS, PLANT, EquipmentType, guess_type
from config.errors import ConfigError
from config.gateways import gateway_of
from config.glob import matches
from config.limits import Limits, check_limits, default_limits, limits_of
from config.maintenance import Maintenance, read_maintenance
from config.overrides import merged_by
from config.points import parse_point
from config.routes import Route, check_routes, named_ids, route_of
from config.services import Service, read_services
from config.site_file import EquipmentEntry, SiteFile, read_site_file
from config.zones import read_zones


class Site:
    """What is known of a site. It does not change once it is made."""

    def __init__(self, file: SiteFile, where: str) -> None:
        self.name = file.site.name
        self._zone_of_hall, self._halls_of = read_zones(file.zone, where)
        self._halls = merged_by(file.hall, "name")
        self._equipment = merged_by(file.equipment, "id")
        self._places = {*self._halls, *(id.split("/", 1)[0] for id in self._equipment)}
        check_limits(file.limit, where)
        self._limits = file.limit
        check_routes(file.point, where)
        self._points = file.point
        self._left_out = [entry for entry in file.point if entry.ignore is not None]
        self._names_of: dict[str, list[str]] = {}
        for entry in file.point:
            if entry.id is not None:
                self._names_of.setdefault(entry.id, []).append(entry.match)
        self._sources = file.source
        services = merged_by(file.service, "name").values()
        self.services: tuple[Service, ...] = read_services(services, self.zone_of_hall, where)
        self.maintenance: tuple[Maintenance, ...] = read_maintenance(file.maintenance, where)
        self.accepted: tuple[Accepted, ...] = read_accepted(file.accepted)

    @classmethod
    def load(cls, path: Path | str) -> Site:
        """The site of a TOML file. Raises ConfigError, which names file, key and remedy."""
        try:
            text = Path(path).read_text(encoding="utf-8")
        except OSError as error:
            problem = f"cannot be read: {error.strerror}"
            raise ConfigError(str(path), "", problem, "coolwatch init writes a first site.toml") from error
        except UnicodeDecodeError as error:
            raise ConfigError(
                str(path), "", f"not UTF-8 at byte {error.start}", "save it as UTF-8"
            ) from error
        return cls.loads(text, str(path))

    @classmethod
    def loads(cls, text: str, where: str = "<text>") -> Site:
        """The site of a TOML text; ``where`` names it in errors."""
        return cls(read_site_file(text, where), where)

    @classmethod
    def empty(cls) -> Site:
        """The site that says nothing."""
        return cls(SiteFile(), "<no site file>")

    # ---- points

    def route(self, raw_name: str) -> Route:
        """What a name in the messages means. A name that no entry matches is an id itself."""
        return route_of(raw_name, self._points)

    def named_points(self) -> list[str]:
        """Ids of the points that a [[point]] or [[limit]] names without a wildcard: they should be there."""
        patterns = [entry.match for entry in self._points] + [entry.match for entry in self._limits]
        return named_ids(patterns, self._points)

    def leaves_out(self, point_id: str) -> bool:
        """Whether a point is ignored: by its id, or by each name that is mapped to it."""
        names = self._names_of.get(point_id, [point_id])
        return bool(self._left_out) and all(route_of(name, self._left_out).ignore for name in names)

    def limits(self, point_id: str) -> Limits:
        """The limits of a point, in the unit of its kind; none for what is no point id."""
        name = parse_point(point_id)
        if name is None:
            return Limits()
        defaults = default_limits(name.measure, self.equipment_type(name.equipment_id))
        return limits_of(point_id, defaults, self._limits)

    def source_of(self, point_id: str) -> str:
        """Name of the gateway that a point comes through; empty where the site does not say."""
        return gateway_of(point_id, self._sources)

    # ---- zones and halls

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones that the site names; halls beyond them are zones of their own."""
        return tuple(self._halls_of)

    def names_place(self, place: str) -> bool:
        """Whether the site file names a zone or hall, if only by its equipment."""
        return place in self._halls_of or place in self._zone_of_hall or place in self._places

    def zone_of_hall(self, hall: str) -> str:
        """The zone that feeds a hall; a hall that no zone names is its own."""
        return self._zone_of_hall.get(hall, hall)

    def zone_of(self, id: str) -> str:
        """The zone of a point or of an equipment, by the first part of its id."""
        return self.zone_of_hall(id.split("/", 1)[0])

    def halls_of(self, zone: str) -> tuple[str, ...] | None:
        """The halls that a zone names; None for a zone that the site does not name."""
        return self._halls_of.get(zone)

    def air_volume_m3(self, hall: str) -> float | None:
        """Air in a hall, m3; None where the site does not say."""
        entry = self._halls.get(hall)
        return entry.air_volume_m3 if entry is not None else None

    # ---- equipment

    @property
    def equipment(self) -> Mapping[str, EquipmentEntry]:
        """The equipment that the site names, by id."""
        return MappingProxyType(self._equipment)

    def equipment_type(self, equipment_id: str) -> str:
        """An `EquipmentType`, as declared, else as the name suggests; else empty."""
        entry = self._equipment.get(equipment_id)
        if entry is not None and entry.type is not None:
            return entry.type
        return guess_type(equipment_id) or ""

    def capacity_kw(self, equipment_id: str) -> float | None:
        """What a machine can carry, kW; None where the site does not say."""
        entry = self._equipment.get(equipment_id)
        return entry.capacity_kw if entry is not None else None

    def feeds(self, equipment_id: str, known: Iterable[str]) -> list[str]:
        """The known equipment that this one cools, sorted.

        As declared; unless said, a unit feeds every rack of its hall, and plant
        every unit of its hall, or of all halls of its zone where it stands under
        the zone's name. Nothing else feeds anything.
        """
        others = sorted(set(known) - {equipment_id})
        entry = self._equipment.get(equipment_id)
        if entry is not None and entry.feeds is not None:
            return [id for id in others if any(matches(pattern, id) for pattern in entry.feeds)]
        below = self._fed_types(equipment_id)
        halls = self._halls_below(equipment_id)
        return [id for id in others if id.split("/", 1)[0] in halls and self.equipment_type(id) in below]

    def _fed_types(self, equipment_id: str) -> frozenset[str]:
        type = self.equipment_type(equipment_id)
        if type in PLANT:
            return frozenset(COOLING_UNITS)
        return frozenset({EquipmentType.RACK}) if type in COOLING_UNITS else frozenset()

    def _halls_below(self, equipment_id: str) -> frozenset[str]:
        place = equipment_id.split("/", 1)[0]
        return frozenset({place, *self._halls_of.get(place, ())})

    # ---- services and maintenance

    def service_racks(self, service: Service, known: Iterable[str]) -> list[str]:
        """The known racks that carry a service, sorted."""
        return service.racks_among(known)

    def in_maintenance(self, equipment_id: str, time: int) -> bool:
        """Whether work on the equipment is expected at a time (ns)."""
        return any(interval.covers(equipment_id, time) for interval in self.maintenance)
