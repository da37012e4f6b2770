"""The words of names and what they mean, read from the data files beside this module."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from rapidfuzz.distance import OSA

NOISE = "noise"
STOP = "stop"
"""The concept of a word that says that a point is none of the kinds known."""

_FUZZY_FROM = 5
_SPLIT_FROM = 3
_LONG_WORD = 8


_LIGATURES = str.maketrans({"æ": "ae", "ø": "o", "œ": "oe", "ł": "l", "đ": "d"})


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one word, or several side by side, mean. ``exact`` is false where a spelling was mended."""

    concepts: frozenset[str]
    exact: bool = True


def table_file(name: str) -> dict[str, Any]:
    """One of the data files of naming."""
    return tomllib.loads(files("config").joinpath("naming", name).read_text(encoding="utf-8"))


def bare_letters(word: str) -> str:
    """A word without capitals, accents and umlauts."""
    plain = unicodedata.normalize("NFKD", word.casefold().translate(_LIGATURES))
    return "".join(c for c in plain if not unicodedata.combining(c))


def bare_umlauts(word: str) -> str:
    """A word whose umlauts are spelled with an e, as bare letters: ``kaelte`` as ``kalte``."""
    return word.replace("ae", "a").replace("oe", "o").replace("ue", "u")


class Vocabulary:
    """Looks words up: as they are, as compounds of known words, then with a mistake of spelling mended."""

    def __init__(self, meanings: Mapping[str, frozenset[str]], pieces: frozenset[str]) -> None:
        self._meanings = meanings
        self._pieces = pieces
        self._fuzzy = [word for word in meanings if len(word) >= _FUZZY_FROM and word.isascii()]
        self._cache: dict[str, Meaning | None] = {}
        self.longest = max(word.count(" ") for word in meanings) + 1
        """Words of the longest entry."""

    def phrase(self, words: tuple[str, ...]) -> Meaning | None:
        """What several words in bare letters, side by side, mean where they stand so in the data."""
        found = self._meanings.get(" ".join(words))
        return None if found is None else Meaning(found)

    def meaning(self, word: str) -> Meaning | None:
        """What a word in bare letters means, None where nothing is known of it."""
        if word not in self._cache:
            self._cache[word] = self._look_up(word)
        return self._cache[word]

    def _look_up(self, word: str) -> Meaning | None:
        for spelling in (word, bare_umlauts(word)):
            if spelling in self._meanings:
                return Meaning(self._meanings[spelling])
            parts = self._split(spelling)
            if parts is not None:
                return Meaning(frozenset().union(*(self._meanings[part] for part in parts)))
        return self._mended(word)

    def _split(self, word: str) -> list[str] | None:
        """The fewest known words that make up the whole word."""
        best: list[list[str] | None] = [[], *([None] * len(word))]
        for end in range(1, len(word) + 1):
            for start in range(end):
                head, part = best[start], word[start:end]
                if head is None or part not in self._meanings or not self._may_be_part(part):
                    continue
                now = best[end]
                if now is None or len(head) + 1 < len(now):
                    best[end] = [*head, part]
        return best[-1]

    def _may_be_part(self, part: str) -> bool:
        return len(part) >= _SPLIT_FROM or part in self._pieces or not part.isascii()

    def _mended(self, word: str) -> Meaning | None:
        if len(word) < _FUZZY_FROM or not word.isalpha():
            return None
        allowed = 2 if len(word) >= _LONG_WORD else 1
        near: list[tuple[int, str]] = []
        for known in self._fuzzy:
            distance = OSA.distance(word, known, score_cutoff=allowed)
            if distance <= allowed and word[0] == known[0]:
                near.append((distance, known))
        if not near:
            return None
        best = min(near)[0]
        meanings = {self._meanings[known] for distance, known in near if distance == best}
        return Meaning(meanings.pop(), exact=False) if len(meanings) == 1 else None


@cache
def scripts_without_blanks() -> tuple[str, ...]:
    """The words of the data files in scripts that put no blanks between words, the longest first."""
    words = {
        word
        for file, sections in (("words.toml", ("meaning",)), ("equipment.toml", ("types", "halls")))
        for section in sections
        for words in table_file(file)[section].values()
        for word in words
        if not word.isascii() and unicodedata.name(word[0], "").startswith("CJK")
    }
    return tuple(sorted(words, key=lambda word: (-len(word), word)))


@cache
def beside_values() -> frozenset[str]:
    """Keys of what goes with a value in a message and is none: they say so only where they stand last."""
    return frozenset(table_file("words.toml")["beside_values"]["words"])


@cache
def vocabulary() -> Vocabulary:
    """The words of `words.toml`."""
    data = table_file("words.toml")
    meanings: dict[str, frozenset[str]] = {}
    for concepts, words in data["meaning"].items():
        for word in words:
            # A word that stands twice has the meanings of the list that comes first.
            meanings.setdefault(word, frozenset(concepts.split()) - {NOISE})
    for word in data["stops"]["words"]:
        meanings[word] = frozenset({STOP})
    return Vocabulary(meanings, frozenset(data["pieces"]["words"]))
