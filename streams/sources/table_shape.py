"""What the columns of a table are: which hold times, values, units and qualities, and what makes a name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from config.errors import ConfigError
from config.sections.log import LogSettings

COLUMN, FILE, FOLDER = "column", "file", "folder"
"""Placeholders that are no columns: the header of the value, the names of file and folder."""
WIDE = "{column}"
"""The name of a reading where a column is a point."""
_PLACE = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class TableShape:
    """The columns of a table by what they are for."""

    time: tuple[str, ...]
    """Columns that are joined to the time."""
    values: tuple[str, ...]
    name: str = WIDE
    """What makes a reading's name: text with placeholders in braces."""
    unit: str = ""
    """The column with the unit of each value; empty for none."""
    quality: str = ""
    """A column, or with ``{column}`` in it one for each value; empty for none."""

    def placeholders(self) -> list[str]:
        """What stands in braces in ``name``."""
        return _PLACE.findall(self.name)

    def keys(self) -> tuple[str, ...]:
        """The columns whose cells make the name."""
        either = [each for place in self.placeholders() for each in place.split("|")]
        return tuple(dict.fromkeys(each for each in either if each not in (COLUMN, FILE, FOLDER)))

    def quality_of(self, value: str) -> str:
        """The column with the quality of a value, which may not be there; empty for none."""
        return self.quality.replace(WIDE, value)


def name_of_row(template: str, row: dict[str, str]) -> str:
    """The template with what ``row`` says for each placeholder: the first of ``a|b`` that it says."""

    def said(found: re.Match[str]) -> str:
        return next((row[each] for each in found[1].split("|") if row.get(each)), "")

    return _PLACE.sub(said, template)


def template_of(settings: LogSettings) -> str:
    """What the settings say about a reading's name; empty if nothing."""
    if settings.point:
        return settings.point
    return f"{{{settings.point_column}}}" if settings.point_column else ""


def values_of(settings: LogSettings, columns: Sequence[str]) -> tuple[str, ...]:
    """The columns that the settings name as values, by name or by pattern, in the table's order."""
    return tuple(
        column
        for column in columns
        if any(
            column == each or fnmatchcase(column, each.replace("[", "[[]")) for each in settings.value_column
        )
    )


def check_shape(shape: TableShape, columns: Sequence[str], settings: LogSettings, where: str) -> None:
    """See that the columns that a shape and the settings name are there. Raises ConfigError.

    Of several for values one is enough: files of one log may have some each.
    """
    there = {*columns, COLUMN, FILE, FOLDER}
    named = {
        "time_column": shape.time,
        "point": [each for each in shape.placeholders() if not there & set(each.split("|"))],
        "unit_column": [shape.unit] if shape.unit else [],
        "value_column": [] if values_of(settings, columns) else settings.value_column,
        "quality_column": [shape.quality] if shape.quality and WIDE not in shape.quality else [],
    }
    for key, wanted in named.items():
        for column in wanted:
            if column not in columns:
                remedy = f"in [log], {key} takes what is there: {', '.join(columns)}"
                raise ConfigError(where, f"column {column!r}", "is not there", remedy)
