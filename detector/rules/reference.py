"""Writes docs/faults.md out of the tree of faults and the list of rules.

python -m detector.rules.reference > docs/faults.md
"""

from __future__ import annotations

import argparse

from config.reference import table
from detector.incidents.faults import FAULTS
from detector.rules import RULES

HEAD = """\
# Faults and rules

Written by `python -m detector.rules.reference > docs/faults.md`; do not edit it by hand. How a fault
becomes an incident, and what is told of it: [incidents.md](incidents.md).

## Faults

A finer fault names the coarser one of which it is a form. A first diagnosis may be coarse, and a later
one finer.
"""

RULES_HEAD = """\
## Rules

What is told beside limits and clocks is told by rules, each by itself: one that raises an error loses
its own voice for that tick, and is named as `rule_failed`. `[rules] off` in the settings switches rules
off by name; physical limits are no rule, and cannot be switched off. How to add one:
[adding-a-rule.md](adding-a-rule.md).
"""


def document_of_rules() -> str:
    """The whole page, Markdown."""
    faults = [
        (f"`{name}`", f"`{fault.parent}`" if fault.parent else "", f"`{fault.category}`", fault.meaning)
        for name, fault in FAULTS.items()
    ]
    rules = [(f"`{r.name}`", ", ".join(f"`{fault}`" for fault in r.faults), r.about) for r in RULES]
    return (
        "\n".join(
            (
                HEAD,
                table(("fault", "form of", "category", "meaning"), faults),
                RULES_HEAD,
                table(("rule", "tells", "looks for"), rules),
            )
        ).rstrip("\n")
        + "\n"
    )


if __name__ == "__main__":
    argparse.ArgumentParser(description="Print docs/faults.md as the code has it.").parse_args()
    print(document_of_rules(), end="")
