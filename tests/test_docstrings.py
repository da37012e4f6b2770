"""What is public says what it raises. That it says anything at all the linter holds (D1 of ruff)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("config", "kernels", "streams", "detector")
OF_THE_COMMAND_LINE = {"Exit"}
ON_ITS_WAY_OUT = "windows.py"
Function = ast.FunctionDef | ast.AsyncFunctionDef


def public_functions(
    body: list[ast.stmt], about: str = "", name: str = ""
) -> Iterator[tuple[str, Function, str]]:
    """Full name, node and docstring of each; how a class is made may stand at the class."""
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from public_functions(node.body, ast.get_docstring(node) or "", f"{name}{node.name}.")
        elif isinstance(node, Function) and (node.name == "__init__" or not node.name.startswith("_")):
            own = ast.get_docstring(node) or ""
            yield name + node.name, node, f"{about} {own}" if node.name == "__init__" else own


def raised(node: ast.AST) -> Iterator[str]:
    """Classes of errors that a function makes and raises itself, not those of functions inside it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Raise) and isinstance(child.exc, ast.Call):
            made = child.exc.func
            yield made.attr if isinstance(made, ast.Attribute) else ast.unparse(made)
        elif not isinstance(child, Function | ast.ClassDef | ast.Lambda):
            yield from raised(child)


@pytest.mark.parametrize("room", ROOMS)
def test_what_a_function_raises_stands_in_its_docstring(room: str) -> None:
    silent = [
        f"{file.relative_to(ROOT)} {name}: {error}"
        for file in sorted((ROOT / room).rglob("*.py"))
        if file.name != ON_ITS_WAY_OUT
        for name, node, about in public_functions(ast.parse(file.read_text(encoding="utf-8")).body)
        for error in raised(node)
        if error.split("(")[0][0].isupper() and error not in about and error not in OF_THE_COMMAND_LINE
    ]
    assert silent == []
