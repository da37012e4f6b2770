"""The sense of one name by itself: machine, hall, measure with alternatives, unit and scale."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise

from config.kinds import Kind
from config.naming.machines import Machine, hall_of, machine_of, place_of
from config.naming.measures import NUMERIC, Said, measures_of, said_by, seen_from, told_by_unit
from config.naming.scales import Scale, fits, scales_of
from config.naming.seen_values import SeenValues
from config.naming.vocabulary import vocabulary
from config.naming.words import Cut, Word, cut, known_unit, quantity_of

_OF_A_ROOM = frozenset({"temperature", "humidity", "air"})
"""What is said of nothing but a hall is of the air in it."""

_SEPARATORS = frozenset("/.\\|:>")


@dataclass(frozen=True, slots=True)
class SeenName:
    """A name as it came: the unit that its messages gave (empty for none) and its values."""

    name: str
    unit: str = ""
    values: SeenValues = field(default_factory=SeenValues)


@dataclass(frozen=True, slots=True)
class Choice:
    """One measure that a name may mean, with its likeliest scales; ``fit`` of the words alone, 0 to 1."""

    kind: Kind
    fit: float
    scales: tuple[Scale, ...]

    @property
    def sure(self) -> float:
        """How sure it is of words and unit together."""
        return self.fit * (self.scales[0].sure if self.scales else 0.0)


@dataclass(frozen=True, slots=True)
class Sense:
    """What a name means by itself. ``choices`` has the likeliest first, and may be empty."""

    seen: SeenName
    cut: Cut
    unit: str
    machine: Machine | None
    hall: str
    said: Said
    concepts: frozenset[str]
    choices: tuple[Choice, ...]
    places: tuple[str, ...]
    numbers: tuple[str, ...]
    """Numbers in it that belong to no machine and no hall."""

    def at(self, machine: Machine) -> Sense:
        """The same name, said of this machine."""
        return _read(self.seen, self.cut, self.unit, machine, self.hall)


def read_name(seen: SeenName) -> Sense:
    """What a name means by itself."""
    parts = cut(seen.name)
    unit = known_unit(seen.unit) or parts.unit
    machine = machine_of(parts)
    hall, _ = hall_of(parts, machine)
    return _read(seen, parts, unit, machine, hall)


def _read(seen: SeenName, parts: Cut, unit: str, machine: Machine | None, hall: str) -> Sense:
    used = (machine.words if machine else frozenset()) | hall_of(parts, machine)[1]
    words = [word for i, word in enumerate(parts.words) if i not in used]
    places = tuple(filter(None, (place_of(word.plain) for word in words)))
    numbers = tuple(word.text for word in words if word.plain.isdigit())
    spoken = [
        word
        for word in words
        if not place_of(word.plain) and not word.plain.isdigit() and not _of_the_path(word, parts, machine)
    ]
    said = said_by(spoken, _told(seen, unit, spoken))
    said = replace(said, unknown=(*said.unknown, *_parts_of_a_machine(words)))
    said = _without_the_path(said, spoken, parts, machine)
    if machine is None and hall and said.concepts and said.concepts <= _OF_A_ROOM:
        said = replace(said, concepts=said.concepts | {"zone"})
    type = machine.type if machine else None
    concepts = seen_from(said.concepts, type, machine=machine is not None)
    choices = []
    for fit, kind in measures_of(said, concepts):
        if fit < 0.4 or not fits(kind, unit, seen.values):
            continue
        scales = scales_of(kind, type, unit, seen.values, tenths=parts.tenths)
        choices.append(Choice(kind, fit, tuple(scales)))
    choices.sort(key=by_likelihood)
    return Sense(seen, parts, unit, machine, hall, said, concepts, tuple(choices[:6]), places, numbers)


def by_likelihood(choice: Choice) -> tuple[float, float]:
    """Sorts choices: the words tell which measure it is, and the values only where words are alike."""
    return -round(choice.fit if choice.scales else 0.0, 1), -choice.sure


def _of_the_path(word: Word, parts: Cut, machine: Machine | None) -> bool:
    """Whether a word of the path to a machine is like one that is known, and is not it."""
    if machine is None or not _SEPARATORS & set(parts.name[word.end : machine.start]):
        return False
    meaning = vocabulary().meaning(word.plain)
    return meaning is not None and not meaning.exact


def _parts_of_a_machine(words: list[Word]) -> list[str]:
    """Letters with a number right behind them, as in P1: some part that has a name of its own."""
    return [
        word.text + after.text
        for word, after in pairwise(words)
        if len(word.text) == 1 and word.end == after.start and after.text.isdigit() and word.plain != "l"
    ]


def _told(seen: SeenName, unit: str, words: list[Word]) -> tuple[str, ...]:
    """What the unit says of a name whose words name no quantity."""
    if not unit or said_by(words).concepts & NUMERIC:
        return ()
    if "rh" in seen.unit.casefold() or "rf" in seen.unit.casefold():
        return ("humidity",)
    concept = told_by_unit(quantity_of(unit))
    return (concept,) if concept else ()


def _without_the_path(said: Said, words: list[Word], parts: Cut, machine: Machine | None) -> Said:
    """Words that nobody knows, before the machine or the last part of a path, say nothing of the measure."""
    start = max(parts.name.rfind("/") + 1, machine.start if machine else 0)
    last = [word for word in words if word.start >= start]
    if not said_by(last).concepts:
        start = machine.start if machine else 0
    before = {word.plain for word in words if word.start < start}
    return replace(said, unknown=tuple(word for word in said.unknown if word not in before))
