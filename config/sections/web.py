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
    """Where health, metrics and the console are served."""

    listen: Annotated[str, AfterValidator(_listen)] = Field(
        default="127.0.0.1:8080", description="host:port to listen on; port 0 takes a free one, empty: off"
    )

    @property
    def host(self) -> str:
        """The host part of ``listen``, an IPv6 address without its brackets."""
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port of ``listen``; 0 takes a free one, or none where ``listen`` is empty."""
        return int(self.listen.rpartition(":")[2] or 0)
