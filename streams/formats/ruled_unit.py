"""What a template says of its values, carried with the unit to where the point is known.

A reading goes through the decoder as name, unit, time and value. Where its
template says more than a unit (scale, offset, states ...), the unit is marked
with the rules, so that each (name, unit) has one route as ever.
"""

from __future__ import annotations

from pydantic import ValidationError

from config.value_rules import ValueRules

MARK = "\x01"
"""Stands before and behind the rules, which are JSON; the unit follows."""


def ruled(unit: str, rules: ValueRules) -> str:
    """The unit with the rules of a template, if that has any."""
    said = ValueRules.model_validate(rules.model_dump(include=set(ValueRules.model_fields)))
    text = said.model_dump_json(exclude_none=True)
    return unit if text == "{}" else f"{MARK}{text}{MARK}{unit}"


def joined_unit(said: str, named: str) -> str:
    """Of the message's unit and its template's: the message's, unless rules say what stands in it."""
    if not named.startswith(MARK):
        return said or named
    return named + said if named.endswith(MARK) else named


def with_unit(ruled_unit: str, unit: str) -> str:
    """The same rules with another unit."""
    head, mark, _ = ruled_unit.rpartition(MARK)
    return f"{head}{mark}{unit}"


def parted(ruled_unit: str) -> tuple[str, ValueRules | None]:
    """(the unit as people read it, the rules that it is marked with)."""
    if not ruled_unit.startswith(MARK):
        return ruled_unit, None
    text, _, unit = ruled_unit[1:].rpartition(MARK)
    try:
        return unit, ValueRules.model_validate_json(text)
    except ValidationError:
        return ruled_unit.replace(MARK, "?"), None
