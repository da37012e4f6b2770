"""The services' fixtures and what Hypothesis and the warnings need, for every test."""

import pytest
from hypothesis import settings

pytest_plugins = ["tests.services.kafka", "tests.services.influxdb", "tests.services.victoriametrics"]

# The first example of a property may compile a kernel, so no example has a deadline.
settings.register_profile("coolwatch", deadline=None)
settings.load_profile("coolwatch")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--one-of-each",
        action="store_true",
        help="of a test marked `numbers`, whose cases differ in nothing else, the first case alone",
    )


@pytest.hookimpl(trylast=True)  # the first case of those that -m has left
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--one-of-each"):
        return
    chosen: dict[str, pytest.Item] = {}
    for item in items:
        by_numbers = item.get_closest_marker("numbers") is not None
        chosen.setdefault(item.nodeid.partition("[")[0] if by_numbers else item.nodeid, item)
    kept = set(chosen.values())
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = [item for item in items if item in kept]


def pytest_configure(config: pytest.Config) -> None:
    # kafka-python leaves a socket whose connection was refused to the garbage collector: it never had a peer.
    no_peer = r"unclosed <socket.socket fd=\d+, family=\S+ type=\S+ proto=6, laddr=\('0.0.0.0', \d+\)>"
    config.addinivalue_line("filterwarnings", f"ignore:{no_peer}:ResourceWarning")
