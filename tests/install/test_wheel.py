"""The wheel holds everything, and plays the demo where nothing beside it may be written."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.services import REPOSITORY

pytestmark = pytest.mark.install

ROOMS = ("config", "kernels", "streams", "detector")
PATIENCE_S = 900.0
# Root writes where nobody may, unless it has laid down the right to.
WITHOUT_ROOTS_RIGHTS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
IMPORT_ALL = f"""
import importlib, pkgutil
for room in {ROOMS!r}:
    for module in pkgutil.walk_packages(importlib.import_module(room).__path__, room + "."):
        importlib.import_module(module.name)
"""


def run(command: Sequence[str | Path], folder: Path, **environment: str) -> str:
    done = subprocess.run(
        list(map(str, command)),
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built of a copy: setuptools packs what an earlier build has left lying about."""
    folder = tmp_path_factory.mktemp("build")
    for room in ROOMS:
        shutil.copytree(REPOSITORY / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(REPOSITORY / file, folder)
    run([sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", "dist", "."], folder)
    (built,) = (folder / "dist").glob("coolwatch-*.whl")
    return built


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh virtual environment that has nothing but the wheel and what it asks for."""
    folder = tmp_path_factory.mktemp("environment")
    run([sys.executable, "-m", "venv", folder], folder)
    python = folder / "bin" / "python"
    lock = REPOSITORY / "constraints.txt"
    run([python, "-m", "pip", "install", "--quiet", "--constraint", lock, wheel], folder)
    return folder


def test_the_wheel_has_all_of_the_rooms_and_nothing_else(wheel: Path) -> None:
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    ours = {
        str(path.relative_to(REPOSITORY))
        for room in ROOMS
        for path in (REPOSITORY / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert packed == ours


def test_every_module_can_be_imported(environment: Path, tmp_path: Path) -> None:
    run([environment / "bin" / "python", "-c", IMPORT_ALL], tmp_path, XDG_CACHE_HOME=str(tmp_path))


def test_the_demo_plays_elsewhere_with_the_packages_read_only(environment: Path, tmp_path: Path) -> None:
    as_nobody_special: tuple[str, ...] = ()
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root may write everywhere, and there is no setpriv to take that away")
        as_nobody_special = WITHOUT_ROOTS_RIGHTS
    (packages,) = environment.glob("lib/python*/site-packages")
    run(["chmod", "-R", "a-w", packages], tmp_path)
    try:
        before = {str(path) for path in packages.rglob("*")}
        said = run(
            [*as_nobody_special, environment / "bin" / "coolwatch", "demo", "--hours", "0.1"],
            tmp_path,
            HOME=str(tmp_path / "home"),
            XDG_CACHE_HOME="",
            NUMBA_CACHE_DIR="",
        )
        assert {str(path) for path in packages.rglob("*")} == before
    finally:
        run(["chmod", "-R", "u+w", packages], tmp_path)
    assert "Nothing was wrong, and nobody was warned." in said
    assert "cannot be kept" not in said
    assert list((tmp_path / "home" / ".cache" / "coolwatch").rglob("*.nbi"))
    assert (tmp_path / "demo-out" / "coolwatch.db").is_file()
