"""What a look at telemetry came to: names and what they mean, settings, and what was not understood."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from config.settings import Settings
from config.shape import shape_text
from detector.service.setup.sampled import Sampled
from detector.service.setup.settings_file import Chosen
from detector.service.setup.told_names import Made, ToldName, told_names
from detector.service.setup.two_in_turn import in_turn_sentences
from streams.formats.not_understood import (
    UNREAD_PART,
    Belated,
    belated_sentence,
    listed,
    newest_first_sentence,
    unread_sentences,
)

MOST_LINES = 40
"""Names that are printed of those in doubt; all stand in the site file."""
TICKS_S = (60, 30, 20, 15)
"""Ticks that are proposed where the telemetry is slower than the usual tick, seconds."""
_MADE: dict[Made, str] = {
    "point": "are points as they are",
    "told": "were told and stand in the site file",
    "doubt": "are in doubt: each stands there as a comment",
    "unknown": "are unknown",
    "label": "are labels, which are left out",
}


@dataclass(frozen=True, slots=True)
class Found:
    """What was found."""

    where: str
    records: int
    told: list[ToldName]
    not_understood: list[str]
    settings: Chosen
    """What is proposed for the settings, by section and key."""
    notes: dict[str, list[str]] = field(default_factory=dict)
    """Sentences for the head of sections."""
    pace_s: float = math.nan
    """Seconds between two readings of most names."""

    def lines(self) -> Iterator[str]:
        """In words; what was not understood first."""
        yield from self.not_understood
        if self.not_understood:
            yield ""
        pace = "" if math.isnan(self.pace_s) else f", a reading of each every {self.pace_s:g} s"
        yield f"{len(self.told)} names in {self.records} messages of {self.where}{pace}"
        made = Counter(each.made for each in self.told)
        yield from (f"  {made[key]} {_MADE[key]}" for key in _MADE if made[key])
        yield from (f"  {note}" for notes in self.notes.values() for note in notes)
        asked = [each for each in self.told if each.made in ("doubt", "unknown")]
        for each in asked[:MOST_LINES]:
            yield f"? {each.tally.name}: {_asked(each)}"
        if len(asked) > MOST_LINES:
            yield f"  and {len(asked) - MOST_LINES} more, in the site file"

    def as_object(self, written: list[Any]) -> dict[str, Any]:
        """The same, for ``--json``."""
        return {
            "where": self.where,
            "records": self.records,
            "not_understood": self.not_understood,
            "pace_s": None if math.isnan(self.pace_s) else self.pace_s,
            "settings": {f"{section}.{key}": value for (section, key), value in self.settings.items()},
            "notes": self.notes,
            "names": [_name_object(each) for each in self.told],
            "written": [str(path) for path in written],
        }


def found_in(sampled: Sampled, settings: Settings) -> Found:
    """What the look came to."""
    told = told_names(sampled.names.tallies)
    chosen, notes = _log_settings(sampled, settings)
    chosen |= _message_settings(sampled, settings)
    if sampled.told:
        notes["messages"] = list(dict.fromkeys(sampled.told))
    paces = [each.tally.pace for each in told if each.made in ("point", "told") and each.tally.pace > 0]
    pace = float(median(paces)) if paces else math.nan
    tick = next((tick for tick in TICKS_S if tick <= pace), None)
    if tick is not None and "tick" not in settings.engine.model_fields_set:
        chosen["engine", "tick"] = f"{tick}s"
        notes["engine"] = [f"most points come every {pace:g} s, so a tick of {tick} s sees all there is"]
    return Found(
        sampled.where,
        sampled.understood.counts.records,
        told,
        _not_understood(sampled, told),
        chosen,
        notes,
        pace,
    )


def _not_understood(sampled: Sampled, told: list[ToldName]) -> list[str]:
    said = list(sampled.not_read)
    if sampled.doubts:
        return said + [f"{sampled.where} cannot be read without doubt: {doubt}" for doubt in sampled.doubts]
    understood, where = sampled.understood, sampled.where
    if understood.unread_part > UNREAD_PART:
        said += unread_sentences(understood, where)
    belated = [
        Belated(each.tally.name, each.tally.count, each.tally.twice)
        for each in told
        if each.tally.twice > each.tally.count // 3
    ]
    if belated:
        said.append(belated_sentence(belated, where))
    said += in_turn_sentences(sampled.names, told, where)
    if understood.newest_first:
        said.append(newest_first_sentence(where))
    if not told:
        said.append(
            f"No name was found in {where}. coolwatch reads messages, a line each, and tables: [messages] "
            "and [log] of the settings say how they are written."
        )
    elif not any(each.made in ("point", "told") for each in told):
        names = listed([each.tally.name for each in told])
        said.append(f"None of the names in {where} says which point it is: {names}. Say so in the site file.")
    return said


def _log_settings(sampled: Sampled, settings: Settings) -> tuple[Chosen, dict[str, list[str]]]:
    """What all tables have in common, as settings of [log]; and what there is to look over."""
    given = settings.log.model_dump(mode="json")
    told = [layout.settings.model_dump(mode="json") for layout in sampled.layouts]
    chosen: Chosen = {
        ("log", key): told[0][key]
        for key in given
        if told and told[0][key] != given[key] and all(each[key] == told[0][key] for each in told)
    }
    notes = [f"told from the log: {found}" for found in sampled.found]
    notes += [f"in doubt: {doubt}" for doubt in sampled.doubts]
    return chosen, {"log": notes} if notes else {}


def _message_settings(sampled: Sampled, settings: Settings) -> Chosen:
    """What was told of messages that the settings do not say."""
    if sampled.messages is None:
        return {}
    given = settings.messages.model_dump(mode="json", exclude_defaults=True)
    told = sampled.messages.model_dump(mode="json", exclude_defaults=True)
    if sampled.messages.shape:
        told["shape"] = [shape_text(shape) for shape in sampled.messages.shape]
    return {("messages", key): value for key, value in told.items() if value != given.get(key)}


def _asked(each: ToldName) -> str:
    proposal = each.proposal
    if proposal is None or not proposal.id:
        return f"unknown, {each.said}"
    others = f" or {', '.join(proposal.alternatives[:2])}" if proposal.alternatives else ""
    why = f" ({proposal.why})" if proposal.why else ""
    return f"{proposal.id}{others}?{why} {each.said}"


def _name_object(each: ToldName) -> dict[str, Any]:
    tally, proposal = each.tally, each.proposal
    values = tally.values
    numbers = {"low": values.low, "high": values.high} if values.count else {}
    found: dict[str, Any] = {
        "name": tally.name,
        "unit": tally.unit,
        "made": each.made,
        "readings": tally.count,
        "claimed": tally.claimed,
        "pace_s": None if math.isnan(tally.pace) else tally.pace,
        **numbers,
    }
    if proposal is not None:
        found |= {
            "id": proposal.id,
            "measure": proposal.measure,
            "in_unit": proposal.unit,
            "scale": proposal.scale,
            "confidence": proposal.confidence,
            "why": proposal.why,
            "alternatives": list(proposal.alternatives),
        }
    return found
