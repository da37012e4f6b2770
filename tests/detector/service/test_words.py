"""Words for people: every docstring example, and the incident line."""

from __future__ import annotations

import doctest

from detector.service import words
from streams.messages import ServiceTime
from tests.detector.service.incidents import incident


def test_examples() -> None:
    assert doctest.testmod(words).failed == 0


def test_an_incident_line_says_what_is_left_in_the_order_of_urgency() -> None:
    line = words.incident_line(
        incident(
            "a",
            severity="emergency",
            updated=1_700_000_000_000_000_000,
            summary="All chillers of plant-a have stopped.",
            time_to_limit=380.0,
            services=(
                ServiceTime("payment", 700.0),
                ServiceTime("messaging", 400.0),
                ServiceTime("mail", None),
            ),
        )
    )
    assert line == (
        "22:13:20  EMERGENCY  All chillers of plant-a have stopped."
        " [first limit in 6 min 20 s, messaging in 6 min 40 s, payment in 11 min 40 s]"
    )
