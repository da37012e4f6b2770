"""Who is told: an HTTP server that books every message, and can refuse, dawdle or be away."""

from __future__ import annotations

import json
import re
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SLOW_S = 8.0
"""Within the time-out of who sends: an answer that comes after it is a message that must be sent again."""
SECRET = "never-to-be-told"
"""Stands in every URL that has a place for a secret; no line of a log may hold it."""
_INCIDENT = re.compile(r"^Incident (\S+) in zone (\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Delivery:
    at: float
    """Wall clock, s since the epoch."""
    channel: str
    incident: str
    zone: str
    title: str


class Receiver:
    """Messages to ``/good`` always arrive; those to ``/bad`` as `mode` says; a GET is the heartbeat."""

    def __init__(self) -> None:
        self.mode = "ok"
        """Of ``/bad``: ``ok``, ``refuse`` (500) or ``slow``."""
        self.deliveries: list[Delivery] = []
        self.beats = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, name="receiver", daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def urls(self) -> list[str]:
        """Apprise's URLs of the two channels."""
        return [f"json://coolwatch:{SECRET}@127.0.0.1:{self.port}/{channel}" for channel in ("good", "bad")]

    @property
    def heartbeat(self) -> str:
        return f"http://127.0.0.1:{self.port}/beat/{SECRET}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def take(self, path: str, body: bytes) -> int:
        """Book a message; the HTTP status to answer with."""
        channel = path.strip("/")
        if channel == "bad" and self.mode == "slow":
            time.sleep(SLOW_S)
        if channel == "bad" and self.mode == "refuse":
            return 500
        said = json.loads(body)
        named = _INCIDENT.search(said["message"])
        incident, zone = named.groups() if named else ("", "")
        self.deliveries.append(Delivery(time.time(), channel, incident, zone, said["title"]))
        return 200


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            receiver.beats += 1
            self._answer(200)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(receiver.take(self.path, body))

        def _answer(self, code: int) -> None:
            self.send_response(code)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """The book is enough."""

    return Handler
