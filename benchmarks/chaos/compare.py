"""Where two outcomes of the same records differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.chaos.receiver import Delivery
from benchmarks.chaos.reference import Outcome, Reference
from benchmarks.chaos.repeats import Span, excused, repeats
from streams.messages import Counts

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
    found: Outcome,
    expected: Reference,
    deliveries: list[Delivery],
    apart: Collection[str],
    spans: list[Span] | None = None,
    store_kinds: Collection[str] = ("store",),
) -> Differences:
    """``apart``: halls of which only the letters and the number of readings are compared.

    ``spans`` are the failures that there were; those of ``store_kinds`` keep the store from being written.
    """
    told = Differences()
    _rows(told, found.rows, expected.rows, apart)
    _incidents(told, found, expected, apart)
    _letters(told, found, expected)
    _books(told, found.books, expected.books, apart)
    known = {id for id, each in expected.incidents.items() if each.zone not in apart}
    levels = _levels(expected, known)
    told.figures["messages"] = levels.total()
    _missing(told, expected, levels, known, deliveries)
    repeated = repeats(deliveries, levels, known)
    excuses = excused(repeated, spans or [], store_kinds)
    told.note("messages_repeated", repeated)
    told.note("messages_repeated_store_away", [r for r in repeated if excuses.get(r) == "store"])
    told.note("messages_repeated_too_often", [r for r in repeated if r not in excuses])
    return told


def _books(
    told: Differences, found: Mapping[str, Counts], wanted: Mapping[str, Counts], apart: Collection[str]
) -> None:
    """Readings and records of every zone and partition; all of the books of those not apart."""
    names = sorted(found.keys() | wanted.keys())
    pairs = {name: (found.get(name, Counts()), wanted.get(name, Counts())) for name in names}
    lost = {name: abs(ours.readings - theirs.readings) for name, (ours, theirs) in pairs.items()}
    told.note("readings_lost", [f"{name}: {n}" for name, n in lost.items() if n], sum(lost.values()))
    told.figures["records_lost"] = sum(abs(ours.records - theirs.records) for ours, theirs in pairs.values())
    differ = [name for name, (ours, theirs) in pairs.items() if name not in apart and ours != theirs]
    told.note("books_differ", [f"{name}: {pairs[name][0]} is not {pairs[name][1]}" for name in differ])
    told.figures["readings"] = sum(each.readings for each in wanted.values())


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


def _levels(wanted: Reference, known: Collection[str]) -> Counter[tuple[str, str]]:
    """How often each incident was to be told at each level."""
    levels: Counter[tuple[str, str]] = Counter()
    for (id, title), count in wanted.told.items():
        if id in known:
            levels[id, title.split()[0]] += count
    return levels


def _missing(
    told: Differences,
    wanted: Outcome,
    levels: Mapping[tuple[str, str], int],
    known: Collection[str],
    deliveries: list[Delivery],
) -> None:
    """Of an incident that was over before anybody could be told a message may be missing.

    One that is still open must have been told as bad as it is.
    """
    missing: list[tuple[str, str]] = []
    for channel in ("good", "bad"):
        came = {(d.incident, d.title.split()[0]) for d in deliveries if d.channel == channel}
        for id in known:
            if wanted.incidents[id].state == "firing":
                worst = max((_LEVELS[level] for other, level in levels if other == id), default=0)
                if worst > max((_LEVELS[level] for other, level in came if other == id), default=0):
                    missing.append((channel, id))
    told.note("messages_missing", missing)
