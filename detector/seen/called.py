"""What several machines are called together: by their hall, or by what their names have in common."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import takewhile

from detector.threshold import FOR_READERS, TUNED, threshold


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of names of several machines."""

    most_machines: float = threshold(0.5, "", "this part of a hall's machines stands for the hall...", TUNED)
    many_machines: int = threshold(3, "machines", "...if it is at least so many", TUNED)
    ranges_named: int = threshold(12, "names", "names and ranges of names that a sentence bears", FOR_READERS)


T = Thresholds()


def called_together(machines: Collection[str], of_hall: dict[str, int], zone: str) -> str:
    """The machine itself, its hall or zone where most of it is meant, else such a pattern as hall-1/crac-*.

    ``of_hall``: how many machines each hall has.
    """
    if len(machines) == 1:
        return next(iter(machines))
    halls = {machine.split("/", 1)[0] for machine in machines}
    if len(halls) > 1:
        return zone
    (hall,) = halls
    if len(machines) >= max(T.many_machines, T.most_machines * of_hall.get(hall, 0)):
        return hall
    names = [machine.split("/", 1)[1] for machine in machines]
    # What the first and the last in order begin with, all between them do.
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(min(names), max(names), strict=False))
    stem = "".join(letter for letter, _ in alike).rstrip("0123456789")
    return f"{hall}/{stem}*" if stem else hall


def is_among(machine: str, called: str, zone: str) -> bool:
    """Whether a machine is one of those that are ``called`` so.

    >>> is_among("hall-1/crac-01", "hall-1/crac-*", "plant-a")
    True
    """
    return called in (machine, machine.split("/", 1)[0], zone) or (
        called.endswith("*") and machine.startswith(called[:-1])
    )


def in_ranges(machines: Iterable[str]) -> str:
    """Names of machines, those that follow each other by number as ranges.

    >>> in_ranges(["hall-1/rack-01", "hall-1/rack-02", "hall-1/rack-03", "hall-1/crac-1"])
    'crac-1, rack-01 to rack-03'
    """
    runs: list[list[tuple[str, int, str]]] = []
    for name in sorted((machine.split("/", 1)[-1] for machine in machines), key=_by_number):
        found = re.fullmatch(r"(.*?)(\d+)", name)
        stem, number = (found[1], int(found[2])) if found else (name, -1)
        if runs and number > 0 and runs[-1][-1][:2] == (stem, number - 1):
            runs[-1].append((stem, number, name))
        else:
            runs.append([(stem, number, name)])
    words = [run[0][2] if len(run) == 1 else f"{run[0][2]} to {run[-1][2]}" for run in runs]
    more = sum(len(run) for run in runs[T.ranges_named :])
    return ", ".join(words[: T.ranges_named]) + (f" and {more} more" if more else "")


def _by_number(name: str) -> list[tuple[int, str]]:
    """A key that sorts rack-9 before rack-10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]
