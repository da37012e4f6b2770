"""Which measure a name means: its concepts, seen from the machine, held against those of the kinds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from config.equipment import EquipmentType
from config.kinds import Kind, load_kinds
from config.naming.vocabulary import STOP, Meaning, bare_letters, beside_values, table_file, vocabulary
from config.naming.words import Word

_WEIGHTS = {
    "air": 1.0,
    "water": 1.0,
    "status": 1.0,
    "setpoint": 4.0,
    "alarm": 4.0,
    "command": 3.0,
    "assumed": 0.6,
    STOP: 8.0,
}
_USUAL_WEIGHT = 2.0
_UNKNOWN_WEIGHT = 0.7
_UNKNOWN_PART = 1.5
"""Of a state or a command, whose machine an unknown word may be a part of."""
_MENDED = 0.95
NUMERIC = frozenset(
    {"temperature", "humidity", "pressure", "flow", "speed", "rpm", "frequency", "power", "current",
     "voltage", "level", "capacity", "position", "dewpoint", "wetbulb", "mode", "thermal", "vibration"}
)  # fmt: skip
_LAST_LETTERS = {
    "t": "temperature",
    "h": "humidity",
    "s": "status",
    "c": "command",
    "o": "command",
    "p": "pressure",
}
"""What one letter at the end of a name stands for, as in CRAH-11.SF-S (Metasys)."""
_UNIT_SAYS = {
    "degC": "temperature", "kW": "power", "Pa": "pressure", "l/s": "flow", "rpm": "rpm", "Hz": "frequency",
    "A": "current", "V": "voltage", "g": "vibration",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """What the words of a name say: concepts, and how sure the reading of the words is, 0 to 1."""

    concepts: frozenset[str]
    unknown: tuple[str, ...]
    sure: float


@dataclass(frozen=True, slots=True)
class Context:
    """One rule: of machines of these types, these concepts mean those."""

    has: frozenset[str]
    lacks: frozenset[str]
    becomes: frozenset[str]
    types: frozenset[str]
    """Of `EquipmentType`, "" for a machine of no known type, `none` for no machine; empty: all."""


def said_by(words: Iterable[Word], told: Iterable[str] = ()) -> Said:
    """The concepts of the words, and of those beyond (``told``) that the unit tells."""
    rest = list(words)
    concepts: set[str] = set(told)
    unknown: list[str] = []
    sure = 1.0
    i = 0
    while i < len(rest):
        size, meaning = _at(rest, i)
        letter = _LAST_LETTERS.get(rest[i].plain)
        if letter and i and i == len(rest) - 1 and not concepts & NUMERIC and "status" not in concepts:
            meaning = Meaning(frozenset({letter}))
        if i and i == len(rest) - 1 and rest[i].plain in beside_values():
            meaning = Meaning(frozenset({STOP}))
        if meaning is None:
            if rest[i].plain.isalpha() and len(rest[i].plain) > 1:
                unknown.append(rest[i].plain)
        else:
            concepts |= meaning.concepts
            sure *= 1.0 if meaning.exact else _MENDED
        i += size
    return Said(frozenset(concepts), tuple(unknown), sure)


def told_by_unit(unit_of_kind: str) -> str:
    """The concept that a quantity, by its canonical unit, stands for; empty where it is no one."""
    return _UNIT_SAYS.get(unit_of_kind, "")


def seen_from(concepts: frozenset[str], type: EquipmentType | None, *, machine: bool) -> frozenset[str]:
    """The concepts as they are meant of a machine of this type."""
    here = str(type) if type else ("" if machine else "none")
    for rule in _contexts():
        if rule.types and here not in rule.types:
            continue
        if rule.has <= concepts and not rule.lacks & concepts:
            concepts = (concepts - rule.has) | rule.becomes
    if "status" in concepts and "alarm" not in concepts and concepts & NUMERIC:
        concepts -= {"status"}  # of SNMP's tables: ...UnitStatusSupplyAirTemp
    if "current" in concepts and concepts & (NUMERIC - {"current"}):
        concepts -= {"current"}  # the current value
    return concepts


def measures_of(said: Said, concepts: frozenset[str]) -> list[tuple[float, Kind]]:
    """(how well it fits, 0 to 1; the kind), the best first."""
    best: dict[str, tuple[float, Kind]] = {}
    unknown = _UNKNOWN_WEIGHT if concepts & NUMERIC else _UNKNOWN_PART
    for phrase, kind in _phrases():
        common = phrase & concepts
        if not common:
            continue
        whole = _weight(phrase | concepts) + unknown * len(said.unknown)
        fit = _weight(common) / whole * said.sure
        if fit > best.get(kind.name, (0.0, kind))[0]:
            best[kind.name] = (fit, kind)
    return sorted(best.values(), key=lambda each: -each[0])


def _at(words: list[Word], i: int) -> tuple[int, Meaning | None]:
    known = vocabulary()
    for size in range(min(known.longest, len(words) - i), 1, -1):
        meaning = known.phrase(tuple(word.plain for word in words[i : i + size]))
        if meaning is not None:
            return size, meaning
    return 1, known.meaning(words[i].plain)


def _weight(concepts: Iterable[str]) -> float:
    return sum(_WEIGHTS.get(concept, _USUAL_WEIGHT) for concept in concepts)


@cache
def called(kind: Kind, type: EquipmentType | None) -> str:
    """The measure that is written in ids for a kind at a machine of this type."""
    data = table_file("phrases.toml")
    return str(
        data["called_of"].get(str(type), {}).get(kind.name) or data["called"].get(kind.name, kind.name)
    )


@cache
def _contexts() -> tuple[Context, ...]:
    return tuple(
        Context(
            frozenset(entry["has"]),
            frozenset(entry.get("lacks", ())),
            frozenset(entry["becomes"]),
            frozenset(entry.get("types", ())),
        )
        for entry in table_file("phrases.toml")["context"]
    )


@cache
def _phrases() -> tuple[tuple[frozenset[str], Kind], ...]:
    """The concepts of each phrase, of the data and of the kinds' own names and aliases."""
    data = table_file("phrases.toml")
    kinds = load_kinds()
    found = [
        (frozenset(phrase.split()), kinds[measure])
        for measure, phrases in data["phrases"].items()
        if measure in kinds
        for phrase in phrases
    ]
    there = {concepts for concepts, _ in found}
    for name, kind in kinds.items():
        if name in data["skip"]["names"]:
            continue
        words = [Word(word, bare_letters(word), 0, 0) for word in name.split("_")]
        said = said_by(words)
        if said.concepts and not said.unknown and said.sure == 1.0 and said.concepts not in there:
            found.append((said.concepts, kind))
    return tuple(found)
