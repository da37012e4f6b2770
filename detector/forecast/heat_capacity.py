"""Heat that a hall's servers and its water take up, learned from how a trouble went once it is over.

While all is well nothing warms, so nothing shows it; the course of a trouble
does (`detector.forecast.trajectory`), and the next forecast and a drill start from that.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from detector.forecast.course import NOT_LEARNED, Course
from detector.forecast.trajectory import GUESSED, LEARNED, RANGES, narrowed
from streams.messages import F64

# A trouble shows the heat capacity if it lasted so long, s, and the inlets rose so far, K.
LEAST_S = 180.0
LEAST_K = 3.0
# All of its course counts.
FADES_S = 1e9
# It has shown what it leaves less uncertain than this part of what was guessed before.
NARROWER = 0.7


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
        if warming.seconds[-1] < LEAST_S or not rise > LEAST_K:
            return
        self.onset = onset
        guesses, weights = narrowed(warming, FADES_S)
        for i, name in enumerate(LEARNED):
            guess = np.log(guesses[:, GUESSED.index(name)])
            middle = float(weights @ guess)
            spread = float(np.sqrt(weights @ (guess - middle) ** 2))
            least, most = RANGES[name]
            if spread < NARROWER * np.log(most / least) / np.sqrt(12.0):
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
