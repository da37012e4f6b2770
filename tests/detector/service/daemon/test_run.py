"""The start of the daemon, before there is a loop."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from config.settings import Settings
from detector.service.daemon import run
from streams.sources.connection import Connection
from tests.services import free_ports


@pytest.mark.parametrize("listens", [False, True])
def test_a_stop_while_no_broker_answers_is_heard_within_seconds(listens: bool) -> None:
    """Where nobody listens, and where whoever does says nothing."""
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1] if listens else free_ports(1)[0]
        threading.Timer(0.5, stop.set).start()
        began = time.monotonic()
        assert run._source(Settings.load(None), Connection(f"127.0.0.1:{port}"), stop) is None
    assert time.monotonic() - began < 20.0  # the library alone would try for thirty
