"""Templates: how the name, tags and fields of a metric make the name of a point.

A template file is TOML, a list of::

    [[template]]
    measurement = "redfish_thermal_temperatures"      # pattern
    field = "reading_celsius"                         # pattern
    tags = { name = ["*inlet*", "*intake*"] }         # optional: tag -> pattern, or any of several
    point = "{room|hall}/{rack}/inlet_air_temperature/{source}"
    unit = "degC"                                     # optional: what the field is in

Patterns have ``*``, ``?`` and ``[...]`` and disregard case. ``{a|b}`` stands for
the first of these tags that the metric has, ``{measurement}`` and ``{field}`` for
those; a template whose tags are not all there does not apply. The first that
applies wins. A ``/`` inside a tag's value becomes ``-``, except where the
placeholder is the whole point.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from config.errors import ConfigError

CACHE_SIZE = 100_000
"""Metrics whose names are remembered; past that, all are forgotten and it starts again."""

_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


class Template(BaseModel):
    """One rule of a template file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    measurement: str = Field(min_length=1)
    field: str = Field(min_length=1)
    point: str = Field(min_length=1)
    tags: dict[str, str | list[str]] = {}
    unit: str = ""

    def name_for(self, measurement: str, tags: Mapping[str, str], field: str) -> str | None:
        """The point's name, None if the template does not apply."""
        if not (_fits(self.measurement, measurement) and _fits(self.field, field)):
            return None
        for tag, wanted in self.tags.items():
            patterns = [wanted] if isinstance(wanted, str) else wanted
            if not any(_fits(pattern, tags.get(tag, "")) for pattern in patterns):
                return None
        words = {**tags, "measurement": measurement, "field": field}
        whole = _PLACEHOLDER.fullmatch(self.point) is not None
        parts = []
        end = 0
        for placeholder in _PLACEHOLDER.finditer(self.point):
            word = next((words[key] for key in placeholder[1].split("|") if words.get(key)), None)
            if word is None:
                return None
            parts += [self.point[end : placeholder.start()], word if whole else word.replace("/", "-")]
            end = placeholder.end()
        return "".join(parts) + self.point[end:]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    template: list[Template]


class Templates:
    """All templates in force, in order."""

    def __init__(self, templates: Sequence[Template]) -> None:
        self.all = tuple(templates)
        self._cache: dict[object, tuple[str, str] | None] = {}

    @staticmethod
    def load(names: Sequence[str]) -> Templates:
        """The templates of several files, in order; a name is a shipped one or a path to a ``.toml``.

        Raises ConfigError naming file and key.
        """
        return Templates([template for name in names for template in _templates_of(name)])

    def name_of(self, measurement: str, tags: Mapping[str, str], field: str) -> tuple[str, str] | None:
        """(the point's name, the unit or ""), None if no template wants the field."""
        key = (measurement, field, tuple(tags.items()))
        try:
            return self._cache[key]
        except KeyError:
            pass
        found = None
        for template in self.all:
            name = template.name_for(measurement, tags, field)
            if name is not None:
                found = name, template.unit
                break
        if len(self._cache) >= CACHE_SIZE:
            self._cache.clear()
        self._cache[key] = found
        return found


def shipped() -> list[str]:
    """The names of the templates that come with coolwatch."""
    folder = files("config").joinpath("templates")
    return sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml"))


def _templates_of(name: str) -> list[Template]:
    where = name if name.endswith(".toml") else f"config/templates/{name}.toml"
    if name.endswith(".toml"):
        try:
            text = Path(name).read_text(encoding="utf-8")
        except OSError as error:
            raise ConfigError(where, "", str(error.strerror), "name a template file that is there") from None
    elif name in shipped():
        text = files("config").joinpath("templates", f"{name}.toml").read_text(encoding="utf-8")
    else:
        known = ", ".join(shipped())
        raise ConfigError(
            "[messages]", "templates", f"no template {name!r}", f"one of {known}, or a path ending in .toml"
        )
    try:
        return _File.model_validate(tomllib.loads(text)).template
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(where, "", f"not TOML: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(
            where, key, first["msg"], "a [[template]] has measurement, field, point, tags, unit"
        ) from None


def _fits(pattern: str, text: str) -> bool:
    return fnmatchcase(text.lower(), pattern.lower())
