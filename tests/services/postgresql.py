"""A real PostgreSQL for tests: Debian's package, run as an ordinary user in its own folder."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text

from tests.services import ServiceMissing, end, free_ports, wait_until_ready


@contextmanager
def running_postgresql() -> Iterator[str]:
    """Start a server on a free port in a folder of its own, and end it; gives its SQLAlchemy URL.

    Raises:
        ServiceMissing: the programs are not here, or there is no user who may run them.
    """
    programs = _programs()
    own = Path(tempfile.mkdtemp(prefix="coolwatch-postgresql-"))
    user = _owner(own)
    (port,) = free_ports(1)
    data, log = own / "data", own / "server.log"
    initdb = [str(programs / "initdb"), "-D", str(data), "-U", "coolwatch", "--auth=trust", "--no-sync"]
    server = [str(programs / "postgres"), "-D", str(data), "-p", str(port), "-k", str(own), "-c", "fsync=off"]
    try:
        with log.open("wb") as out:
            subprocess.run(initdb, check=True, cwd=own, user=user, stdout=out, stderr=subprocess.STDOUT)
            process = subprocess.Popen(server, cwd=own, user=user, stdout=out, stderr=subprocess.STDOUT)
        try:
            ready = [str(programs / "pg_isready"), "-h", "127.0.0.1", "-p", str(port), "-q"]
            wait_until_ready(process, lambda: subprocess.run(ready).returncode == 0, log)
            yield f"postgresql+psycopg://coolwatch@127.0.0.1:{port}/postgres"
        finally:
            end(process)
    finally:
        shutil.rmtree(own, ignore_errors=True)


@contextmanager
def frozen_postgresql(url: str) -> Iterator[None]:
    """A server that keeps its connections, takes new ones, and answers none of them."""
    engine = create_engine(url)
    with engine.connect() as connection:
        folder = Path(connection.execute(text("SHOW data_directory")).scalar_one())
    engine.dispose()
    (first, *_) = (folder / "postmaster.pid").read_text().split()
    children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
    processes = [int(pid) for pid in (first, *children)]
    for pid in processes:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in reversed(processes):  # the first of them reaps those that have ended
            os.kill(pid, signal.SIGCONT)


def _programs() -> Path:
    if importlib.util.find_spec("psycopg") is None:
        raise ServiceMissing("no PostgreSQL: its client psycopg is not installed (the postgresql extra)")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        folders.insert(0, Path(on_path).resolve().parent)
    for folder in folders:
        if all((folder / name).exists() for name in ("initdb", "postgres", "pg_isready")):
            return folder
    raise ServiceMissing("no PostgreSQL: `apt-get install postgresql` makes its tests run")


def _owner(folder: Path) -> int:
    """Who runs the server: it refuses root."""
    if os.geteuid() != 0:
        return os.geteuid()
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(folder, user.pw_uid, user.pw_gid)
        return user.pw_uid
    raise ServiceMissing("no PostgreSQL: it does not run as root, and there is no other user")
