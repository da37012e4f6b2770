"""What rules look at cannot be moved, by them or by what comes later; state knows no rule."""

from __future__ import annotations

import ast
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detector import rules
from detector.engine import Engine
from detector.rules import Rule
from detector.seen.topology import Topology
from detector.tick import Tick
from tests.detector.feeding import Row, bits, make_engine, push, quiet_hall, readings_of

ROOT = Path(__file__).parents[2]
PLAIN = (bool, int, float, str, Enum, type(None), np.generic)


def parts_of(thing: Any, name: str) -> list[tuple[str, Any]]:
    """Everything that a frozen thing is made of, with where it stands."""
    if is_dataclass(thing):
        assert thing.__dataclass_params__.frozen, f"{name} can be moved"  # type: ignore[attr-defined]
        return [p for f in fields(thing) for p in parts_of(getattr(thing, f.name), f"{name}.{f.name}")]
    if isinstance(thing, tuple | frozenset):
        return [p for n, each in enumerate(thing) for p in parts_of(each, f"{name}[{n}]")]
    return [(name, thing)]


def watched(rows: list[Row]) -> tuple[Engine, list[Tick]]:
    """An engine with one rule more, which keeps the ticks that it sees."""
    seen: list[Tick] = []

    def watches(tick: Tick) -> tuple[()]:
        seen.append(tick)
        return ()

    engine = make_engine()
    engine.rules = (*engine.rules, Rule(watches, ()))
    push(engine, rows)
    return engine, seen


def test_a_tick_is_made_of_numbers_text_and_arrays_that_cannot_be_written() -> None:
    _, (*_, tick) = watched(quiet_hall(900))
    parts = parts_of(tick, "tick")
    assert len(parts) > 100
    for name, part in parts:
        if isinstance(part, np.ndarray):
            with pytest.raises(ValueError, match="read-only"):
                part[...] = 0
        else:
            assert isinstance(part, PLAIN), f"{name} is a {type(part).__name__}"
    assert isinstance(tick.topology, Topology)


def test_what_comes_later_does_not_move_a_tick() -> None:
    rows = quiet_hall(1200)
    engine, ticks = watched([row for row in rows if row[1] < 600])
    before = [bits(tick) for tick in ticks]
    engine.push(readings_of(engine, [row for row in rows if row[1] >= 600]))
    assert [bits(tick) for tick in ticks[: len(before)]] == before


def imports_of(module: str) -> set[str]:
    """The modules of the detector that a module imports."""
    path = ROOT / f"{module.replace('.', '/')}.py"
    tree = ast.parse((path if path.exists() else path.with_suffix("") / "__init__.py").read_text())
    named = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    return {name for name in named if name.startswith("detector")}


def test_state_knows_no_rule() -> None:
    known, fresh = set[str](), {"detector.state", "detector.tick"}
    while fresh:
        known |= fresh
        fresh = {name for module in fresh for name in imports_of(module)} - known
    assert not {name for name in known if name.startswith(rules.__name__)}
