"""Templates: how the name, tags and fields of a metric make the name of a point.

A template file is TOML, a list of::

    [[template]]
    measurement = "redfish_thermal_temperatures"      # pattern
    field = "reading_celsius"                         # pattern
    tags = { name = ["*inlet*", "*intake*"] }         # optional: tag -> pattern, or any of several
    point = "{room|hall}/{rack}/inlet_air_temperature/{source}"
    unless = { name = ["*psu*"] }                     # optional: what tags must not fit
    of_words = { name = ["system", "inlet", "temp"] } # optional: words of which alone tags may be made
    unit = "degC"                                     # optional: what the field is in
    quality_from = "state"                            # optional: tag or field with the value's quality
    scale = 0.1                                       # optional, as in [[point]]: offset, states ...

Patterns have ``*``, ``?`` and ``[...]`` and disregard case. ``{a|b}`` stands for
the first of these tags that the metric has, ``{measurement}`` and ``{field}`` for
those; a template whose tags are not all there does not apply, but for ``{a|}``,
which is left out where it is missing. The first that applies wins. A ``/`` inside
a tag's value becomes ``-``, except where the placeholder is the whole point.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase

from pydantic import ConfigDict, Field

from config.value_rules import ValueRules

LEFT_OUT = "\0"
"""Stands in for a word that may be missing, and is."""
_LETTERS = re.compile(r"[^\W\d_]+")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\WA-Z\d_]+")
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


class Template(ValueRules):
    """Which point a metric makes; the first that fits names it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    measurement: str = Field(min_length=1, description="pattern of the metric's name; case does not count")
    field: str = Field(min_length=1, description="pattern of the field")
    point: str = Field(
        min_length=1,
        description="the point's name: `{a|b}` is the first of these tags that is there, `{measurement}` and "
        "`{field}` are those; without its tags the template does not apply",
    )
    tags: dict[str, str | list[str]] = Field({}, description="patterns, or lists of them, that tags must fit")
    unless: dict[str, str | list[str]] = Field(
        {}, description="patterns, or lists of them, that tags must not fit"
    )
    of_words: dict[str, list[str]] = Field(
        {}, description="words of which alone tags may be made, beside digits; case does not count"
    )
    unit: str = Field("", description="what the field is in")
    quality_from: str = Field(
        "", description="tag or field that says how good the value is: `{a|b}` without braces, as in a|b"
    )

    def name_for(self, measurement: str, tags: Mapping[str, str], field: str) -> str | None:
        """The point's name, None if the template does not apply."""
        if not (_fits(self.measurement, measurement) and _fits(self.field, field)):
            return None
        if not all(_fits_any(wanted, tags.get(tag, "")) for tag, wanted in self.tags.items()):
            return None
        if any(_fits_any(unwanted, tags.get(tag, "")) for tag, unwanted in self.unless.items()):
            return None
        if not all(_is_of(words, tags.get(tag, "")) for tag, words in self.of_words.items()):
            return None
        return filled(self.point, {**tags, "measurement": measurement, "field": field})

    def words(self) -> set[str]:
        """The tags that it looks at."""
        return {*self.tags, *self.unless, *self.of_words, *placeholders(self.point), *self.told_by()}

    def told_by(self) -> tuple[str, ...]:
        """The tags or fields of which the first that is there says how good the value is."""
        return tuple(self.quality_from.split("|")) if self.quality_from else ()


def placeholders(pattern: str) -> list[str]:
    """The words that stand in ``{a|b}``."""
    return [word for found in _PLACEHOLDER.findall(pattern) for word in found.split("|") if word]


def filled(pattern: str, words: Mapping[str, str], slash: str = "-") -> str | None:
    """The pattern with the first of the words for each placeholder, None if one has none.

    ``slash`` stands for a ``/`` inside a word, unless the placeholder is the whole pattern.
    ``{a|}`` may have none: it is left out then, with its ``/``.
    """
    whole = _PLACEHOLDER.fullmatch(pattern) is not None
    parts = []
    end = 0
    for placeholder in _PLACEHOLDER.finditer(pattern):
        word = next((words[key] for key in placeholder[1].split("|") if words.get(key)), None)
        if word is None and placeholder[1].endswith("|"):
            word = LEFT_OUT
        elif word is None:
            return None
        parts += [pattern[end : placeholder.start()], word if whole else word.replace("/", slash)]
        end = placeholder.end()
    name = "".join(parts) + pattern[end:]
    if LEFT_OUT not in name:
        return name
    return "/".join(part for part in name.split("/") if part != LEFT_OUT).replace(LEFT_OUT, "") or None


def _fits_any(patterns: str | list[str], text: str) -> bool:
    return any(_fits(pattern, text) for pattern in ([patterns] if isinstance(patterns, str) else patterns))


def _fits(pattern: str, text: str) -> bool:
    return fnmatchcase(text.lower(), pattern.lower())


def _is_of(words: list[str], text: str) -> bool:
    """Whether a text is made of some of these words, and digits, alone: ``InletTemp``, ``01-Inlet Temp``."""
    whole = {word.lower() for word in words}
    return all(
        run.lower() in whole or {part.lower() for part in _WORD.findall(run)} <= whole
        for run in _LETTERS.findall(text)
    )
