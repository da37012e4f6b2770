"""Real services for the tests: each on free ports, in its own folder, ended by whoever started it."""

from __future__ import annotations

import fcntl
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


class ServiceMissing(Exception):
    """The service cannot be had on this machine; the text says what is missing."""


def cache_folder() -> Path:
    """Where what was fetched stays between runs: ``COOLWATCH_CACHE``, else ``.cache`` of the repository."""
    return Path(os.environ.get("COOLWATCH_CACHE") or REPOSITORY / ".cache")


def must_have_services() -> bool:
    return os.environ.get("CI", "").lower() in ("1", "true")


def skip_or_fail(missing: ServiceMissing) -> NoReturn:
    """A visible skip on a person's machine, an error where ``CI=true``."""
    if must_have_services():
        pytest.fail(f"CI=true, and {missing}", pytrace=False)
    pytest.skip(str(missing))


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that were free a moment ago, no two alike."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


@contextmanager
def file_lock(path: Path) -> Iterator[None]:
    """Held by one process at a time; the others wait."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def wait_until_ready(
    process: subprocess.Popen[bytes], ready: Callable[[], bool], log: Path, timeout: float = 300.0
) -> None:
    """Wait until ``ready()``; RuntimeError with the end of the log if it died or took too long."""
    deadline = time.monotonic() + timeout
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            how = "took too long" if process.poll() is None else f"ended with {process.returncode}"
            tail = log.read_text(errors="replace")[-3000:] if log.exists() else ""
            raise RuntimeError(f"{process.args!r} {how}:\n{tail}")
        time.sleep(0.05)


def end(process: subprocess.Popen[bytes], patience: float = 10.0) -> None:
    """Ask a process that we started to end; insist after ``patience`` seconds."""
    process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
