"""How many foreign names become the right points: ``python -m benchmarks.naming [--json] [--show HALF]``.

The names of `tests/data/names` with what they truly are. They are split in two by a hash of the name; rules
were written and tuned looking at the half ``seen`` alone, and what counts is the other one, ``unseen``.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.tables import table
from config.kinds import Role, load_kinds
from config.naming.proposals import Proposal, propose
from config.naming.seen_values import SeenValues
from config.naming.sense import SeenName
from config.units import conversion
from tests.services import REPOSITORY

FOLDER = REPOSITORY / "tests" / "data" / "names"
HALVES = ("seen", "unseen")


@dataclass(frozen=True, slots=True)
class Truth:
    """A name and what it truly is; ``measures`` is empty where it is none of the kinds."""

    list: str
    seen: SeenName
    equipment: str
    measures: tuple[str, ...]
    unit: str
    scale: float

    @property
    def half(self) -> str:
        """Which half of the names it is in."""
        return HALVES[hashlib.sha256(self.seen.name.encode()).digest()[0] & 1]

    @property
    def wanted(self) -> bool:
        """Whether rules use points of its kind."""
        return any(load_kinds()[measure].role != Role.GENERIC for measure in self.measures)


def truths() -> Iterator[Truth]:
    """All names of the lists."""
    for path in sorted(FOLDER.glob("*.csv")):
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("# ")]
        for row in csv.DictReader(lines, delimiter="|"):
            yield Truth(
                path.stem,
                SeenName(row["name"], row["stated"], _values(row["low"], row["high"])),
                row["equipment"],
                tuple(filter(None, row["measure"].split("/"))),
                row["unit"],
                float(row["scale"] or 1),
            )


def verdict(truth: Truth, proposal: Proposal) -> str:
    """right, wrong (active and not so), or unknown (left to a person)."""
    if not proposal.sure:
        return "unknown"
    return "right" if _is_right(truth, proposal) else "wrong"


def judged() -> list[tuple[Truth, Proposal, str]]:
    """Each name with what is proposed for it, list by list as a site would have them."""
    found = []
    lists: dict[str, list[Truth]] = {}
    for truth in truths():
        lists.setdefault(truth.list, []).append(truth)
    for of_list in lists.values():
        for truth, proposal in zip(of_list, propose([t.seen for t in of_list]), strict=True):
            found.append((truth, proposal, verdict(truth, proposal)))
    return found


def figures(cases: list[tuple[Truth, Proposal, str]], half: str) -> dict[str, float]:
    """Of one half: how many names, and the parts of them that are right, and wrong though active."""
    here = [case for case in cases if case[0].half == half]
    wanted = [case for case in here if case[0].wanted]
    return {
        "names": len(here),
        "of kinds that rules use": len(wanted),
        "right, % of these": round(100 * sum(v == "right" for *_, v in wanted) / len(wanted), 1),
        "active and wrong, % of names": round(100 * sum(v == "wrong" for *_, v in here) / len(here), 1),
        "left to a person, % of names": round(100 * sum(v == "unknown" for *_, v in here) / len(here), 1),
    }


def _values(low: str, high: str) -> SeenValues:
    """Values between two bounds as an instrument with that many digits would give them."""
    if not low:
        return SeenValues()
    digits = max(len(text.partition(".")[2]) for text in (low, high))
    return SeenValues.of(np.round(np.linspace(float(low), float(high), 41), digits).tolist())


def _is_right(truth: Truth, proposal: Proposal) -> bool:
    kinds = load_kinds()
    if kinds[proposal.measure].name not in {kinds[measure].name for measure in truth.measures}:
        return False
    if truth.equipment and _alike(proposal.equipment_id.partition("/")[2]) != _alike(truth.equipment):
        machine = proposal.equipment_id.partition("/")[2]
        if not (truth.equipment.isdigit() and machine.endswith(f"-{truth.equipment}")):
            return False
    kind = kinds[proposal.measure].unit
    wanted = conversion(truth.unit or kind, kind)
    got = conversion(proposal.unit or kind, kind)
    return np.allclose([got[0] * proposal.scale, got[1]], [wanted[0] * truth.scale, wanted[1]])


def _alike(equipment: str) -> str:
    """An equipment's name without what people write either way: zeros in front, hyphens."""
    return re.sub(r"(?<!\d)0+(?=\d)", "", equipment).replace("-", "")


def main() -> None:
    """Print both halves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--show", choices=HALVES, help="what is not right in this half, name by name")
    arguments = parser.parse_args()
    cases = judged()
    results = {half: figures(cases, half) for half in HALVES}
    if arguments.json:
        print(json.dumps(results, indent=1))
        return
    rows = [[half, *map(str, results[half].values())] for half in HALVES]
    print(table(["half", *results["seen"]], rows))
    for truth, proposal, said in cases:
        if truth.half == arguments.show and said != "right" and (truth.measures or said == "wrong"):
            wanted = f"{truth.equipment}/{'|'.join(truth.measures)} {truth.unit} {truth.scale:g}"
            got = f"{proposal.id} {proposal.unit} {proposal.scale:g} ({proposal.confidence}) {proposal.why}"
            print(f"{said:8}{'*' if truth.wanted else ' '} {truth.seen.name!r} {truth.seen.unit}: {got}")
            print(f"{'':13}{wanted}")


if __name__ == "__main__":
    main()
