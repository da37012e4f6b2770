"""What is exported under one name is one thing: whoever reads it need not ask of which module it is."""

from __future__ import annotations

import ast
import tokenize
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS = ("config", "kernels", "streams", "detector")


def is_command(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether it is a command of the command line, which calls it by its name and nobody else does."""
    calls = (each.func for each in function.decorator_list if isinstance(each, ast.Call))
    return any(isinstance(call, ast.Attribute) and call.attr == "command" for call in calls)


def test_no_two_modules_export_a_function_of_the_same_name() -> None:
    modules: dict[str, list[str]] = defaultdict(list)
    for room in ROOMS:
        for file in sorted((ROOT / room).rglob("*.py")):
            for node in ast.parse(file.read_text(encoding="utf-8")).body:
                if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    continue
                if not node.name.startswith("_") and not is_command(node):
                    modules[node.name].append(str(file.relative_to(ROOT)))
    assert {name: files for name, files in modules.items() if len(files) > 1} == {}


def test_units_are_units_of_measurement() -> None:
    """What cools is a cooling unit; drills and setup speak as simulator and messages do."""
    found = []
    for file in sorted((ROOT / "detector").rglob("*.py")):
        if file.relative_to(ROOT / "detector").parts[0] in ("service", "console"):
            continue
        with tokenize.open(file) as text:
            tokens = tokenize.generate_tokens(text.readline)
            found += [f"{file.relative_to(ROOT)}:{t.start[0]}" for t in tokens if t.string == "units"]
    assert found == []
