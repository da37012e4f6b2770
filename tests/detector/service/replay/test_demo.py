"""The demo's own run, without a terminal: full speed, a summary, and what it leaves behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from streams.store.store import Store


@pytest.mark.slow
def test_the_demo_warns_before_the_first_service_drops(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "detector.service.cli", "demo", "--out", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    last = done.stdout.splitlines()[-2]
    assert last.startswith("Warned ")
    assert last.endswith("before the first service dropped.")
    assert "\x1b" not in done.stdout
    assert (tmp_path / "out" / "scores.lp").read_bytes().count(b"cooling_service") > 100
    store = Store(f"sqlite:///{tmp_path / 'out' / 'coolwatch.db'}")
    try:
        assert any(each.category == "cooling" for each in store.incidents())
        assert store.halls()
    finally:
        store.close()
