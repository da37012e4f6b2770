"""Every kernel that is called from Python has a twin, and every twin a kernel."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from kernels.jit import Kernel, registered

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("kernels", "config", "streams", "detector")


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def kernels_with_examples() -> dict[str, Kernel]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if "from kernels.jit import" in path.read_text(encoding="utf-8"):
                importlib.import_module(module_name(path))
    return {
        name: entry
        for name, entry in registered().items()
        if entry.example is not None and name.split(".")[0] in ROOMS
    }


def twins() -> set[str]:
    names: set[str] = set()
    for path in sorted((ROOT / "tests").rglob("naive*.py")):
        names |= set(getattr(importlib.import_module(module_name(path)), "TWINS", {}))
    return names


def test_every_kernel_with_an_example_has_a_twin() -> None:
    assert not sorted(set(kernels_with_examples()) - twins())


def test_every_twin_stands_for_a_kernel_with_an_example() -> None:
    assert not sorted(twins() - set(kernels_with_examples()))


@pytest.mark.parametrize("name", sorted(kernels_with_examples()))
def test_an_example_runs_and_can_be_made_again(name: str) -> None:
    entry = kernels_with_examples()[name]
    assert entry.example is not None
    entry.function(*entry.example())
    entry.function(*entry.example())


def test_every_kernel_with_an_example_is_called_by_more_than_tests() -> None:
    sources = {
        path: path.read_text(encoding="utf-8")
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if path.name != "__init__.py"  # which hands names on, and calls nothing
    }

    def called(name: str) -> bool:
        module, function = name.rsplit(".", 1)
        own = ROOT.joinpath(*module.split(".")).with_suffix(".py")
        elsewhere = any(function in text for path, text in sources.items() if path != own)
        return elsewhere or len(re.findall(rf"\b{function}\(", sources[own])) > 1

    assert not [name for name in sorted(kernels_with_examples()) if not called(name)]
