"""What the name of a log's file says of its points: the name less dates, times and running numbers."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

_DATE = (
    r"(?:(?:19|20)\d\d(?:[-_. ]?(?:0[1-9]|1[0-2])[-_. ]?(?:0[1-9]|[12]\d|3[01])|[-_.](?:0[1-9]|1[0-2]))"
    r"|(?:0[1-9]|[12]\d|3[01])[-_.](?:0[1-9]|1[0-2])[-_.](?:19|20)\d\d)(?!\d)"
)
_TIME = rf"(?![\s_.\-]*{_DATE})[T_ \-]*(?:[01]\d|2[0-3])[:h.\-_]?[0-5]\d(?:[:.\-_]?[0-5]\d)?Z?(?!\d)"
_JOINT = r"(?:[\s_.\-]*(?:to|bis|au)?[\s_.\-]*)"
_DATED = re.compile(rf"(?:^|[\s_.\-(\[]+)(?:{_DATE}(?:{_TIME})?{_JOINT})+[)\]]?")
_NUMBERED = re.compile(r"(.*?)[\s_.\-]+(?:part|teil|partie|pt|no|nr)?[\s_.\-]*\(?(\d{1,4})\)?", re.IGNORECASE)


def undated(name: str) -> str:
    """The name without dates and times of day in it; as it is, where nothing else is in it."""
    rest = _DATED.sub(" ", name).strip(" _.-")
    return rest if any(map(str.isalnum, rest)) else name


def is_date(name: str) -> bool:
    """Whether a name is a date, and nothing else."""
    return not any(map(str.isalnum, _DATED.sub(" ", name)))


def unnumbered(titles: Sequence[str], alike: Sequence[object], spans: Sequence[tuple[int, int]]) -> list[str]:
    """The titles without numbers that only run on from log to log.

    ``alike`` is the same for logs that may go on with one another, ``spans`` are their first and
    last times. A number runs on where each log begins as the one of the number before has ended;
    where those of two numbers lie side by side it is part of a name.
    """
    groups: dict[tuple[str, object], list[tuple[int, int]]] = defaultdict(list)
    for i, title in enumerate(titles):
        found = _NUMBERED.fullmatch(title)
        if found is not None and found[1]:
            groups[found[1], alike[i]].append((int(found[2]), i))
    found_titles = list(titles)
    running = {
        key: sorted(some) for key, some in groups.items() if _runs_on([spans[i] for _, i in sorted(some)])
    }
    for (base, _), some in running.items():
        # Of one name alone, the number may be all that tells its machines apart.
        if len(running) > 1 or any(map(str.isdigit, base)):
            for _, i in some:
                found_titles[i] = base
    return found_titles


def _runs_on(spans: Sequence[tuple[int, int]]) -> bool:
    return len(spans) > 1 and all(one[1] <= other[0] for one, other in pairwise(spans))
