"""[log]: how recorded logs are written."""

from __future__ import annotations

import codecs
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from config.errors import Mistake
from config.sections.section import Columns, Section
from config.times import zone_name

AUTO = "auto"


def _encoding(name: str) -> str:
    try:
        if name != AUTO:
            codecs.lookup(name)
    except LookupError as error:
        raise Mistake(f"unknown encoding {name!r}", 'as in "utf-8", "cp1252", "gb18030"') from error
    return name


def _separator(text: str) -> str:
    if text in ("tab", "\\t"):
        return "\t"
    if text != AUTO and len(text) != 1:
        raise Mistake(f"{text!r} is not one character", 'as in ";", "tab", or "auto"')
    return text


class LogSettings(Section):
    """How recorded logs in tables are laid out; what is not said is told from the log itself."""

    encoding: Annotated[str, AfterValidator(_encoding)] = Field(
        default=AUTO, description='"auto": a byte order mark, UTF-8, else Windows\' cp1252'
    )
    separator: Annotated[str, AfterValidator(_separator)] = Field(
        default=AUTO,
        description='what stands between the columns of CSV, "tab" for a tab; "auto": told from the log',
    )
    decimal: Literal["auto", ".", ","] = Field(default="auto", description="decimal mark of numbers")
    thousands: Literal["", ".", ",", " ", "'"] = Field(
        default="", description="what stands between thousands, if anything does"
    )
    comment: str = Field(
        default="#", max_length=3, description="lines that begin so are passed over; empty: there are none"
    )
    preamble: int = Field(
        default=-1, ge=-1, description="how many lines stand before the header; -1: told from the log"
    )
    columns: Columns = Field(default=(), description="names of the columns, where the log has no header")
    time_column: Columns = Field(
        default=(),
        description='column with the time, or several that are joined with a blank, as in ["Date", "Time"]; '
        "empty: told from the log",
    )
    time_format: Columns = Field(
        default=(),
        description='strptime format of the time, as in "%m/%d/%Y %I:%M %p", or several; a zone at the end '
        '(Z, +02:00, GMT+1, EDT) is read by itself; "excel": days since 1899-12-30; empty: told from the log',
    )
    time_zone: Annotated[str, AfterValidator(zone_name)] = Field(
        default="UTC", description="time zone of times that name none"
    )
    order: Literal["auto", "file", "reversed", "time"] = Field(
        default="auto",
        description='"file": rows came in as they stand; "reversed": the newest is first; "time": they are '
        "sorted, as where one point stands after the other",
    )
    point: str = Field(
        default="",
        description="name of a reading: {column} the header of its value, {file} its file less the ending, "
        '{folder}, and any column, as in "{unit_id}/{column}" or "{file}/{device}"; empty: told from the log',
    )
    point_column: str = Field(
        default="",
        description='column with the point, where a row is one reading: the same as point = "{...}"',
    )
    value_column: Columns = Field(
        default=(),
        description='column with the value, or several, or patterns as "*temp*"; empty: told from the log',
    )
    quality_column: str = Field(
        default="",
        description="column that says whether a value is good; with {column} in it one for each value, as in "
        '"{column} Status"; empty: told from the log',
    )
    unit_column: str = Field(
        default="", description="column with the unit of a value; empty: told from the log"
    )
    header_units: bool = Field(
        default=True, description='whether a unit in a header is that of its values, as in "Supply [°C]"'
    )
