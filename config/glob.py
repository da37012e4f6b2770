"""Patterns over ids and names that look like paths.

``*`` stands for any run of characters within one part (it does not cross
``/``), ``?`` for one such character, ``[1-4]`` and ``[!ab]`` for one of (or
not of) a class, ``**`` for anything and crosses ``/``. As in git, ``**`` that
fills a whole part stands for no part too: ``hall-1/**`` matches ``hall-1``,
``**/power`` matches ``power``. Everything else is itself; case counts.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import product
from math import prod

_TOKEN = re.compile(
    r"(?P<above>(?:^|(?<=/))\*\*/)"  # `**/` at the head of a part: no part, or some
    r"|(?P<below>/\*\*$)"  # `/**` at the end: no part, or some
    r"|(?P<any>\*\*)"
    r"|(?P<run>\*)"
    r"|(?P<one>\?)"
    r"|\[(?P<not>!?)(?P<set>\]?[^\]]*)\]"
    r"|(?P<self>.)",
    re.DOTALL,
)


class BadPattern(ValueError):
    """A pattern that cannot be read."""

    remedy = "`*` stays within `/`, `**` crosses it, `[1-4]` is one of a class"


@lru_cache(maxsize=4096)
def compiled(pattern: str) -> re.Pattern[str]:
    """The pattern as a regular expression for ``fullmatch``. Raises BadPattern."""
    if not pattern:
        raise BadPattern("empty pattern")
    parts = []
    for token in _TOKEN.finditer(pattern):
        if token["above"]:
            parts.append("(?:.*/)?")
        elif token["below"]:
            parts.append("(?:/.*)?")
        elif token["any"]:
            parts.append(".*")
        elif token["run"]:
            parts.append("[^/]*")
        elif token["one"]:
            parts.append("[^/]")
        elif token["set"] is not None:
            parts.append(_class(pattern, bool(token["not"]), token["set"]))
        elif token["self"] == "[":
            raise BadPattern(f"pattern {pattern!r} has a [ that is never closed")
        else:
            parts.append(re.escape(token["self"]))
    return re.compile("".join(parts), re.DOTALL)


def _class(pattern: str, negated: bool, members: str) -> str:
    if not members:
        raise BadPattern(f"pattern {pattern!r} has an empty class []")
    if not negated and not members.strip("/"):
        raise BadPattern(f"pattern {pattern!r} has a class of `/`, which no class matches")
    for low, high in re.findall(r"(.)-(.)", members, re.DOTALL):
        if low > high:
            raise BadPattern(f"pattern {pattern!r} has a class {low}-{high} that runs backwards")
    safe = re.sub(r"(.)-(.)|(.)", _escaped, members, flags=re.DOTALL)
    # A class is one character within a part, so what it excludes includes the slash.
    return f"[^/{safe}]" if negated else f"(?!/)[{safe}]"


def _escaped(found: re.Match[str]) -> str:
    """A range or a character of a class, with nothing in it that a regular expression reads otherwise."""
    low, high, alone = found.groups()
    return re.escape(alone) if low is None else f"{re.escape(low)}-{re.escape(high)}"


def matches(pattern: str, text: str) -> bool:
    """Whether the whole of ``text`` fits the pattern. Raises BadPattern."""
    return compiled(pattern).fullmatch(text) is not None


def matches_place(pattern: str, equipment_id: str) -> bool:
    """Whether it fits a piece of equipment, or the hall or zone that this stands in. Raises BadPattern."""
    return matches(pattern, equipment_id) or matches(pattern, equipment_id.split("/", 1)[0])


def is_literal(pattern: str) -> bool:
    """Whether the pattern can stand for one text only."""
    return not any(c in pattern for c in "*?[")


def texts(pattern: str, most: int = 2000) -> list[str] | None:
    """Every text that a pattern of classes alone stands for: ``rack-0[1-3]`` is three racks.

    None where a wildcard, a negated class or more than ``most`` of them leave it open.
    """
    compiled(pattern)
    choices: list[list[str]] = []
    for token in _TOKEN.finditer(pattern):
        if token["self"] is not None:
            choices.append([token["self"]])
        elif token["set"] is not None and not token["not"]:
            wanted = re.compile(_class(pattern, False, token["set"]))
            choices.append([c for c in map(chr, range(0x21, 0x7F)) if wanted.fullmatch(c)])
        else:
            return None
    if prod(len(choice) for choice in choices) > most:
        return None
    return ["".join(parts) for parts in product(*choices)]


def example(pattern: str) -> str:
    """One text that the pattern matches: its wildcards filled with ``x``, classes with a member."""
    compiled(pattern)
    text = []
    for token in _TOKEN.finditer(pattern):
        if token["below"]:
            text.append("/x")
        elif token["above"]:
            text.append("x/")
        elif token["any"] or token["run"] or token["one"]:
            text.append("x")
        elif token["set"] is not None:
            text.append(_member(bool(token["not"]), token["set"]))
        else:
            text.append(token["self"])
    return "".join(text)


def _member(negated: bool, members: str) -> str:
    wanted = re.compile(_class(members, negated, members))
    candidates = map(chr, range(0x21, 0x3000)) if negated else members
    return next(c for c in candidates if wanted.fullmatch(c))
