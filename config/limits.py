"""Limits of a point: what the site says, entry over entry, then the ASHRAE figures."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from config.equipment import EquipmentType
from config.errors import ConfigError
from config.glob import example, is_literal, matches
from config.kinds import Kind, Role, load_kinds
from config.site_file import LimitEntry, entry_key
from config.suggest import suggestion


class Limits(NamedTuple):
    """In the unit of the point's kind; None where there is none. They never decrease from left to right."""

    low_critical: float | None = None
    low_warning: float | None = None
    warning: float | None = None
    critical: float | None = None
    shutdown: float | None = None


ASHRAE_INLET = Limits(warning=27.0, critical=32.0)
"""Inlet air, degrees C: ASHRAE TC 9.9, Thermal Guidelines for Data Processing
Environments: upper ends of the recommended envelope and of allowable class A1.
Air that is too cold costs energy and no service; who wants to be told sets a
lower limit."""


def limits_of(point_id: str, defaults: Limits, entries: Sequence[LimitEntry]) -> Limits:
    """The limits of a point: matching entries key by key, the later one wins, over the defaults."""
    given: dict[str, float] = {}
    for entry in entries:
        if matches(entry.match, point_id):
            given.update(entry.values())
    return _in_order(_with_defaults(given, defaults))


def _with_defaults(given: dict[str, float], defaults: Limits) -> dict[str, float]:
    """Defaults where nothing is given, moved out of the way of what is given."""
    names = Limits._fields
    merged = dict(given)
    for i, name in enumerate(names):
        value = getattr(defaults, name)
        if value is None or name in given:
            continue
        below = [given[n] for n in names[:i] if n in given]
        above = [given[n] for n in names[i + 1 :] if n in given]
        merged[name] = min([max([value, *below]), *above])
    return merged


def _in_order(given: dict[str, float]) -> Limits:
    """Entries that overlap may contradict each other; then the limit that is reached first stands."""
    ceiling, floor = float("inf"), float("-inf")
    ordered = dict(given)
    for name in ("shutdown", "critical", "warning"):
        if name in ordered:
            ceiling = ordered[name] = min(ordered[name], ceiling)
    for name in ("low_critical", "low_warning"):
        if name in ordered:
            floor = ordered[name] = max(ordered[name], floor)
    return Limits(**ordered)


def check_limits(entries: Sequence[LimitEntry], where: str) -> None:
    """Raise ConfigError for entries that can never mean what they say."""
    for i, entry in enumerate(entries):
        key = entry_key("limit", i + 1, entry.match)
        if not entry.values():
            raise ConfigError(where, key, "sets no limit", f"set any of {', '.join(Limits._fields)}")
        _check_order(entry.values(), where, key, "")
        kind = _check_match(entry.match, where, key)
        if kind is not None:
            _check_plausible(entry, kind, where, key)
        # What this entry leaves to those before it may be in the wrong order with what it sets.
        merged: dict[str, float] = {}
        for before in entries[: i + 1]:
            if matches(before.match, example(entry.match)):
                merged.update(before.values())
        _check_order(merged, where, key, " of an earlier entry that matches the same points")


def _check_order(values: dict[str, float], where: str, key: str, source: str) -> None:
    present = [name for name in Limits._fields if name in values]
    for lower, higher in pairwise(present):
        if values[lower] > values[higher]:
            problem = f"{lower} {values[lower]:g} is above {higher} {values[higher]:g}{source}"
            raise ConfigError(where, key, problem, f"keep the order {' <= '.join(Limits._fields)}")


def _check_match(pattern: str, where: str, key: str) -> Kind | None:
    """The kind that a pattern speaks of, if it names one."""
    parts = pattern.split("/")
    if "**" in "/".join(parts[:3]):
        return None
    if len(parts) < 3:
        remedy = f"patterns match whole ids, as in */*/{pattern}/**"
        raise ConfigError(where, f"{key} match", "matches no point", remedy)
    measure = parts[2]
    if not is_literal(measure):
        return None
    kinds = load_kinds()
    if measure not in kinds:
        raise ConfigError(where, f"{key} match", f"unknown kind {measure!r}", suggestion(measure, kinds))
    return kinds[measure]


def _check_plausible(entry: LimitEntry, kind: Kind, where: str, key: str) -> None:
    for name, value in entry.values().items():
        if not kind.low <= value <= kind.high:
            problem = f"{value:g} is not plausible for {kind.name}, so it can never be reached"
            remedy = f"a value from {kind.low:g} to {kind.high:g} {kind.unit}"
            raise ConfigError(where, f"{key} {name}", problem, remedy)


def default_limits(measure: str, equipment_type: str) -> Limits:
    """The ASHRAE figures for the inlets of racks, and of what may be one; nothing else has a default.

    What a cooling unit takes in is the hall's warm air, whatever the measure is called.
    """
    kind = load_kinds().get(measure)
    is_inlet = kind is not None and kind.role is Role.RACK_INLET
    return ASHRAE_INLET if is_inlet and equipment_type in (EquipmentType.RACK, "") else Limits()
