"""Whatever fails, and whoever tells of it: no secret of the settings stands in the log."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from streams.sources.connection import Connection
from streams.sources.producer import Publisher
from tests.detector.service.daemons import RunningDaemon
from tests.detector.service.fakes import message
from tests.services.kafka import Broker

PLANTED = {
    "influx token": "influx-Tok3n==",
    "store password": "st0re/pass",
    "kafka password": "kafka-pa55word",
    "heartbeat": "beat-7f3a9c",
    "notify user": "n0tify-pass",
    "notify path": "h00k-token",
}


class Echo(BaseHTTPRequestHandler):
    """Refuses everything, and says back all that it was told."""

    seen: list[str]

    def _refuse(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        told = f"{self.path} {dict(self.headers)}"
        type(self).seen.append(told)
        body = json.dumps({"code": "unauthorized", "message": told}).encode()
        self.send_response(401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _refuse  # noqa: N815

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture
def echo() -> Iterator[tuple[str, list[str]]]:
    handler = type("Handler", (Echo,), {"seen": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_address[1]}", handler.seen
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.kafka
@pytest.mark.slow
def test_no_line_of_the_log_holds_a_secret(
    tmp_path: Path, kafka: Broker, echo: tuple[str, list[str]]
) -> None:
    address, seen = echo
    login = PLANTED["notify user"]
    topic = kafka.topic()
    publisher = Publisher(Connection(kafka.bootstrap))
    now = time.time() - 1_700_000_000
    for i in range(60):
        publisher.send(topic, b"hall-1", message("hall-1/rack-01/inlet_air_temperature", now - 60 + i, 45.0))
    publisher.close()
    site = tmp_path / "site.toml"
    site.write_text("")
    daemon = RunningDaemon(
        tmp_path, kafka, topic, site, None, topic, influx_url=f"http://{address}", dead_letters="no/such"
    )
    daemon.environment |= {
        "COOLWATCH_INFLUXDB__TOKEN": PLANTED["influx token"],
        "COOLWATCH_STORE__URL": "postgresql://coolwatch:st0re%2Fpass@127.0.0.1:1/cooling",
        "COOLWATCH_NOTIFY__URLS": f"json://me:{login}@{address}/hook/{PLANTED['notify path']}",
        "COOLWATCH_NOTIFY__HEARTBEAT_URL": f"http://{address}/ping/{PLANTED['heartbeat']}",
    }
    sasl = {
        "COOLWATCH_KAFKA__SECURITY_PROTOCOL": "SASL_PLAINTEXT",
        "COOLWATCH_KAFKA__SASL_MECHANISM": "PLAIN",
        "COOLWATCH_KAFKA__USERNAME": "coolwatch",
        "COOLWATCH_KAFKA__PASSWORD": PLANTED["kafka password"],
    }
    try:
        daemon.start()
        for what in ("/ping/", "/hook/", "/api/v2/write"):
            daemon.wait_for(what, lambda what=what: any(what in told for told in seen))
        daemon.wait_for("the page's failure", lambda: "notify: " in daemon.log())
        daemon.kill()
        daemon.environment |= sasl  # the broker speaks another protocol: nobody gets in
        daemon.start()
        daemon.wait_for("the broker's refusal", lambda: "Kafka is away" in daemon.log())
    finally:
        daemon.kill()
    log = daemon.log()
    assert {name for name, secret in PLANTED.items() if secret in log} == set()
    assert "st0re%2Fpass" not in log
    assert all(json.loads(line) for line in log.splitlines() if line), "every line is one of ours"
    for failure in ("influxdb: away", "store", "heartbeat: call failed", "notify: "):
        assert failure in log
