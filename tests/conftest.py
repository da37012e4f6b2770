"""The services' fixtures and what Hypothesis and the warnings need, for every test."""

import pytest
from hypothesis import settings

pytest_plugins = ["tests.services.kafka", "tests.services.influxdb", "tests.services.victoriametrics"]

# The first example of a property may compile a kernel, so no example has a deadline.
settings.register_profile("coolwatch", deadline=None)
settings.load_profile("coolwatch")


def pytest_configure(config: pytest.Config) -> None:
    # kafka-python leaves a socket whose connection was refused to the garbage collector: it never had a peer.
    no_peer = r"unclosed <socket.socket fd=\d+, family=\S+ type=\S+ proto=6, laddr=\('0.0.0.0', \d+\)>"
    config.addinivalue_line("filterwarnings", f"ignore:{no_peer}:ResourceWarning")
