"""Checks of URLs."""

from __future__ import annotations

from urllib.parse import urlsplit

from config.errors import Mistake


def http_url(text: str) -> str:
    """An http(s) URL, or nothing. Raises Mistake, which does not name it: it may be a secret."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if text and not usable:
        raise Mistake("is no URL", 'as in "http://localhost:8086"')
    return text.rstrip("/")
