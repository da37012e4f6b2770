"""Runs the rules over a tick, each behind its own bulkhead.

A rule that raises loses its voice for that tick and is named; the tick cannot
be moved, so nothing else is touched by it.
"""

from __future__ import annotations

from collections.abc import Iterable

from detector.incidents.sign import Sign
from detector.rules import Rule
from detector.tick import Tick
from streams.messages import Failure


def run(rules: Iterable[Rule], tick: Tick) -> tuple[list[Sign], dict[str, Failure]]:
    """What the rules say, in their order, and by name those that raised: they say nothing at all."""
    signs: list[Sign] = []
    failed: dict[str, Failure] = {}
    for rule in rules:
        try:
            said = list(rule.signs(tick))
        except Exception as error:
            failed[rule.name] = Failure.of(error)
        else:
            signs += said
    return signs, failed
