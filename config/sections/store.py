"""[store]: where incidents are kept."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from config.errors import Mistake
from config.sections.section import Section


def _database(url: str) -> str:
    if "://" not in url:
        remedy = "as in sqlite:///coolwatch.db or postgresql+psycopg://user@host/coolwatch"
        raise Mistake("is no database URL", remedy)
    return url


class StoreSettings(Section):
    """The database of incidents and messages."""

    url: Annotated[str, AfterValidator(_database)] = Field(
        default="sqlite:///coolwatch.db",
        repr=False,
        description="database of the incidents, an SQLAlchemy URL",
    )
    url_file: str = Field(default="", description="file that holds the URL, where it has a password in it")
    keep_days: int = Field(
        default=400,
        ge=0,
        le=36500,
        description="how long what is over, and what was told of it, is kept; 0: for ever",
    )
