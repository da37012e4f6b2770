"""[engine]: how the detector steps through time."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from config.sections.section import Section, between
from config.times import SECOND, Duration


class EngineSettings(Section):
    """All durations are in nanoseconds of event time."""

    tick: Annotated[Duration, between("1s", "10m")] = Field(
        default=10 * SECOND, description="the step at which units are modelled and incidents judged"
    )
    lateness: Annotated[Duration, between("0s", "1h")] = Field(
        default=10 * SECOND, description="how long a tick that has ended waits for points yet to speak"
    )
    max_ahead: Annotated[Duration, between("1s", "24h")] = Field(
        default=60 * SECOND, description="readings further ahead of the others' time come from a bad clock"
    )
    max_behind: Annotated[Duration, between("0s", "24h")] = Field(
        default=300 * SECOND,
        description="a reading of a closed tick still counts if it is the newest of its point and no older",
    )
    max_points: int = Field(
        default=100_000, ge=1, le=10_000_000, description="points of one partition; those beyond are rejected"
    )
    max_zone_points: int = Field(
        default=50_000,
        ge=1,
        le=10_000_000,
        description="points of one zone, so that ids without end in one leave room for others",
    )
