"""[log]: how recorded logs are written."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from config.sections.section import Section
from config.times import zone_name


class LogSettings(Section):
    """How recorded logs in tables are laid out."""

    separator: str = Field(
        default=",", min_length=1, max_length=1, description="what stands between the columns of CSV"
    )
    time_column: str = Field(default="", description="column with the time; empty: the first one")
    time_format: str = Field(
        default="",
        description='strptime format of the time, as in "%m/%d/%Y %H:%M"; empty: told from the text',
    )
    time_zone: Annotated[str, AfterValidator(zone_name)] = Field(
        default="UTC", description="time zone of times that name none"
    )
    point_column: str = Field(
        default="point", description="column with the point, where a row is one reading"
    )
    value_column: str = Field(
        default="value", description="column with the value, where a row is one reading"
    )
