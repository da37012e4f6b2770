"""Which machine and which hall a name speaks of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from config.equipment import EquipmentType
from config.naming.vocabulary import bare_letters, bare_umlauts, table_file, vocabulary
from config.naming.words import Cut, Word

_CODE = re.compile(
    r"[\s\-_.#:]*(\d+\.\d+\.\d+\.\d+"  # an address
    r"|[A-Za-z]-\d+"
    r"|[A-Za-z]?\d+(?:[A-Za-z]\d+)*(?:[A-Za-z](?![A-Za-z0-9]))?(?:-\d+)?"  # 3, A07, R01C05, 44a, A07-1
    r"|[A-Z](?![A-Za-z0-9]))"
)
_NEXT_SEGMENT = re.compile(r"/(\d+\.\d+\.\d+\.\d+)")
_NUMBER_ALONE = re.compile(r"(?<=/)\d{1,4}(?=/)")
"""A part of a path that is a number: a slave of a bus, a writer of OPC UA."""
_CODE_BEFORE = re.compile(r"(\d+)\s*#\s*$")
_BEFORE_A_MACHINE = frozenset({"h"})
"""Words of halls that mean something else behind a machine."""
_QUALIFIERS = frozenset({"chw", "cw", "facility", "secondary", "water", "header"})


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine as a name gives it: ``slug`` is the second part of an id."""

    slug: str
    type: EquipmentType | None
    words: frozenset[int]
    """Which words of the name say it."""
    code: str
    """Its number or letter, as a part of an id; empty where it has none."""
    start: int


@dataclass(frozen=True, slots=True)
class _Lists:
    types: dict[str, EquipmentType | None]
    weak: frozenset[str]
    halls: frozenset[str]
    speaking: frozenset[str]
    places: dict[str, str]
    domains: frozenset[str]
    longest: int


@cache
def _lists() -> _Lists:
    data = table_file("equipment.toml")
    types: dict[str, EquipmentType | None] = {
        word: EquipmentType(type) for type, words in data["types"].items() for word in words
    }
    types.update(dict.fromkeys([*data["other"]["words"], *data["speaking"]["words"]]))
    halls = frozenset(data["halls"]["words"])
    places = {word: place for place, words in data["places"].items() for word in words}
    longest = max(word.count(" ") for word in (*types, *halls)) + 1
    return _Lists(
        types,
        frozenset(data["weak"]["words"]),
        halls,
        frozenset(data["speaking"]["words"]),
        places,
        frozenset(data["domains"]["words"]),
        longest,
    )


def machine_of(cut: Cut) -> Machine | None:
    """The machine that a name names: of several the one that has a number, then the later one."""
    lists = _lists()
    found: list[tuple[int, int, Machine]] = []
    for i, size, word in _phrases(cut.words, lists.longest, lists.types):
        machine = _coded(cut, i, size, lists.types[word])
        if machine is None and word in lists.weak:
            continue
        if machine is None:
            used = frozenset(range(i, i + size))
            machine = Machine(_slug(cut, i, size, ""), lists.types[word], used, "", cut.words[i].start)
        found.append((2 * bool(machine.code) + (word not in lists.weak), i, machine))
    if found:
        return max(found, key=lambda each: each[:2])[2]
    return _unnamed(cut) or _numbered(cut)


def hall_of(cut: Cut, machine: Machine | None) -> tuple[str, frozenset[int]]:
    """(the hall that a name names or "", the words that say it)."""
    lists = _lists()
    for i, size, _ in _phrases(cut.words, lists.longest, dict.fromkeys(lists.halls)):
        if machine is not None and machine.words & set(range(i, i + size)):
            continue
        code = _CODE.match(cut.name, cut.words[i + size - 1].end)
        first = cut.words[i]
        if first.plain in _BEFORE_A_MACHINE and (machine is None or first.start > machine.start):
            continue
        if code is not None:
            used = frozenset(j for j, w in enumerate(cut.words) if cut.words[i].start <= w.start < code.end())
            return _slug(cut, i, size, code[1]), used
    return "", frozenset()


def is_domain(text: str) -> bool:
    """Whether a part of a path is the word of a system, a protocol or a plug-in, and no place."""
    return slug_of(text) in _lists().domains


def type_called(parts: Cut) -> EquipmentType | None:
    """The type of machine that a text is the word of, without any number; None where it is none."""
    return _lists().types.get(" ".join(word.plain for word in parts.words))


def is_a_weak_word(parts: Cut, machine: Machine) -> bool:
    """Whether a machine is named by a word that may mean something else."""
    words = [parts.words[i].plain for i in sorted(machine.words) if parts.words[i].plain.isalpha()]
    return " ".join(words) in _lists().weak


def place_of(plain: str) -> str:
    """The place in a machine that a word in bare letters names, or ""."""
    return _lists().places.get(plain, "")


def slug_of(text: str) -> str:
    """Text as a part of an id: small letters, digits and hyphens; other scripts stay as they are."""
    german = text.casefold().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")
    return re.sub(r"[^\w.]+", "-", bare_letters(german).replace("_", "-")).strip("-.")


def _phrases(
    words: Sequence[Word], longest: int, known: dict[str, EquipmentType | None]
) -> list[tuple[int, int, str]]:
    """(first word, how many, as it stands in the data) of all entries found, longest first at each place."""
    found = []
    i = 0
    while i < len(words):
        for size in range(min(longest, len(words) - i), 0, -1):
            text = " ".join(word.plain for word in words[i : i + size])
            spelling = next((s for s in (text, bare_umlauts(text)) if s in known), None)
            if spelling is not None:
                found.append((i, size, spelling))
                i += size - 1
                break
        i += 1
    return found


def _coded(cut: Cut, i: int, size: int, type: EquipmentType | None) -> Machine | None:
    """The machine whose words begin at ``i``, where a number or a letter stands beside them."""
    first, end = cut.words[i].start, cut.words[i + size - 1].end
    code = _CODE.match(cut.name, end) or _NEXT_SEGMENT.match(cut.name, end)
    if code is not None:
        stop, text = code.end(), code[1]
    elif (before := _CODE_BEFORE.search(cut.name[:first])) is not None:
        first, stop, text = before.start(), end, before[1]
    else:
        return None
    if type == EquipmentType.PUMP:
        while i and _qualifies(cut.words[i - 1]) and "/" not in cut.name[cut.words[i - 1].end : first]:
            i, size, first = i - 1, size + 1, cut.words[i - 1].start
    used = frozenset(j for j, word in enumerate(cut.words) if first <= word.start < stop)
    if " ".join(word.plain for word in cut.words[i : i + size]) in _lists().speaking:
        used -= set(range(i, i + size))
    return Machine(_slug(cut, i, size, text), type, used, slug_of(text), first)


def _qualifies(word: Word) -> bool:
    meaning = vocabulary().meaning(word.plain)
    return meaning is not None and bool(meaning.concepts) and meaning.concepts <= _QUALIFIERS


def _slug(cut: Cut, i: int, size: int, code: str) -> str:
    words = [word.text for word in cut.words[i : i + size]]
    return slug_of("-".join([*words, code] if code else words))


def _unnamed(cut: Cut) -> Machine | None:
    """A word that nobody knows with a number behind it, where it begins a part of a path: a machine too.

    Where the two are a whole part, it may be a word that means something elsewhere.
    """
    for i, word in enumerate(cut.words):
        begins = word.start == 0 or cut.name[word.start - 1] in "/.|:"
        if not begins or not word.plain.isalpha() or word.plain in _lists().halls:
            continue
        code = _CODE.match(cut.name, word.end)
        if code is None or not any(character.isdigit() for character in code[1]):
            continue
        whole = cut.name[code.end() : code.end() + 1] == "/"
        if not whole and vocabulary().meaning(word.plain) is not None:
            continue
        if cut.unit or any(other.start >= code.end() for other in cut.words):
            used = frozenset(j for j, w in enumerate(cut.words) if word.start <= w.start < code.end())
            return Machine(_slug(cut, i, 1, code[1]), None, used, slug_of(code[1]), word.start)
    return None


def _numbered(cut: Cut) -> Machine | None:
    """A machine of which a path says a number alone, before what is measured."""
    numbers = list(_NUMBER_ALONE.finditer(cut.name))
    if len(numbers) != 1 or not any(word.start > numbers[0].end() for word in cut.words):
        return None
    start = numbers[0].start()
    used = frozenset(i for i, word in enumerate(cut.words) if word.start == start)
    return Machine(f"unit-{numbers[0][0]}", None, used, numbers[0][0], start)
