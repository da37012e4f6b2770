"""[state]: what a restart goes on from."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from config.sections.section import Section, between
from config.times import SECOND, Duration


class StateSettings(Section):
    """What a restart goes on from, and how much disk it may take."""

    snapshots: str = Field(
        default="snapshots",
        min_length=1,
        description="folder, or any fsspec URL; shared if several instances run",
    )
    disk_mib: int = Field(
        default=4096,
        ge=1,
        description="bound of spool, letters, snapshots and store together; the oldest scores go first",
    )
    checkpoint_every: Annotated[Duration, between("1s", "1h")] = Field(
        default=30 * SECOND, description="how often the state is saved and the offsets are committed"
    )
