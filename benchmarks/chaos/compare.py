"""Where two outcomes of the same records differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.chaos.receiver import Delivery
from benchmarks.chaos.reference import Outcome, Reference

SAMPLES = 5
_LEVELS = {"[WARNING]": 1, "[CRITICAL]": 2, "[EMERGENCY]": 3, "[RESOLVED]": 0}


@dataclass
class Differences:
    figures: dict[str, int] = field(default_factory=dict)
    samples: dict[str, list[str]] = field(default_factory=dict)

    def note(self, name: str, found: Collection[Any], count: int | None = None) -> None:
        self.figures[name] = len(found) if count is None else count
        if found:
            self.samples[name] = [str(each)[:600] for each in list(found)[:SAMPLES]]


def differences(
    found: Outcome, expected: Reference, deliveries: list[Delivery], apart: Collection[str]
) -> Differences:
    """``apart``: halls of which nothing but their letters is compared."""
    told = Differences()
    _rows(told, found.rows, expected.rows, apart)
    _incidents(told, found, expected, apart)
    _letters(told, found, expected)
    _messages(told, expected, deliveries, apart)
    if not apart:
        counts, wanted = found.counts, expected.counts
        told.figures["readings_lost"] = abs(wanted.readings - counts.readings)
        told.figures["records_lost"] = abs(wanted.records - counts.records)
        told.figures["books_differ"] = int(counts != wanted)
        if counts != wanted:
            told.samples["books_differ"] = [f"{counts} is not {wanted}"]
    told.figures["readings"] = expected.counts.readings
    return told


def _rows(
    told: Differences, found: Mapping[Any, Any], wanted: Mapping[Any, Any], apart: Collection[str]
) -> None:
    ours = {key for key in found if not _of(key, apart)}
    theirs = {key for key in wanted if not _of(key, apart)}
    told.figures["rows"] = len(theirs)
    told.note("rows_missing", sorted(theirs - ours))
    told.note("rows_too_many", sorted(ours - theirs))
    differ = [(key, found[key], wanted[key]) for key in sorted(ours & theirs) if found[key] != wanted[key]]
    told.note("rows_differ", differ)


def _of(key: tuple[str, ...], halls: Collection[str]) -> bool:
    """Whether a row is of one of the halls, by its tags."""
    return any(hall in tag for tag in key[1:-2] for hall in halls)


def _incidents(told: Differences, found: Outcome, wanted: Outcome, apart: Collection[str]) -> None:
    ours = {id: each for id, each in found.incidents.items() if each.zone not in apart}
    theirs = {id: each for id, each in wanted.incidents.items() if each.zone not in apart}
    told.figures["incidents"] = len(theirs)
    told.note("incidents_missing", [theirs[id] for id in theirs.keys() - ours.keys()])
    told.note("incidents_doubled", [ours[id] for id in ours.keys() - theirs.keys()])
    told.note(
        "incidents_differ",
        [(ours[id], theirs[id]) for id in ours.keys() & theirs.keys() if ours[id] != theirs[id]],
    )


def _letters(told: Differences, found: Outcome, wanted: Outcome) -> None:
    lost, doubled = wanted.letters - found.letters, found.letters - wanted.letters
    told.figures["letters"] = wanted.letters.total()
    told.note("letters_lost", list(lost), lost.total())
    told.note("letters_doubled", list(doubled), doubled.total())


def _messages(
    told: Differences, wanted: Reference, deliveries: list[Delivery], apart: Collection[str]
) -> None:
    """Messages of the engine's incidents, on each channel, by incident and level.

    A message may be missing where its incident was over before anybody could be
    told; one that is still open must have been told as bad as it is.
    """
    known = {id for id, each in wanted.incidents.items() if each.zone not in apart}
    expected: Counter[tuple[str, str]] = Counter()
    for (id, title), count in wanted.told.items():
        expected[id, title.split()[0]] += count
    told.figures["messages"] = expected.total()
    repeated: Counter[tuple[str, str, str]] = Counter()
    missing: list[tuple[str, str]] = []
    for channel in ("good", "bad"):
        came = Counter((d.incident, d.title.split()[0]) for d in deliveries if d.channel == channel)
        for (id, level), count in came.items():
            if id in known and count > expected[id, level]:
                repeated[channel, id, level] = count - expected[id, level]
        for id in known:
            if wanted.incidents[id].state == "firing":
                worst = max((_LEVELS[level] for other, level in expected if other == id), default=0)
                if worst > max((_LEVELS[level] for other, level in came if other == id), default=0):
                    missing.append((channel, id))
    told.note("messages_repeated", list(repeated), repeated.total())
    told.note("messages_missing", missing)
