"""[messages]: how the telemetry is written."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field

from config.sections.section import Names, Section
from config.shape import Shape
from config.template import Template
from config.times import zone_name

Format = Literal[
    "auto",
    "json",
    "telegraf",
    "line",
]
"""How a record may be written; `streams/formats/readers.py` has a reader for each."""


class MessagesSettings(Section):
    """How telemetry is written."""

    format: Format = Field(
        default="auto",
        description=f"one of {', '.join(get_args(Format))}; auto tells JSON of every shape, Telegraf's "
        "JSON and InfluxDB line protocol apart record by record",
    )
    time_unit: Literal["auto", "s", "ms", "us", "ns"] = Field(
        default="auto",
        description="unit of the timestamp in Telegraf's JSON (its json_timestamp_units); auto tells it by "
        "its size",
    )
    time_zone: Annotated[str, AfterValidator(lambda name: name and zone_name(name))] = Field(
        default="", description="time zone of times in text that name none; empty: they are refused"
    )
    decimal: Literal[".", ","] = Field(default=".", description="the decimal mark of numbers in text")
    templates: Names = Field(
        default=("redfish", "ipmi_sensor"),
        description="how tags, names and fields make a point id: names of shipped templates, or files",
    )
    shape: tuple[Shape, ...] = Field(
        default=(), description="`[[messages.shape]]`: where readings sit in JSON; before all that is shipped"
    )
    template: tuple[Template, ...] = Field(
        default=(), description="`[[messages.template]]`: which point a metric makes; before all `templates`"
    )
