"""Runs the rules over a tick, each behind its own bulkhead.

A rule that raises loses its voice for that tick and is named; the tick cannot
be moved, so nothing else is touched by it.
"""

from __future__ import annotations

from collections.abc import Iterable

from detector.incidents.faults import FAULTS
from detector.incidents.sign import Sign
from detector.rules import Rule
from detector.tick import Tick
from streams.messages import Failure


def run(rules: Iterable[Rule], tick: Tick) -> tuple[list[Sign], dict[str, Failure]]:
    """What the rules say, in their order, and by name those that raised: they say nothing at all.

    A sign of a fault that is not in the tree counts as raised: no incident could be made of it. So does
    one that the rule's entry does not name: where the rule fails, its incident would be taken to be over.
    """
    signs: list[Sign] = []
    failed: dict[str, Failure] = {}
    for rule in rules:
        try:
            said = [_known(sign, rule) for sign in rule.signs(tick)]
        except Exception as error:
            failed[rule.name] = Failure.of(error)
        else:
            signs += said
    return signs, failed


def _known(sign: Sign, rule: Rule) -> Sign:
    if sign.fault not in FAULTS:
        raise LookupError(f"the fault {sign.fault} is not in the tree of detector/incidents/faults.py")
    if sign.fault not in rule.faults:
        raise LookupError(f"the fault {sign.fault} is none that detector/rules/__init__.py says it can tell")
    return sign
