"""What a site file may hold: one class an entry, checked one by one. `config.site` ties them together."""

from __future__ import annotations

import tomllib
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from config.equipment import EquipmentType, read_type
from config.errors import ConfigError, Mistake
from config.explain import Location, config_error
from config.glob import compiled
from config.points import parse_point
from config.times import Instant
from config.units import spelled
from config.value_rules import Finite, ValueRules


def _pattern(text: str) -> str:
    compiled(text)
    return text


def _name(text: str) -> str:
    if not text or "/" in text or text != text.strip() or any(c in text for c in "*?["):
        raise Mistake(f"{text!r} is no name", "a plain name, without `/`, wildcards or blanks around it")
    return text


def _equipment_id(text: str) -> str:
    if text.count("/") != 1 or parse_point(f"{text}/power") is None or any(c in text for c in "*?["):
        raise Mistake(f"{text!r} is no equipment", "write hall/equipment, as in hall-1/crah-01")
    return text


def _rack_pattern(text: str) -> str:
    compiled(text)
    if "/" not in text and "**" not in text:
        raise Mistake(f"{text!r} matches no rack", "write hall/rack, as in hall-1/rack-0[1-4]")
    return text


def _unit(text: str) -> str:
    spelled(text)
    return text


Pattern = Annotated[str, AfterValidator(_pattern)]
Name = Annotated[str, AfterValidator(_name)]
EquipmentId = Annotated[str, AfterValidator(_equipment_id)]
RackPattern = Annotated[str, AfterValidator(_rack_pattern)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Entry(BaseModel):
    """A table of the site file: frozen, and no key but those that are known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SiteEntry(Entry):
    """The site as a whole."""

    name: str = Field(default="", description="the site's name, shown to people")


class ZoneEntry(Entry):
    """A cooling plant and the halls that it feeds; they share a Kafka key and an engine."""

    name: Name = Field(description="the first part of the ids of the plant's own equipment")
    halls: tuple[Name, ...] | None = Field(None, description="the halls that the plant feeds")


class HallEntry(Entry):
    """What is known of a hall beyond its points."""

    name: Name = Field(description="the first part of the ids of what stands in the hall")
    air_volume_m3: Positive | None = Field(None, description="the air in the hall, cubic metres")


class EquipmentEntry(Entry):
    """One chiller, pump, cooling unit, rack ..."""

    id: EquipmentId = Field(description="hall/equipment, or zone/equipment for what serves several halls")
    type: Annotated[EquipmentType, BeforeValidator(read_type)] | None = Field(
        None, description=f"one of {', '.join(EquipmentType)}; guessed from the name, unless said"
    )
    capacity_kw: Positive | None = Field(None, description="the heat that it can carry away, kW")
    feeds: tuple[Pattern, ...] | None = Field(
        None, description="patterns of the equipment that it cools; everything below it, unless said"
    )


class ServiceEntry(Entry):
    """What people use, and the racks that it runs on."""

    name: str = Field(min_length=1, description="the service's name")
    racks: tuple[RackPattern, ...] | None = Field(None, description="patterns of the racks that carry it")
    needs: int | None = Field(None, ge=1, description="racks that it needs up; all, unless said")


class LimitEntry(Entry):
    """Limits of the points that match, in the unit of their kind."""

    match: Pattern = Field(description="pattern of point ids")
    low_critical: Finite | None = Field(None, description="below it is critical")
    low_warning: Finite | None = Field(None, description="below it is a warning")
    warning: Finite | None = Field(None, description="above it is a warning")
    critical: Finite | None = Field(None, description="above it is critical")
    shutdown: Finite | None = Field(None, description="above it equipment shuts itself down")

    def values(self) -> dict[str, float]:
        """The limits that this entry sets, by name."""
        return {n: v for n, v in self.model_dump(exclude={"match"}).items() if v is not None}


class PointName(Entry):
    """Which names an entry is about, and the point that they are."""

    match: Pattern = Field(description="pattern of the names in the messages")
    id: str | None = Field(None, description="the point's id, hall/equipment/measure[/place]")
    unit: Annotated[str, AfterValidator(_unit)] | None = Field(
        None,
        description="the unit of its values; a unit in the message wins over it, unless `scale` says what "
        "the message holds",
    )
    ignore: bool | None = Field(None, description="true leaves it out")


class PointEntry(ValueRules, PointName):
    """What a foreign name means, or that it is to be left out."""


class MaintenanceEntry(Entry):
    """An interval in which work on equipment is expected; physical limits still page."""

    match: Pattern = Field(description="pattern of equipment, or of a hall")
    start: Instant = Field(description="RFC 3339 time at which the work starts")
    end: Instant = Field(description="RFC 3339 time at which it is over")
    note: str = Field("", description="what is done")


class AcceptedEntry(Entry):
    """How equipment runs now is as it should be: what was usual before is forgotten, and learned anew."""

    match: Pattern = Field(description="pattern of equipment, or of a hall")
    at: Instant = Field(description="RFC 3339 time from which it runs so")
    note: str = Field("", description="why: a new coil, another set point")


class SourceEntry(Entry):
    """A gateway, controller or collector: what comes through it fails together, and is told by its name."""

    name: Name = Field(description="what people call it")
    match: tuple[Pattern, ...] = Field(description="patterns of the equipment or points that come through it")


class SiteFile(Entry):
    """A whole site file, as written."""

    site: SiteEntry = SiteEntry()
    zone: tuple[ZoneEntry, ...] = ()
    hall: tuple[HallEntry, ...] = ()
    equipment: tuple[EquipmentEntry, ...] = ()
    service: tuple[ServiceEntry, ...] = ()
    limit: tuple[LimitEntry, ...] = ()
    point: tuple[PointEntry, ...] = ()
    source: tuple[SourceEntry, ...] = ()
    maintenance: tuple[MaintenanceEntry, ...] = ()
    accepted: tuple[AcceptedEntry, ...] = ()


def read_site_file(text: str, where: str) -> SiteFile:
    """The entries of a TOML text. Raises ConfigError."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(where, "", f"not TOML: {error}") from error
    try:
        return SiteFile.model_validate(data)
    except ValidationError as error:
        raise config_error(where, error, SiteFile, lambda location: _key(location, data)) from error


def entry_key(section: str, number: int, label: object, key: str = "") -> str:
    """How an entry is named in an error: the section, which one of them (from 1), what it is about."""
    about = f" ({label})" if label else ""
    return f"[[{section}]] {number}{about}{f' {key}' if key else ''}"


def _key(location: Location, data: dict[str, Any]) -> str:
    match location:
        case [str(section), int(index), *rest]:
            entry = data[section][index]
            label = (
                next((entry[n] for n in ("id", "name", "match") if n in entry), "")
                if isinstance(entry, dict)
                else ""
            )
            return entry_key(section, index + 1, label, ".".join(str(part) for part in rest))
        case [str(section), *rest]:
            return " ".join([f"[{section}]", *(str(part) for part in rest)])
        case _:
            return ""
