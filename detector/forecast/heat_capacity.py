"""Heat that a hall's servers and its water take up, learned from how a trouble went once it is over.

While all is well nothing warms, so nothing shows it; the course of a trouble
does (`detector.forecast.trajectory`), and the next forecast and a drill start from that.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from detector.forecast.course import NOT_LEARNED, Course
from detector.forecast.guesses import GUESSED, LEARNED, RANGES
from detector.forecast.trajectory import narrowed
from detector.threshold import TUNED, threshold
from streams.messages import F64


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of a trouble that shows what takes up heat."""

    shown_after_s: float = threshold(180.0, "s", "it lasted so long...", TUNED)
    shown_from_k: float = threshold(3.0, "K", "...and the inlets rose so far", TUNED)
    whole_course_fades_s: float = threshold(1e9, "s", "all of its course counts", TUNED)
    narrower: float = threshold(
        0.7, "", "it has shown what it leaves less uncertain than this part of what was guessed before", TUNED
    )


T = Thresholds()
UNIFORM = 12.0
"""The variance of numbers spread evenly is the square of their range over so many."""


class HeatCapacity:
    """kJ/K per kW of usual load, of `LEARNED` (servers, water); NaN before a trouble has shown it."""

    state_fields = ("known", "onset")

    def __init__(self) -> None:
        self.known: F64 = NOT_LEARNED.copy()
        self.onset = 0
        """Of the trouble that was learned from last, ns."""

    def learn(self, course: Course, onset: int) -> None:
        """Learn from a trouble that began at ``onset`` (ns) and turns to the better now; once from each."""
        if onset == self.onset:
            return
        warming = _until_warmest(course)
        rise = warming.shown[-1, 0] - warming.usual[0]
        if warming.seconds[-1] < T.shown_after_s or not rise > T.shown_from_k:
            return
        self.onset = onset
        guesses, weights = narrowed(warming, T.whole_course_fades_s)
        for i, name in enumerate(LEARNED):
            guess = np.log(guesses[:, GUESSED.index(name)])
            middle = float(weights @ guess)
            spread = float(np.sqrt(weights @ (guess - middle) ** 2))
            least, most = RANGES[name]
            if spread < T.narrower * np.log(most / least) / np.sqrt(UNIFORM):
                self.known[i] = np.exp(middle)


def _until_warmest(course: Course) -> Course:
    inlet = course.shown[:, 0]
    last = int(np.nanargmax(inlet)) + 1 if np.isfinite(inlet).any() else 1
    return replace(
        course,
        seconds=course.seconds[:last],
        drivers=course.drivers[:last],
        shown=course.shown[:last],
        read=course.read[:last],
    )
