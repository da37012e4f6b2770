"""Sources that fail: what comes through one of them cannot be believed for a while."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from detector.seen.unit_changes import SAID
from detector.threshold import FOR_READERS, threshold


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of the words of a failure."""

    most_names: int = threshold(4, "names", "what someone reads of what stands behind a source", FOR_READERS)


T = Thresholds()


class How(StrEnum):
    """How a source fails."""

    CONSTANT = "constant"
    """Unlike measures read one constant."""
    STANDSTILL = "standstill"
    """All values are read again and again as they were."""
    UNIT = "unit"
    """Temperatures read what they would in another unit."""
    JUMP = "jump"
    """Temperatures jump together as nothing else does."""
    NO_PROBE = "no probe"
    """What was never anything but a constant: no probe is fitted."""
    NEVER_MOVES = "never moves"
    """What has never moved while all of its like did."""


FAULT_OF = {
    How.CONSTANT: "source_failed",
    How.STANDSTILL: "source_failed",
    How.UNIT: "unit_changed",
    How.JUMP: "source_failed",
    How.NO_PROBE: "probe_missing",
    How.NEVER_MOVES: "probe_missing",
}
"""What people are told of each."""


@dataclass(slots=True)
class Failure:
    """One that is under way; its points are those that `detector.seen.sources.Sources` withholds for it."""

    number: int
    how: How
    source: str
    """Its name in the site file; empty where it has none."""
    value: float
    """The constant, as `detector.seen.constants.constant_of` has it, the number of the law of its unit, or
    by how many K it jumped."""
    since: int
    """When the first of its points turned, ns."""
    grown: int
    """When the newest of its points was found, ns."""
    root: str = ""
    """Point, equipment, hall or zone that it is told at; empty until it is."""
    points: int = 0
    where: str = ""
    """The root that it would be told at by now."""
    words: str = ""
    """What is wrong, in a sentence."""


@dataclass(frozen=True, slots=True)
class SourceFailure:
    """A failure as a tick shows it."""

    how: How
    root: str
    words: str


def failure_in_words(failure: Failure, named: str, points: int, since: int) -> str:
    """A failure of some ``points`` of the equipment ``named``, ``since`` a stamp (ns), in a sentence."""
    clock = str(np.datetime64(since, "ns").astype("datetime64[m]"))[-len("hh:mm") :]
    many = f"{points} points" if points > 1 else "a point"
    if failure.how is How.NO_PROBE:
        return (
            f"{many} of {named} never read anything but what stands for nothing, and nothing near them "
            "does: is a probe fitted there? They are no part of any mean"
        )
    if failure.how is How.NEVER_MOVES:
        return (
            f"{many} of {named} never moved since {clock} UTC, while all like them did by several steps "
            "of theirs: is a probe fitted there, and wired? They are no part of any mean"
        )
    if failure.how is How.UNIT:
        return (
            f"{many} of {named} read since {clock} UTC {SAID[int(failure.value)]}: has their unit changed? "
            "Nothing of it is believed until it is changed back, or said in the settings"
        )
    if failure.how is How.JUMP:
        return (
            f"{many} of {named} jumped together by {failure.value:+.0f} K at {clock} UTC, which nothing else "
            "bears out: what they come through has changed (other registers, scale or probes?), and nothing "
            "of it is believed until it is changed back, or accepted in the site file"
        )
    what = f"read exactly {failure.value:.6g} since {clock} UTC, which they cannot all be"
    if failure.how is How.STANDSTILL:
        what = f"repeat since {clock} UTC what they read last, and used to move with each poll"
    return (
        f"all {points} points of {named} that can be checked {what}: what they come through has failed, and "
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


def root_of_all(ids: Sequence[str], zone: str) -> str:
    """The one point or machine, else the hall or plant, else the zone that all of them stand in."""
    if len(set(ids)) == 1:
        return ids[0]
    places = {id.split("/", 1)[0] for id in ids}
    return places.pop() if len(places) == 1 else zone
