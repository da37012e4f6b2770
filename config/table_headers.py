"""What the headers of tables usually mean, read from ``table_headers.toml``."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from importlib.resources import files
from typing import NamedTuple

_IN_BRACKETS = re.compile(r"[(\[{][^()\[\]{}]*[)\]}]\s*$")
_BETWEEN = re.compile(r"[\s\-_./#:]+")


class Headers(NamedTuple):
    """Folded headers by what they may be for."""

    points: frozenset[str]
    metrics: frozenset[str]
    machines: frozenset[str]
    places: frozenset[str]
    values: frozenset[str]
    qualities: frozenset[str]
    units: frozenset[str]
    notes: frozenset[str]
    counters: frozenset[str]
    statistics: frozenset[str]


@cache
def usual_headers() -> Headers:
    """Headers that are usual."""
    text = files("config").joinpath("table_headers.toml").read_text(encoding="utf-8")
    words = tomllib.loads(text)
    return Headers(*(frozenset(map(folded_header, words[name].split())) for name in Headers._fields))


def folded_header(header: str) -> str:
    """A header without what does not matter: case, blanks, dashes, and a unit in brackets."""
    bare = _IN_BRACKETS.sub("", header).strip() or header
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", bare).casefold())
