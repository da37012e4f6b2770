"""A real VictoriaMetrics for tests and benchmarks: Debian's package, installed where that is allowed.

with running_victoriametrics() as database:
    database.export("cooling_score_score")
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.services import (
    ServiceMissing,
    cache_folder,
    end,
    file_lock,
    free_ports,
    skip_or_fail,
    wait_until_ready,
)


@dataclass(frozen=True)
class VictoriaMetrics:
    """A running server that takes InfluxDB 2's writes at ``url``."""

    url: str

    def export(self, match: str) -> list[dict[str, object]]:
        """All series that match: ``{"metric": tags, "values": [...], "timestamps": [ms, ...]}``."""
        self._get("/internal/force_flush")  # rows are else visible only seconds after the write
        lines = self._get("/api/v1/export?" + urllib.parse.urlencode({"match[]": match})).splitlines()
        return [json.loads(line) for line in lines]

    def _get(self, path: str) -> bytes:
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return bytes(answer.read())


@contextmanager
def running_victoriametrics(folder: Path | None = None) -> Iterator[VictoriaMetrics]:
    """Start a server on a free port in a folder of its own, and end it.

    Raises:
        ServiceMissing: the program is not here and may not be installed.
    """
    program = _program()
    own = Path(tempfile.mkdtemp(prefix="coolwatch-victoriametrics-", dir=folder))
    (port,) = free_ports(1)
    log = own / "server.log"
    command = [
        program,
        f"-storageDataPath={own / 'data'}",
        f"-httpListenAddr=127.0.0.1:{port}",
        "-retentionPeriod=100y",
        "-memory.allowedBytes=256MB",
        "-search.latencyOffset=0s",
    ]
    try:
        with log.open("wb") as out:
            process = subprocess.Popen(command, cwd=own, stdout=out, stderr=subprocess.STDOUT)
        try:
            url = f"http://127.0.0.1:{port}"
            wait_until_ready(process, lambda: _answers(url), log)
            yield VictoriaMetrics(url)
        finally:
            end(process)
    finally:
        shutil.rmtree(own, ignore_errors=True)


@pytest.fixture(scope="session")
def victoriametrics(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VictoriaMetrics]:
    """One server for all tests of a worker; each test takes tags of its own."""
    try:
        with running_victoriametrics(tmp_path_factory.mktemp("victoriametrics")) as database:
            yield database
    except ServiceMissing as missing:
        skip_or_fail(missing)


def _program() -> str:
    with file_lock(cache_folder() / "victoriametrics.lock"):
        for name in ("victoria-metrics", "victoria-metrics-prod"):
            found = shutil.which(name)
            if found:
                return found
        if os.geteuid() == 0 and shutil.which("apt-get"):
            subprocess.run(
                ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "victoria-metrics"],
                env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
                capture_output=True,
            )
            found = shutil.which("victoria-metrics")
            if found:
                return found
    raise ServiceMissing("no VictoriaMetrics: `apt-get install victoria-metrics` makes its tests run")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=1) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False
