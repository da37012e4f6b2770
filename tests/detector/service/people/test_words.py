"""Words for people: every docstring example, and the incident line."""

from __future__ import annotations

import doctest

from detector.service.people import words
from streams.messages import ServiceTime
from tests.detector.service.incidents import incident


def test_examples() -> None:
    assert doctest.testmod(words).failed == 0


def test_an_incident_line_names_the_services_in_the_order_of_urgency() -> None:
    line = words.incident_line(
        incident(
            "a",
            severity="emergency",
            updated=1_700_000_000_000_000_000,
            summary="all chillers of plant-a have stopped",
            services=(
                ServiceTime("payment", 700.0),
                ServiceTime("messaging", 400.0),
                ServiceTime("mail", None),
            ),
        )
    )
    assert line == (
        "22:13:20  EMERGENCY  all chillers of plant-a have stopped"
        " [messaging in 6 min 40 s, payment in 11 min 40 s]"
    )


def test_a_warning_bears_the_time_of_the_newest_reading_behind_it() -> None:
    line = words.warning_line(incident("a", updated=0, warned=22_000_000_000, severity="critical"))
    assert line.startswith("00:00:22  CRITICAL")


def test_what_is_over_is_said_to_be_over() -> None:
    line = words.incident_line(incident("a", updated=0, resolved=5, state="resolved", severity="critical"))
    assert line == "00:00:00  resolved  unit failed at hall-1/crah-01"
