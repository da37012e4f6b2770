"""[web]: /metrics, /health and the console."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from config.errors import Mistake
from config.sections.section import Section


def _listen(text: str) -> str:
    host, _, port = text.rpartition(":")
    if text and not (host and port.isdigit() and int(port) < 65_536):
        raise Mistake(f"{text!r} is no address", 'host:port, as in "127.0.0.1:8080"')
    return text


class WebSettings(Section):
    listen: Annotated[str, AfterValidator(_listen)] = Field(
        default="127.0.0.1:8080", description="host:port to listen on; port 0 takes a free one, empty: off"
    )

    @property
    def host(self) -> str:
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        return int(self.listen.rpartition(":")[2] or 0)
