"""The names that templates make of metrics, remembered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from config.template import Template
from streams.formats.ruled_unit import ruled
from streams.formats.unclaimed import UNCLAIMED

CACHE_SIZE = 100_000
"""Metrics whose names are remembered; past that, all are forgotten and it starts again."""

BESIDE_THE_SOURCE = {
    "agent_host": ("host", "sysName", "sysDescr", "sysLocation", "sysContact", "sysObjectID"),
    "source": ("host",),
    "server": ("host",),
    "slave_id": ("host",),
    "id": ("host",),
}
"""Where a metric has the first tag, the others tell no two metrics apart: they say which collector polled, or
describe the device once more. In the default name they are left out."""


class Named(NamedTuple):
    """The name of a metric's field, as it goes into the collector, and what its template says of it."""

    name: str
    unit: str
    """With the template's rules, if it has any (`streams.formats.ruled_unit`)."""
    told_by: tuple[str, ...] = ()
    """Tags or fields of which the first that is there says how good the value is."""


class FieldNames(dict[str, Named]):
    """The names of the fields of one metric, made when they are first asked for."""

    def __init__(self, templates: Templates, measurement: str, tags: Mapping[str, str]) -> None:
        self._templates = templates
        self._metric = measurement, tags

    def __missing__(self, field: str) -> Named:
        measurement, tags = self._metric
        named = self._templates.named(measurement, tags, field)
        if named is None:
            named = Named(unclaimed_name(default_name(measurement, tags, field)), "")
        if len(self) < CACHE_SIZE:
            self[field] = named
        return named


class Templates:
    """All templates in force, in order."""

    def __init__(self, templates: Sequence[Template], last: Sequence[Template] = ()) -> None:
        """``last`` are those that come after all other ways to name a point."""
        self.all = (*templates, *last)
        self._first = tuple(templates)
        self._last = tuple(last)
        self._metrics: dict[object, FieldNames] = {}

    def fields(self, measurement: str, tags: Mapping[str, str]) -> FieldNames:
        """The names of a metric's fields."""
        key = (measurement, *tags.items())
        found = self._metrics.get(key)
        if found is None:
            if len(self._metrics) >= CACHE_SIZE:
                self._metrics.clear()
            found = self._metrics[key] = FieldNames(self, measurement, dict(tags))
        return found

    def named(self, measurement: str, tags: Mapping[str, str], field: str) -> Named | None:
        """(the point's name, the unit or ""), None if no template wants the field."""
        return self.first(measurement, tags, field) or self.last(measurement, tags, field)

    def first(self, measurement: str, tags: Mapping[str, str], field: str) -> Named | None:
        """The same, of the templates that were asked for."""
        return _by(self._first, measurement, tags, field)

    def last(self, measurement: str, tags: Mapping[str, str], field: str) -> Named | None:
        """The same, of those that come after all else."""
        return _by(self._last, measurement, tags, field)

    def words(self) -> set[str]:
        """All tags that any template looks at."""
        return {word for template in self.all for word in template.words()}


def default_name(measurement: str, tags: Mapping[str, str], field: str) -> str:
    """The name of a metric that no template wants: ``measurement/<tags>/field``."""
    beside = {name for tag in BESIDE_THE_SOURCE if tags.get(tag) for name in BESIDE_THE_SOURCE[tag]}
    told = [
        text.replace("/", "-")
        for tag, text in tags.items()
        if text and text != measurement and tag not in beside
    ]
    return "/".join([measurement, *told, *([] if field == "value" else [field])])


def unclaimed_name(name: str) -> str:
    """The name of a metric that no template wants, as it goes into the collector."""
    return UNCLAIMED + name


def _by(templates: Sequence[Template], measurement: str, tags: Mapping[str, str], field: str) -> Named | None:
    for template in templates:
        name = template.name_for(measurement, tags, field)
        if name is not None:
            return Named(name, ruled(template.unit, template), template.told_by())
    return None
