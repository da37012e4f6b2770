"""Says which lowest versions of pyproject.toml nobody can have; for an environment of the lowest ones.

A bound that other libraries forbid, or that was never released, is one that no test stands behind.
"""

from __future__ import annotations

import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

PROJECT = Path(__file__).parents[1] / "pyproject.toml"


def untrue() -> list[str]:
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    extras = [one for extra in project["optional-dependencies"].values() for one in extra]
    found = []
    for requirement in map(Requirement, [*project["dependencies"], *extras]):
        installed = Version(version(requirement.name))
        lowest = [Version(one.version) for one in requirement.specifier if one.operator == ">="]
        if lowest != [installed]:
            found.append(f"{requirement}: the lowest to be had is {installed}")
    return found


if __name__ == "__main__":
    sys.exit("\n".join(untrue()) or None)
