"""Two states of the code beside one another."""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from benchmarks import beside
from benchmarks.beside import figures_of_pairs
from tests.services import REPOSITORY


def test_what_counts_is_the_median_of_the_ratios() -> None:
    figures = figures_of_pairs([(1.0, 2.0), (3.0, 3.0), (9.0, 4.0)])
    assert (figures["here"], figures["there"], figures["ratio"]) == (3.0, 3.0, 1.0)


def test_every_other_pair_begins_with_the_other_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is measured here."""
    turns: list[Path] = []
    there = tmp_path / "there"

    def measured(tree: Path, benchmark: str, options: object) -> dict[str, float]:
        turns.append(tree)
        here = tree == REPOSITORY
        return {"plain_us": 2.0 if here else 1.0, "long_us": 3.0, "mixed_us": 4.0}

    monkeypatch.setattr(beside, "checked_out", lambda ref: nullcontext(there))
    monkeypatch.setattr(beside, "measured", measured)
    monkeypatch.setattr(sys, "argv", ["beside", "HEAD", "--of", "decode", "--pairs", "2", "--json"])
    beside.main()
    assert turns == [there, REPOSITORY, REPOSITORY, there]
    found = json.loads(capsys.readouterr().out)
    assert (found["plain_us"]["ratio"], found["long_us"]["ratio"]) == (2.0, 1.0)


def test_a_benchmark_that_the_other_state_has_not_measures_the_code_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    (here / "benchmarks").mkdir(parents=True)
    (here / "benchmarks" / "ticks.py").write_text("import json, cost\nprint(json.dumps(cost.FIGURES))\n")
    for tree, cost in ((here, 1.0), (there, 2.0)):
        tree.mkdir(exist_ok=True)
        figures = dict.fromkeys(beside.FIGURES["ticks"], cost)
        (tree / "cost.py").write_text(f"FIGURES = {figures}\n")
    monkeypatch.setattr(beside, "REPOSITORY", here)
    assert set(beside.measured(here, "ticks").values()) == {1.0}
    assert set(beside.measured(there, "ticks").values()) == {2.0}
