"""Types of equipment, where they stand in the way of the cold, and the guess from a name."""

from __future__ import annotations

import re
from enum import StrEnum

from config.errors import Mistake
from config.suggest import suggestion


class EquipmentType(StrEnum):
    """Brick classes, but that an in-row cooler is told apart from a CRAH."""

    CHILLER = "Chiller"
    PUMP = "Pump"
    COOLING_TOWER = "Cooling_Tower"
    CRAH = "CRAH"
    CRAC = "CRAC"
    IN_ROW = "In_Row"
    CDU = "CDU"
    PDU = "PDU"
    RACK = "Rack"
    OUTSIDE = "Outside"


PLANT = frozenset({EquipmentType.CHILLER, EquipmentType.PUMP, EquipmentType.COOLING_TOWER})
COOLING_UNITS = frozenset({EquipmentType.CRAH, EquipmentType.CRAC, EquipmentType.IN_ROW, EquipmentType.CDU})
"""What takes heat out of a hall."""

# Words in a name. The short ones count only as a whole word.
_WORDS: dict[EquipmentType, tuple[str, ...]] = {
    EquipmentType.CHILLER: ("chiller", "chlr", "ch"),
    EquipmentType.PUMP: ("pump", "chwp", "cwp", "pchwp", "schwp", "chp"),
    EquipmentType.COOLING_TOWER: ("tower", "coolingtower", "drycooler", "ct"),
    EquipmentType.IN_ROW: ("inrow", "rowcooler", "rdhx", "irc"),
    EquipmentType.CRAH: ("crah", "ahu", "fancoil", "fanwall", "fcu"),
    EquipmentType.CRAC: ("crac",),
    EquipmentType.CDU: ("cdu",),
    EquipmentType.PDU: ("pdu", "rpp"),
    EquipmentType.RACK: ("rack", "cabinet", "server", "chassis", "cab", "row"),
    EquipmentType.OUTSIDE: ("outside", "outdoor", "weather", "ambient", "oat"),
}
_BY_WORD = {word: type for type, words in _WORDS.items() for word in words}
_LONG_WORDS = [word for word in _BY_WORD if len(word) >= 4]


def guess_type(equipment_id: str) -> EquipmentType | None:
    """The type that a name suggests (``hall-1/crah-03`` is a CRAH), or None."""
    name = equipment_id.rsplit("/", 1)[-1].casefold()
    words = re.findall(r"[a-z]+", name)
    if "inrow" in "".join(words):
        return EquipmentType.IN_ROW
    for word in words:
        if word in _BY_WORD:
            return _BY_WORD[word]
    for word in words:
        for known in _LONG_WORDS:
            if word.startswith(known):
                return _BY_WORD[known]
    return None


def read_type(text: object) -> EquipmentType:
    """A type as written in a site file, whatever its case, blanks or hyphens. Raises Mistake."""
    folded = str(text).replace(" ", "_").replace("-", "_").casefold()
    for type in EquipmentType:
        if type.casefold() == folded:
            return type
    raise Mistake(f"unknown equipment type {text!r}", _type_remedy(str(text)))


def _type_remedy(text: str) -> str:
    guess = guess_type(text)
    return f"did you mean {guess}?" if guess else suggestion(text, [t.value for t in EquipmentType])
