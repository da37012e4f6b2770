"""Who may import whom: config and kernels know nobody, streams know them, the detector knows all.

The detector outside its service is pure: of streams it sees the messages only,
and it touches no file, socket or clock.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("config", "kernels", "streams", "detector")
ALLOWED = {
    "config": {"config"},
    "kernels": {"kernels"},
    "streams": {"config", "kernels", "streams"},
    "detector": {"config", "kernels", "streams", "detector"},
}
IMPURE = {
    "asyncio",
    "datetime",
    "logging",
    "os",
    "pathlib",
    "random",
    "requests",
    "socket",
    "sqlalchemy",
    "structlog",
    "subprocess",
    "threading",
    "time",
}


def imported(file: Path) -> set[str]:
    """Full names of the modules that a file imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{file}: imports are written out in full"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def files(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_stands_below_it(room: str) -> None:
    for file in files(room):
        rooms = {name.split(".")[0] for name in imported(file)} & {*ROOMS, "tests", "benchmarks"}
        assert rooms <= ALLOWED[room], f"{file.relative_to(ROOT)} imports {rooms - ALLOWED[room]}"


def test_the_engine_sees_of_streams_the_messages_only() -> None:
    for file in files("detector"):
        if "service" in file.relative_to(ROOT).parts:
            continue
        for name in imported(file):
            if name.startswith("streams."):
                assert name.startswith("streams.messages."), f"{file.relative_to(ROOT)} imports {name}"


def test_the_engine_has_no_clock_no_file_and_no_log() -> None:
    for file in files("detector"):
        if "service" in file.relative_to(ROOT).parts:
            continue
        impure = {name.split(".")[0] for name in imported(file)} & IMPURE
        assert not impure, f"{file.relative_to(ROOT)} imports {impure}"


def test_kernels_know_neither_kafka_nor_files() -> None:
    for file in files("kernels"):
        if file.name == "jit.py":
            continue  # it keeps the cache of compiled code, which is files
        outside = {name.split(".")[0] for name in imported(file)} & ({"kafka"} | IMPURE)
        assert not outside, f"{file.relative_to(ROOT)} imports {outside}"
