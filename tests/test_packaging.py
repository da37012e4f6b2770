"""What is installed is locked, and the lock is what pyproject.toml asks for."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (ROOT / "constraints.txt").read_text(encoding="utf-8")


def locked() -> dict[str, str]:
    """The version of each package that is locked, everywhere the same one."""
    pins: dict[str, str] = {}
    for line in LOCK.splitlines():
        if line.startswith("#"):
            continue
        pin = re.fullmatch(r"([a-z0-9-]+)==(\S+)( ; .+)?", line)
        assert pin, f"{line!r} is no version of a package"
        assert pin[1] not in pins, f"{pin[1]} is locked twice: not everywhere the same is installed"
        pins[pin[1]] = pin[2]
    return pins


def asked_for() -> list[Requirement]:
    project = PROJECT["project"]
    extras = [one for extra in project["optional-dependencies"].values() for one in extra]
    return [Requirement(one) for one in [*project["dependencies"], *extras]]


def test_everything_that_is_asked_for_is_locked_to_a_version_that_is_allowed() -> None:
    pins = locked()
    for requirement in asked_for():
        version = pins[canonicalize_name(requirement.name)]
        assert version in requirement.specifier, f"{requirement} is locked to {version}: make lock"


def test_the_lock_names_no_place_to_install_from() -> None:
    assert not re.search(r"://|--|@", LOCK), LOCK


def test_every_room_is_packaged() -> None:
    find = PROJECT["tool"]["setuptools"]["packages"]["find"]
    rooms = {path.parts[0] for path in (p.relative_to(ROOT) for p in ROOT.glob("*/__init__.py"))}
    assert {name.rstrip("*") for name in find["include"]} == rooms - {"tests", "benchmarks"}
    for room in rooms - {"tests", "benchmarks"}:
        for module in (ROOT / room).rglob("*.py"):
            assert (module.parent / "__init__.py").is_file(), f"{module.parent} is no package"
