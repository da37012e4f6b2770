"""The status server answers whoever asks in good faith, whatever other clients do to it."""

from __future__ import annotations

import json
import resource
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from detector.service.daemon import bounded_server
from detector.service.daemon.metrics import Status, StatusServer


@pytest.fixture
def server() -> Iterator[StatusServer]:
    server = StatusServer("127.0.0.1:0")
    yield server
    server.close()


def connect(server: StatusServer) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=30)


def healthy(server: StatusServer) -> bool:
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/health", timeout=10) as answer:
        return bool(json.load(answer)["status"] == "ok")


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def clients(server: StatusServer) -> int:
    return len(server._server._since)


def test_clients_that_say_nothing_keep_nobody_out(server: StatusServer) -> None:
    silent = [connect(server) for _ in range(100)]
    try:
        assert healthy(server)
        assert clients(server) <= 2 * server._server.most_clients
    finally:
        for each in silent:
            each.close()


def test_a_client_that_trickles_is_cut_off_at_its_deadline(
    server: StatusServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded_server, "DEADLINE_S", 0.3)
    with connect(server) as slow:
        slow.sendall(b"GET /health HTTP/1.1\r\n")

        def trickle() -> bool:
            try:
                slow.sendall(b"X")
            except OSError:
                return True
            return False

        wait_for(trickle)
    wait_for(lambda: clients(server) == 0)
    assert healthy(server)


def test_a_client_that_does_not_read_is_cut_off(
    server: StatusServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.status = Status(dead_letters={f"reason {i}": i for i in range(200_000)})
    server.metrics()
    monkeypatch.setattr(bounded_server, "DEADLINE_S", 0.3)
    with connect(server) as deaf:
        deaf.sendall(b"GET /metrics HTTP/1.1\r\n\r\n")
        wait_for(lambda: clients(server) == 1)
        wait_for(lambda: clients(server) == 0)
        assert healthy(server)


def test_an_endless_request_is_read_to_its_bound(server: StatusServer) -> None:
    # It may have read its bound, and hung up, before all is sent.
    with connect(server) as endless, suppress(OSError):
        endless.sendall(b"GET /health HTTP/1.1\r\nX: " + b"x" * bounded_server.MOST_REQUEST_BYTES)
        endless.shutdown(socket.SHUT_WR)
        endless.recv(100)
    assert healthy(server)


def test_metrics_are_made_once_a_status(server: StatusServer) -> None:
    server.status = Status(version="1")
    assert server.metrics() is server.metrics()
    before = server.metrics()
    server.status = Status(version="2")
    assert server.metrics() is not before


EXHAUST = """
import resource, socket, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
from detector.service.daemon.metrics import StatusServer
server = StatusServer("127.0.0.1:0")
print(server.port, flush=True)
for line in sys.stdin:
    files = [open("/dev/null") for _ in range(20)]
    print(len(files), flush=True)
    for file in files: file.close()
"""


def test_checkpoints_have_descriptors_though_clients_take_all_they_can() -> None:
    """In a process that may open few files, while more connect than it could hold."""
    resource.getrlimit(resource.RLIMIT_NOFILE)
    folder = Path(__file__).resolve().parents[4]
    process = subprocess.Popen(
        [sys.executable, "-c", EXHAUST], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process.stdin, process.stdout:
        port = int(process.stdout.readline())
        held = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(120)]
        try:
            for _ in range(5):
                process.stdin.write("\n")
                process.stdin.flush()
                assert process.stdout.readline() == "20\n"
        finally:
            for each in held:
                each.close()
            process.stdin.close()
            assert process.wait(60) == 0
