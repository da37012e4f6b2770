"""One reading of what is said of a value's quality, for every format."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from config.states import folded_word
from config.value_rules import Quality

WORST_FIRST: tuple[Quality, ...] = ("bad", "uncertain", "good")
OPC_UA = 1 << 16
"""A number from here on is a status code of OPC UA: its two highest bits of 32 tell."""
_CODE = re.compile(r"\(?0x([0-9a-fA-F]{1,8})\)?")
_WORDS = re.compile(r"[^,;|{}()\[\]]+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NUMBER = re.compile(r"\d{1,10}(\.0*)?")
BEHIND = re.compile(r"(?P<value>[^{}]*)\{(?P<quality>[^{}]*)\}\s*")
"""A quality behind the value, in braces, as Niagara writes it: ``18.4 °C {ok}``."""


def quality_of(said: object, own: Mapping[str, Quality] | None = None) -> Quality:
    """Good, uncertain or bad, by a word, several of them, a flag, or a number of OPC.

    ``own`` has folded words that go before those that are known. Nothing said is
    good. Numbers are those of OPC Data Access (192 and above are good, 64 and above
    uncertain, 0 is bad) or a flag (1 is good), from `OPC_UA` on those of OPC UA.
    """
    if said is None or isinstance(said, str):
        return _of_text(said or "", own or {})
    if own and (word := f"{said:g}" if isinstance(said, float) else str(said).lower()) in own:
        return own[word]
    if isinstance(said, bool):
        return "good" if said else "bad"
    if isinstance(said, int | float) and 0 <= said < 1 << 32:
        return _of_number(int(said))
    return "uncertain"


def knows_quality(text: str) -> bool:
    """Whether all that a text says is a quality that is known; a text without a word says nothing."""
    if _NUMBER.fullmatch(text.strip()) or _CODE.search(text):
        return True
    return all(_of_word(word, {}) for word in _words(text))


def _of_text(text: str, own: Mapping[str, Quality]) -> Quality:
    if not text.strip():
        return "good"
    whole = folded_word(text)
    if whole in own:
        return own[whole]
    code = _CODE.search(text)
    if code is not None:
        number = int(code[1], 16)
        return "good" if number == 0 else _of_number(max(number, OPC_UA))
    number_text = text.strip()
    if _NUMBER.fullmatch(number_text):
        return _of_number(int(float(number_text)))
    found = [_of_word(word, own) or "uncertain" for word in _words(text)]
    return next((quality for quality in WORST_FIRST if quality in found), "uncertain")


def _words(text: str) -> list[str]:
    """The words of a text, which may have blanks within them or between them."""
    words = [word for word in _WORDS.findall(text) if folded_word(word)]
    return [
        part
        for word in words
        for part in ([word] if _of_word(word, {}) or not all(map(_is_word, word.split())) else word.split())
    ]


def _is_word(word: str) -> bool:
    return _of_word(word, {}) is not None


def _of_word(word: str, own: Mapping[str, Quality]) -> Quality | None:
    whole, parted = folded_word(word), folded_word(_HUMP.sub(" ", word))
    return own.get(whole) or _known().get(whole) or _known().get(parted)


def _of_number(number: int) -> Quality:
    if number >= OPC_UA:
        return ("good", "uncertain", "bad", "bad")[number >> 30]
    return "good" if number == 1 else ("bad", "uncertain", "bad", "good")[number >> 6 & 3]


@cache
def _known() -> dict[str, Quality]:
    lists = tomllib.loads(files("config").joinpath("quality.toml").read_text(encoding="utf-8"))
    return {folded_word(word): quality for quality in WORST_FIRST for word in lists[quality]}
