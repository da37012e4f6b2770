"""[notify]: whom to tell."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from config.sections.section import Section, Urls, between
from config.sections.urls import http_url
from config.times import SECOND, Duration


class NotifySettings(Section):
    """Whom to tell, and how often."""

    urls: Urls = Field(
        default=(), repr=False, description="Apprise URLs; incidents are in the log in any case"
    )
    urls_file: str = Field(default="", description="file that holds the URLs, a line each")
    repeat_every: Annotated[Duration, between("1m", "7d")] = Field(
        default=3600 * SECOND, description="how often an open incident is told again"
    )
    heartbeat_url: Annotated[str, AfterValidator(http_url)] = Field(
        default="",
        repr=False,
        description="called every 60 s while partitions progress; its silence says coolwatch is dead",
    )
