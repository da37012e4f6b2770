"""Where compiled kernels are kept. A file in a folder's place cannot be written into, not even by root."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import kernels

PROGRAM = """
from kernels.jit import kernel

@kernel()
def doubled(x):
    return 2 * x

@kernel()
def trebled(x):
    return 3 * x

print(doubled(21), trebled(14))
"""

CALLEE = """
from kernels.jit import kernel

@kernel()
def times(x):
    return {factor} * x
"""
CALLER = """
from kernels.jit import kernel
from {callee} import times

@kernel()
def called(x):
    return times(x) + 0
"""


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The decorator in a folder of its own, with a program that uses it."""
    (tmp_path / "kernels").mkdir()
    shutil.copy(Path(kernels.__file__).parent / "jit.py", tmp_path / "kernels")
    (tmp_path / "program.py").write_text(PROGRAM)
    return tmp_path


def said_by(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The program, when it has ended."""
    return subprocess.run(
        [sys.executable, "-B", "program.py"],
        cwd=folder,
        env={**os.environ, "XDG_CACHE_HOME": str(folder / "caches"), **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def run(folder: Path, **environment: str) -> str:
    """What the program says on standard error."""
    done = said_by(folder, **environment)
    assert done.returncode == 0 and done.stdout == "42 42\n", done.stderr
    return done.stderr


def kept(folder: Path) -> list[str]:
    return sorted(path.name.split("-")[0] for path in folder.rglob("*.nbi"))


def test_kernels_are_kept_beside_their_sources(copied: Path) -> None:
    assert run(copied) == ""
    assert kept(copied / "__pycache__") == ["program.doubled", "program.trebled"]


def test_where_the_sources_cannot_be_written_the_users_cache_is_taken(copied: Path) -> None:
    (copied / "__pycache__").write_text("in the way")
    assert run(copied) == ""
    assert kept(copied / "caches" / "coolwatch") == ["program.doubled", "program.trebled"]


def test_a_folder_that_is_named_goes_before_both(copied: Path) -> None:
    assert run(copied, NUMBA_CACHE_DIR=str(copied / "named")) == ""
    assert kept(copied / "named") == kept(copied) == ["program.doubled", "program.trebled"]


@pytest.mark.parametrize("home", [{"XDG_CACHE_HOME": "/dev/null"}, {"NUMBA_CACHE_DIR": "/dev/null/deeper"}])
def test_where_nothing_can_be_written_kernels_run_and_it_is_said_once(
    copied: Path, home: dict[str, str]
) -> None:
    (copied / "__pycache__").write_text("in the way")
    said = run(copied, **home)
    assert said.count("compiled kernels cannot be kept") == 1, said
    assert kept(copied) == []


def test_a_warm_start_compiles_nothing_until_a_callee_in_whatever_file_has_changed(copied: Path) -> None:
    callers = {
        "kernels.caller": "kernels.folder.callee",
        "kernels.folder.caller": "kernels.another.callee",
        "caller": "kernels.folder.callee",
    }

    def write(module: str, text: str) -> None:
        path = copied.joinpath(*module.split(".")).with_suffix(".py")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    program = "import importlib\n"
    for caller, callee in callers.items():
        write(caller, CALLER.format(callee=callee))
        program += f"called = importlib.import_module('{caller}').called\n"
        program += "print(called(21), sum(called.stats.cache_misses.values()))\n"
    write("program", program)
    said = []
    for factor in (2, 2, 3):
        for callee in set(callers.values()):
            write(callee, CALLEE.format(factor=factor))
        said.append(set(said_by(copied).stdout.splitlines()))
    assert said == [{"42 1"}, {"42 0"}, {"63 1"}]
