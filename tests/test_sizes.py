"""How large files and functions may become: beyond that they hold several concepts, or fit no screen."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS = ("config", "kernels", "streams", "detector", "benchmarks")
MOST_LINES = 300
MOST_LINES_OF_A_FUNCTION = 60


def files(*rooms: str) -> Iterator[Path]:
    for room in rooms:
        yield from sorted((ROOT / room).rglob("*.py"))


def test_no_file_holds_more_than_fits_one_concept() -> None:
    lengths = {str(f.relative_to(ROOT)): len(f.read_text("utf-8").splitlines()) for f in files(*ROOMS)}
    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}


def test_no_function_outside_kernels_is_longer_than_a_screen() -> None:
    too_long = {}
    for file in files(*(room for room in ROOMS if room != "kernels")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno is not None
                length = node.end_lineno - node.lineno + 1
                if length > MOST_LINES_OF_A_FUNCTION:
                    too_long[f"{file.relative_to(ROOT)}: {node.name}"] = length
    assert too_long == {}
