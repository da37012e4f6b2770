"""In what two records of one run (see `benchmarks.told`) differ, in words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.told import Line
from detector.service.people.words import utc

Version = dict[str, Any]

WORDS = ("summary", "evidence", "spoke")
"""What may change where only the wording does."""
TIMES = ("started", "updated", "warned", "resolved")


def read(text: str) -> list[Line]:
    return [json.loads(line) for line in text.splitlines()]


def differences(before: Sequence[Line], after: Sequence[Line], but_for_words: bool = False) -> list[str]:
    """A sentence for each difference; none where both say the same.

    With ``but_for_words`` neither wording and speakers count, nor a version
    that brought nothing else.
    """
    old, new = _incidents(before, but_for_words), _incidents(after, but_for_words)
    found = list(_of_incidents(old, new)) + list(_of_the_rest(before, after))
    if not found and list(old) != list(new):
        found.append("the incidents are told in another order")
    if not found and not but_for_words and before != after:
        found.append("versions of different incidents are told in another order")
    return found


def _incidents(lines: Sequence[Line], but_for_words: bool) -> dict[str, list[Version]]:
    """The versions of each incident, in the order in which each was first told."""
    found: dict[str, list[Version]] = {}
    for line in lines:
        if "incident" not in line:
            continue
        version = line["incident"]
        versions = found.setdefault(version["id"], [])
        if but_for_words:
            version = {name: value for name, value in version.items() if name not in WORDS}
            if versions and version | {"updated": 0} == versions[-1] | {"updated": 0}:
                continue
        versions.append(version)
    return found


def _of_incidents(old: dict[str, list[Version]], new: dict[str, list[Version]]) -> Iterator[str]:
    gone = {id: old[id] for id in old if id not in new}
    come = {id: new[id] for id in new if id not in old}
    for versions in old.values():
        id = versions[0]["id"]
        # Another beginning makes another id: what has the same root and category is the same still.
        other = new.get(id) or _take_alike(versions, come)
        if other is None:
            yield f"{_name(gone[id])} is not told any more"
        elif versions != other:
            yield f"{_name(versions)}: {_change(versions, other)}"
    for versions in come.values():
        yield f"{_name(versions)} is new"


def _take_alike(versions: list[Version], come: dict[str, list[Version]]) -> list[Version] | None:
    def alike(id: str) -> bool:
        return all(come[id][-1][name] == versions[-1][name] for name in ("zone", "root", "category"))

    def far(id: str) -> int:
        return abs(int(come[id][0]["started"]) - int(versions[0]["started"]))

    nearest = min(filter(alike, come), key=far, default=None)
    return None if nearest is None else come.pop(nearest)


def _name(versions: list[Version]) -> str:
    last = versions[-1]
    return f"{last['fault']} at {last['root']} ({last['category']}, from {utc(last['started'])})"


def _change(old: list[Version], new: list[Version]) -> str:
    """The first version that is another, and how many there are of both."""
    at = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), None)
    said = []
    if at is not None:
        a, b = old[at], new[at]
        fields = [f"{name} was {_said(a, name)}, is {_said(b, name)}" for name in a if a[name] != b.get(name)]
        said.append(f"version {at + 1}: {', '.join(fields)}")
    if len(old) != len(new):
        said.append(f"told {len(old)} times before, {len(new)} now")
    return "; ".join(said)


def _said(version: Version, name: str) -> str:
    value = version.get(name)
    return str(utc(value)) if name in TIMES else json.dumps(value)


def _of_the_rest(before: Sequence[Line], after: Sequence[Line]) -> Iterator[str]:
    old, new = _rows(before), _rows(after)
    for measurement in sorted({name for name, _ in (*old, *new)}):
        hours = sorted({hour for name, hour in (*old, *new) if name == measurement})
        other = [hour for hour in hours if old.get((measurement, hour)) != new.get((measurement, hour))]
        if other:
            counts = [
                sum(rows[1] for key, rows in side.items() if key[0] == measurement) for side in (old, new)
            ]
            number = f", {counts[0]} rows before and {counts[1]} now" if counts[0] != counts[1] else ""
            yield f"{measurement}: other rows in {len(other)} of {len(hours)} hours, first {other[0]}{number}"
    old_failures, new_failures = (
        [line["failure"] for line in side if "failure" in line] for side in (before, after)
    )
    if old_failures != new_failures:
        yield f"failures were {old_failures}, are {new_failures}"
    old_books, new_books = (next(line for line in side if "books" in line) for side in (before, after))
    for name, count in old_books["books"].items():
        if new_books["books"].get(name) != count:
            yield f"books: {name} was {count}, is {new_books['books'].get(name)}"
    if old_books["refused"] != new_books["refused"]:
        yield "other readings are refused, or for other reasons"


def _rows(lines: Sequence[Line]) -> dict[tuple[str, str], tuple[str, int]]:
    return {(line["rows"], line["hour"]): (line["digest"], line["count"]) for line in lines if "rows" in line}
