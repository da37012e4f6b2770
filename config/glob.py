"""Patterns over ids and names that look like paths.

``*`` stands for any run of characters within one part (it does not cross
``/``), ``?`` for one such character, ``[1-4]`` and ``[!ab]`` for one of (or
not of) a class, ``**`` for anything and crosses ``/``. As in git, ``**`` that
fills a whole part stands for no part too: ``hall-1/**`` matches ``hall-1``,
``**/power`` matches ``power``. Everything else is itself; case counts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import product
from math import prod
from typing import NamedTuple

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
    tokens = [_Token.of(found, pattern) for found in _TOKEN.finditer(pattern)]
    return re.compile(_blocks(tokens), re.DOTALL)


class _Token(NamedTuple):
    """A piece of a pattern: a wildcard by its name, or what stands for one character."""

    wildcard: str
    one: str

    @classmethod
    def of(cls, token: re.Match[str], pattern: str) -> _Token:
        """The token as found. Raises BadPattern."""
        wildcard = next((name for name in ("above", "below", "any", "run") if token[name]), "")
        if token["set"] is not None:
            return cls("", _class(pattern, bool(token["not"]), token["set"]))
        if token["self"] == "[":
            raise BadPattern(f"pattern {pattern!r} has a [ that is never closed")
        return cls(wildcard, "[^/]" if token["one"] else re.escape(token["self"] or ""))


def _blocks(tokens: Sequence[_Token]) -> str:
    """The expression of a pattern, cut where a wildcard crosses ``/``.

    What stands between two such wildcards is taken where it first fits, and no
    later place is tried: what the second one would pass over from there, it
    passes over from the first place too. So no pattern takes a time that grows
    with a power of its wildcards.
    """
    starts = [i for i, token in enumerate(tokens) if token.wildcard in ("above", "any")]
    text = _runs(tokens[: starts[0] if starts else None], last=not starts)
    for start, end in zip(starts, [*starts, None][1:], strict=True):
        last = end is None
        skip = ".*" if tokens[start].wildcard == "any" else "(?:.*/)?"
        first = ".*?" if tokens[start].wildcard == "any" else "(?:.*?/)??"
        rest = _runs(tokens[start + 1 : end], last=last)
        text += f"{skip}{rest}" if last else f"(?>{first}{rest})"
    return text


def _runs(tokens: Sequence[_Token], *, last: bool) -> str:
    """The expression of what does not cross ``/``, ``last`` in its pattern: each ``*`` likewise."""
    starts = [i for i, token in enumerate(tokens) if token.wildcard == "run"]
    text = _ones(tokens[: starts[0] if starts else None])
    for start, end in zip(starts, [*starts, None][1:], strict=True):
        rest = _ones(tokens[start + 1 : end])
        text += f"[^/]*{rest}" if last and end is None else f"(?>[^/]*?{rest})"
    return text


def _ones(tokens: Sequence[_Token]) -> str:
    return "".join("(?:/.*)?" if token.wildcard == "below" else token.one for token in tokens)


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
