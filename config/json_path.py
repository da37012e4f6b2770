"""Paths into a JSON document: ``resourceMetrics[].scope.name``.

Dots go into objects, ``[]`` behind a key into each element of its array, a
number into one element of an array, ``*`` into each value of an object. A key
that holds a dot itself stands in quotes: ``labels.'host.name'``. On the way to
records ``gauge|sum`` is either of two keys.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from config.errors import Mistake

_STEP = re.compile(r"(?:'(?P<quoted>[^']+)'|(?P<plain>[^.'\[\]]+))(?P<each>(?:\[\])*)(?P<more>\.|$)")


class Step(NamedTuple):
    """One key on the way, and how often what stands there is an array to go through."""

    key: str
    arrays: int = 0


@lru_cache(maxsize=4096)
def steps_of(path: str) -> tuple[Step, ...]:
    """The steps of a path; none for the empty one, which is the document itself. Raises Mistake."""
    steps = []
    at = 0
    while at < len(path):
        step = _STEP.match(path, at)
        if step is None or (step["more"] and step.end() == len(path)):
            raise Mistake(
                f"{path!r} is no path", "keys with dots between them, [] behind an array: data[].id"
            )
        steps.append(Step(step["quoted"] or step["plain"].strip(), step["each"].count("[")))
        at = step.end()
    return tuple(steps)


@lru_cache(maxsize=4096)
def folded(key: str) -> str:
    """A key as it is compared: ``sensorId``, ``sensor_id`` and ``Sensor ID`` are one."""
    return "".join(c for c in key.lower() if c not in "_- ")
