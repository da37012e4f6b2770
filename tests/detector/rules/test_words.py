"""Off, stopped, tripped and on standby are four things, and no word that people read lumps them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.detector.hand_fed import Change, Values, stop, switched, told

DETECTOR = Path(__file__).parents[3] / "detector"
LUMPS = re.compile(r"\b(stands?|stood|standing)\b", re.IGNORECASE)


def test_no_word_of_a_rule_or_of_an_incident_says_that_a_machine_stands() -> None:
    found = [
        (file.name, node.lineno, node.value)
        for room in ("rules", "incidents")
        for file in sorted((DETECTOR / room).rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and LUMPS.search(node.value)
    ]
    assert found == []


def chillers_trip(values: Values, _: float) -> None:
    stop(values, "plant-a/chiller", alarm=True)


def chillers_stop(values: Values, _: float) -> None:
    stop(values, "plant-a/chiller")


def units_are_told_off(values: Values, _: float) -> None:
    for n in (2, 3, 4):
        stop(values, f"crah-{n:02d}")
        switched(values, f"crah-{n:02d}", "on_off_command", 0.0)


def one_unit_trips(values: Values, _: float) -> None:
    stop(values, "crah-02", alarm=True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (chillers_trip, "all 2 chillers in service have tripped: CHILLER-1, CHILLER-2"),
        (chillers_stop, "all 2 chillers in service have stopped against a run command: CHILLER-1, CHILLER-2"),
        (units_are_told_off, "3 of 4 cooling units in service were told to stop with the load still on"),
        (one_unit_trips, "CRAH-02 has tripped"),
    ],
)
def test_evidence_says_whether_machines_are_off_have_stopped_or_tripped(change: Change, words: str) -> None:
    first = told(change, lasts_s=100.0)[0]
    assert any(words in text for text in first.evidence), first.evidence
