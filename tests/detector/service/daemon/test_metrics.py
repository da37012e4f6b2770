"""What Prometheus and a health check see."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from detector.service.daemon.metrics import STALLED_AFTER_S, Status, StatusServer
from streams.messages import Counts


@pytest.fixture
def server() -> Iterator[StatusServer]:
    server = StatusServer("127.0.0.1:0")
    yield server
    server.close()


def get(server: StatusServer, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_metrics_tell_the_books_and_the_lag(server: StatusServer) -> None:
    server.status = Status(
        counts=Counts(records=5, decoded=4, rejected_records=1, readings=9, scored=7, waiting=2),
        lag={("telemetry", 3): 12},
        incidents={("cooling", "emergency"): 1},
        dead_letters={"broken_json": 1},
    )
    code, text = get(server, "/metrics")
    samples = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert code == 200
    assert samples["coolwatch_records_total", "rejected"] == 1
    assert samples["coolwatch_readings_total", "scored"] == 7
    assert samples["coolwatch_readings_waiting",] == 2
    assert samples["coolwatch_lag_records", "3", "telemetry"] == 12
    assert samples["coolwatch_incidents_open", "cooling", "emergency"] == 1
    assert samples["coolwatch_dead_letters_total", "broken_json"] == 1


def test_health_is_bad_while_a_zone_is_read_and_not_judged(server: StatusServer) -> None:
    server.status = Status(blind=("hall-1",))
    code, text = get(server, "/health")
    assert (code, json.loads(text)["status"], json.loads(text)["blind"]) == (503, "blind", ["hall-1"])


def test_health_is_bad_once_the_loop_stands_still(server: StatusServer) -> None:
    server.status = Status(version="1", lag={("t", 0): 3})
    code, text = get(server, "/health")
    assert (code, json.loads(text)["status"], json.loads(text)["lag"]) == (200, "ok", 3)
    server.status = Status(turned=time.monotonic() - STALLED_AFTER_S - 1)
    code, text = get(server, "/health")
    assert (code, json.loads(text)["status"]) == (503, "stalled")


def test_other_paths_say_what_there_is(server: StatusServer) -> None:
    assert get(server, "/")[0] == 404
