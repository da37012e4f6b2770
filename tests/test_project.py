"""The pages and files that stand beside the code say what the commands are, and which version it is."""

from __future__ import annotations

import re
import tomllib

from tests.documents import PAGES, REPOSITORY

MAKEFILE = (REPOSITORY / "Makefile").read_text(encoding="utf-8")


def recipe(target: str) -> list[str]:
    found = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
    assert found, f"make {target} does nothing"
    return [line.strip() for line in found[1].splitlines()]


def test_every_make_command_that_is_named_exists() -> None:
    named = {
        target
        for page in PAGES
        for target in re.findall(r"(?:`|^)make ([a-z-]+)", page.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert {"test", "lint"} <= named
    assert [target for target in sorted(named) if not re.search(rf"^{target}:", MAKEFILE, re.MULTILINE)] == []


def test_every_command_that_the_makefile_lists_exists() -> None:
    listed = re.findall(r"^# make ([a-z-]+)", MAKEFILE, re.MULTILINE)
    assert [target for target in listed if not re.search(rf"^{target}:", MAKEFILE, re.MULTILINE)] == []


def test_the_hooks_before_a_commit_are_the_linters() -> None:
    hooks = (REPOSITORY / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    entries = re.findall(r"^ +entry: (.+)$", hooks, re.MULTILINE)
    assert entries == [line.replace("$(BIN)", ".venv/bin") for line in recipe("lint")]


def test_the_newest_of_the_changelog_is_this_version() -> None:
    versions = re.findall(
        r"^## (\S+)", (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    assert versions[0] == project["project"]["version"]
