"""From the names in the messages to points: the [[point]] entries of a site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from config.errors import ConfigError
from config.glob import matches
from config.kinds import load_kinds
from config.points import MAX_POINT_ID, parse_point
from config.site_file import PointEntry, entry_key
from config.suggest import suggestion
from config.units import UnknownUnit, conversion
from config.value_rules import Quality


class Route(NamedTuple):
    """Where a reading of some name goes."""

    id: str
    unit: str | None = None
    """The unit of its values, None where they are in the unit of the point's kind."""
    ignore: bool = False
    scale: float | None = None
    offset: float | None = None
    invert: bool | None = None
    states: Mapping[str, float] | None = None
    quality: Mapping[str, Quality] | None = None
    """As in `config.value_rules.ValueRules`."""


def route_of(raw_name: str, entries: Sequence[PointEntry]) -> Route:
    """Matching entries key by key, the later one wins; a name that none matches is an id itself."""
    route = Route(raw_name)
    for entry in entries:
        # A foreign name may hold `[` or `*` of its own, so the name itself always matches.
        if entry.match == raw_name or matches(entry.match, raw_name):
            route = route._replace(**entry.model_dump(exclude={"match"}, exclude_none=True))
    return route


_SAYS = [name for name in PointEntry.model_fields if name != "match"]


def named_ids(patterns: Sequence[str], entries: Sequence[PointEntry]) -> list[str]:
    """Ids of the points that patterns name without a wildcard, in their order; those ignored are left out."""
    kinds = load_kinds()
    found: dict[str, None] = {}
    for pattern in patterns:
        route = route_of(pattern, entries)
        name = parse_point(route.id)
        if route.ignore or name is None or any(c in route.id for c in "*?["):
            continue
        if name.measure in kinds:
            found[name.id] = None
    return list(found)


def check_routes(entries: Sequence[PointEntry], where: str) -> None:
    """Raise ConfigError for an id that is none, or a unit that cannot be its kind's."""
    kinds = load_kinds()
    for i, entry in enumerate(entries):
        key = entry_key("point", i + 1, entry.match)
        if not entry.model_dump(exclude={"match"}, exclude_none=True):
            raise ConfigError(where, key, "says nothing", f"set any of {', '.join(_SAYS)}")
        if entry.id is None:
            continue
        name = parse_point(entry.id)
        if name is None or any(c in entry.id for c in "*?["):
            remedy = f"write hall/equipment/measure[/place], at most {MAX_POINT_ID} bytes"
            raise ConfigError(where, f"{key} id", f"{entry.id!r} is no point id", remedy)
        if name.measure not in kinds:
            raise ConfigError(
                where, f"{key} id", f"unknown kind {name.measure!r}", suggestion(name.measure, kinds)
            )
        if entry.invert and kinds[name.measure].unit not in ("1", "%"):
            problem = f"{name.measure} is in {kinds[name.measure].unit}"
            raise ConfigError(where, f"{key} invert", problem, "only states and shares in % turn round")
        if entry.unit is not None:
            try:
                conversion(entry.unit, kinds[name.measure].unit)
            except UnknownUnit as error:
                raise ConfigError(where, f"{key} unit", str(error), error.remedy) from error
