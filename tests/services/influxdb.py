"""A real InfluxDB 2 for tests and benchmarks: from PATH, from the shared folder, or by Docker.

with running_influxdb() as database:
    InfluxDBClient(database.url, database.token, org=database.org)
"""

from __future__ import annotations

import json
import lzma
import os
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.services import (
    REPOSITORY,
    ServiceMissing,
    cache_folder,
    end,
    file_lock,
    free_ports,
    skip_or_fail,
    wait_until_ready,
)


@dataclass(frozen=True)
class InfluxDB:
    """A running server, set up with one organisation and an all-access token."""

    url: str
    token: str
    org: str
    bucket: str

    def query(self, flux: str) -> list[dict[str, object]]:
        """The records of a Flux query, all tables in one list."""
        from influxdb_client import InfluxDBClient

        with InfluxDBClient(self.url, self.token, org=self.org) as client:
            return [record.values for table in client.query_api().query(flux) for record in table.records]


@contextmanager
def running_influxdb(folder: Path | None = None) -> Iterator[InfluxDB]:
    """Start a server on a free port in a folder of its own, and end it.

    Raises:
        ServiceMissing: there is no server program here, and no Docker.
    """
    program = _program()
    own = Path(tempfile.mkdtemp(prefix="coolwatch-influxdb-", dir=folder))
    (port,) = free_ports(1)
    log = own / "influxd.log"
    name = f"coolwatch-influxdb-{uuid.uuid4().hex[:8]}"
    command = _docker(name, port) if program is None else _native(program, own, port)
    try:
        with log.open("wb") as out:
            process = subprocess.Popen(command, cwd=own, stdout=out, stderr=subprocess.STDOUT)
        try:
            url = f"http://127.0.0.1:{port}"
            wait_until_ready(process, lambda: _answers(url), log)
            yield _set_up(url)
        finally:
            end(process)
    finally:
        shutil.rmtree(own, ignore_errors=True)


@pytest.fixture(scope="session")
def influxdb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxDB]:
    """One server for all tests of a worker; each test takes a bucket of its own."""
    try:
        with running_influxdb(tmp_path_factory.mktemp("influxdb")) as database:
            yield database
    except ServiceMissing as missing:
        skip_or_fail(missing)


def _program() -> Path | None:
    """The server program, None where Docker stands in for it."""
    on_path = shutil.which("influxd")
    if on_path:
        return Path(on_path)
    unpacked = cache_folder() / "influxd"
    packed = REPOSITORY / os.environ.get("COOLWATCH_SHARED", "../shared") / "bin" / "influxd.xz"
    with file_lock(cache_folder() / "influxd.lock"):
        if unpacked.is_file():
            return unpacked
        if packed.is_file():
            fresh = unpacked.with_suffix(".part")
            with lzma.open(packed) as source, fresh.open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
            fresh.chmod(0o755)
            fresh.rename(unpacked)
            return unpacked
    docker = shutil.which("docker")
    if docker and subprocess.run([docker, "info"], capture_output=True).returncode == 0:
        return None
    raise ServiceMissing(
        "no InfluxDB: no `influxd` on PATH, no bin/influxd.xz under COOLWATCH_SHARED, no Docker"
    )


def _native(program: Path, folder: Path, port: int) -> list[str]:
    return [
        str(program),
        f"--bolt-path={folder / 'bolt.db'}",
        f"--engine-path={folder / 'engine'}",
        f"--sqlite-path={folder / 'influxd.sqlite'}",
        f"--http-bind-address=127.0.0.1:{port}",
        "--reporting-disabled",
    ]


def _docker(name: str, port: int) -> list[str]:
    # In the foreground and removed at the end, so that ending this process ends the container.
    return ["docker", "run", "--rm", "--name", name, "-p", f"127.0.0.1:{port}:8086", "influxdb:2"]


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=1) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def _set_up(url: str) -> InfluxDB:
    database = InfluxDB(url, token=uuid.uuid4().hex, org="facilities", bucket="first")
    body = {
        "username": "tester",
        "password": uuid.uuid4().hex,
        "org": database.org,
        "bucket": database.bucket,
        "token": database.token,
    }
    request = urllib.request.Request(
        f"{url}/api/v2/setup", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30):
        return database
