"""[messages]: how the telemetry is written."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from config.sections.section import Names, Section


class MessagesSettings(Section):
    format: Literal["auto", "json", "telegraf", "line"] = Field(
        default="auto", description="auto, json, telegraf or line (InfluxDB line protocol)"
    )
    time_unit: Literal["s", "ms", "us", "ns"] = Field(
        default="s", description="unit of the timestamp in Telegraf's JSON (its json_timestamp_units)"
    )
    templates: Names = Field(
        default=("redfish", "ipmi_sensor"),
        description="how tags, names and fields make a point id: names of shipped templates, or files",
    )
