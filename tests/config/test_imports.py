"""The configuration is read by every command, so it pulls nothing heavy."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    "numba",
    "numpy",
    "river",
    "polars",
    "kafka",
    "sqlalchemy",
    "influxdb_client",
    "apprise",
    "structlog",
)


def loaded_by(*modules: str) -> set[str]:
    code = f"import sys, {', '.join(modules)}; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_settings_and_site_pull_nothing_heavy() -> None:
    assert loaded_by("config.settings", "config.site", "config.reference").isdisjoint(HEAVY)


@pytest.mark.parametrize("module", ["units", "kinds", "points", "glob", "errors", "suggest"])
def test_small_modules_do_without_pydantic(module: str) -> None:
    assert loaded_by(f"config.{module}").isdisjoint((*HEAVY, "pydantic"))
