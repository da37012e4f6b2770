"""[influxdb]: where the scores go."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from config.sections.section import Section, between
from config.sections.urls import http_url
from config.times import SECOND, Duration


class InfluxSettings(Section):
    """Where scores are written."""

    url: Annotated[str, AfterValidator(http_url)] = Field(
        default="http://localhost:8086", description="InfluxDB 2, or what takes its v2 writes; empty: off"
    )
    org: str = Field(default="facilities", description="organisation")
    bucket: str = Field(
        default="cooling", min_length=1, description="bucket; made if it is missing and the token may"
    )
    token: str = Field(default="", repr=False, description="access token")
    token_file: str = Field(default="", description="file that holds the token")
    every: int = Field(default=1, ge=1, description="write every n-th tick of a point's score")
    scores: bool = Field(
        default=True, description="write a row a point; false leaves forecasts, services, halls, incidents"
    )
    timeout: Annotated[Duration, between("100ms", "10m")] = Field(
        default=10 * SECOND, description="how long one write may take"
    )
    spool: str = Field(default="spool", description="folder that keeps the scores while InfluxDB is away")
    spool_mib: int = Field(default=1024, ge=1, description="bound of that folder; the oldest scores go first")
