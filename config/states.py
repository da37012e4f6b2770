"""Words for states, and words that say that there is no value, read from ``states.toml``."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from config.kinds import Kind

_BETWEEN = re.compile(r"[\s_\-–—]+")


def folded_word(text: str) -> str:
    """A word without what does not matter: case, and blanks, ``_`` and dashes between and around.

    Empty for a text of nothing but these, as ``---``.
    """
    return _BETWEEN.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


@cache
def state_words(kind: Kind) -> Mapping[str, float]:
    """The number of each folded word that states something of this kind; none for kinds that are measured."""
    words: dict[str, float] = {}
    two_valued = kind.unit == "1" and (kind.low, kind.high) == (0, 1)
    for entry in _file()["set"]:
        everything = entry["kinds"] == ["*"]
        if two_valued if everything else any(fnmatchcase(kind.name, pattern) for pattern in entry["kinds"]):
            high = float(entry.get("high", 1))
            for word in entry["on"]:
                words.setdefault(folded_word(word), high)
            for word in entry["off"]:
                words.setdefault(folded_word(word), 0.0)
    return MappingProxyType(words)


def says_no_reading(word: str) -> bool:
    """Whether a folded word says that there is no value; the empty one does."""
    return not word or word in _no_reading()


@cache
def _no_reading() -> frozenset[str]:
    return frozenset(map(folded_word, _file()["no_reading"]["words"]))


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads(files("config").joinpath("states.toml").read_text(encoding="utf-8"))
