"""Sources that fail: what comes through one of them cannot be believed for a while."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from detector.threshold import FOR_READERS, threshold


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of the words of a failure."""

    most_names: int = threshold(4, "names", "what someone reads of what stands behind a source", FOR_READERS)


T = Thresholds()
CONSTANT = "constant"
"""Unlike measures read one constant."""


@dataclass(slots=True)
class Failure:
    """One that is under way; its points are those that `detector.seen.sources.Sources` withholds for it."""

    number: int
    how: str
    value: float
    """The constant, as `detector.seen.constants.constant_of` has it; NaN where there is none."""
    since: int
    """When the first of its points turned, ns."""
    root: str = ""
    """Equipment, hall or zone that it is told at; empty until it is."""
    words: str = ""
    """What is wrong, in a sentence."""


@dataclass(frozen=True, slots=True)
class SourceFailure:
    """A failure as a tick shows it."""

    how: str
    root: str
    words: str


def failure_in_words(failure: Failure, named: str, points: int, since: int) -> str:
    """A failure of some ``points`` of the equipment ``named``, ``since`` a stamp (ns), in a sentence."""
    clock = str(np.datetime64(since, "ns").astype("datetime64[m]"))[-len("hh:mm") :]
    return (
        f"all {points} points of {named} that can be checked read exactly {failure.value:.6g} since "
        f"{clock} UTC, which they cannot all be: what they come through has failed, and "
        "nothing that comes through it is believed"
    )


def named_together(equipment_ids: Iterable[str], everywhere: int) -> str:
    """What some equipment of one zone is called together; ``everywhere``: how many pieces there are.

    >>> named_together(["hall-1/crac-01", "hall-1/crac-02"], 9)
    'hall-1/crac-*'
    >>> named_together(["hall-1/crac-01"], 9)
    'hall-1/crac-01'
    """
    ids = sorted(equipment_ids)
    if len(ids) == 1:
        return ids[0]
    if len(ids) == everywhere:
        return " and ".join(sorted({id.split("/", 1)[0] for id in ids}))
    stems: dict[str, list[str]] = {}
    for id in ids:
        stems.setdefault(re.sub(r"[\d._-]*\d+$", "", id), []).append(id)
    names = [f"{_joint(stem)}*" if len(of) > 1 else of[0] for stem, of in stems.items()]
    if len(names) <= T.most_names:
        return ", ".join(names)
    return f"{', '.join(names[: T.most_names - 1])} and {len(names) - T.most_names + 1} more"


def _joint(stem: str) -> str:
    return stem if stem.endswith(("/", "-", "_")) else f"{stem}-"


def root_of_all(equipment_ids: Sequence[str], zone: str) -> str:
    """The machine, else the hall or plant, else the zone that all of it stands in."""
    if len(set(equipment_ids)) == 1:
        return equipment_ids[0]
    places = {id.split("/", 1)[0] for id in equipment_ids}
    return places.pop() if len(places) == 1 else zone
