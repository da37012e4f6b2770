"""What must never be read in a log, a message or an answer: the settings' secrets, struck out of texts.

Tokens and passwords are secrets as they stand. A URL of a notification service
or a heartbeat is one too: its path, its query and every part of it that looks
like a token, since the library behind it may put them together anew.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

if TYPE_CHECKING:  # `coolwatch --version` need not load what settings need
    from config.settings import Settings

STRUCK_OUT = "***"
SHORTEST = 4
"""Characters. Anything shorter is in every other word, and no secret."""
_TOKEN_LENGTH = 6
_LONG_WORD = 16
"""A word of letters alone that is at least this long is taken for a token."""


def secrets_of(settings: Settings) -> set[str]:
    """Every text of the settings that may be a secret."""
    found = {settings.influxdb.token, settings.kafka.password}
    for url in (settings.store.url, settings.influxdb.url, settings.state.snapshots):
        found.add(_password(url))
    for url in (*settings.notify.urls, settings.notify.heartbeat_url):
        found.update(_parts_of_url(url))
    return {secret for secret in found if len(secret) >= SHORTEST}


class Secrets:
    """Texts that are struck out wherever they stand."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def hide(self, secrets: Iterable[str]) -> None:
        """Strike these out too from now on, also quoted for a URL, for JSON or by Python."""
        self._known |= {form for secret in secrets if secret for form in _forms(secret)}
        longest_first = sorted(self._known, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def redacted(self, text: str) -> str:
        """The text with every hidden value struck out."""
        return text if self._pattern is None else self._pattern.sub(STRUCK_OUT, text)


_secrets = Secrets()
hide = _secrets.hide
"""Of this process: everything that `redacted` is to strike out."""
redacted = _secrets.redacted


def _forms(secret: str) -> Iterator[str]:
    for plain in (secret, unquote(secret)):
        yield plain
        yield quote(plain, safe="")
        yield quote(plain)
        yield json.dumps(plain)[1:-1]
        yield repr(plain)[1:-1]


def _password(url: str) -> str:
    try:
        return urlsplit(url).password or ""
    except ValueError:
        return ""


def _parts_of_url(url: str) -> Iterator[str]:
    if not url:
        return
    yield url
    rest = url.partition("://")[2]
    before_query, _, query = rest.partition("?")
    place, slash, path = before_query.partition("/")
    user, _, host = place.rpartition("@")
    if path.strip("/"):
        yield slash + path
        yield path.strip("/")
    if query:
        yield query
    yield user.partition(":")[2]
    pieces = [*user.split(":"), *path.split("/"), *re.split("[&=]", query)]
    if not re.search(r"\.|^localhost|^\[", host):  # a host without a domain is a token of a service
        pieces += [host, *host.split(":")]
    yield from (piece for piece in pieces if _looks_like_token(piece))


def _looks_like_token(text: str) -> bool:
    """Whether it is no word that stands in other lines for other reasons."""
    word = text.isalpha() and (text.islower() or text.istitle())
    return len(text) >= (_LONG_WORD if word else _TOKEN_LENGTH)
