"""A small HTTP server that clients cannot wear out: slow ones, many at once, and endless requests.

Each connection has one deadline for all it does, from the accept to the last
byte. There is room for a few at a time; where one more comes, the oldest goes,
so that whoever asks in good faith is answered though others hold on. So the
server never takes more than a few descriptors, and leaves those that
checkpoints need.
"""

from __future__ import annotations

import resource
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from socketserver import TCPServer
from typing import Any

DEADLINE_S = 5.0
MOST_CLIENTS = 16
SHARE_OF_DESCRIPTORS = 8
"""Clients take at most one in so many of the descriptors that the process may have."""
MOST_REQUEST_BYTES = 8192
NO_DESCRIPTOR_PAUSE_S = 0.1


class BoundedServer(ThreadingHTTPServer):
    """Serves with a handler that is a `BoundedHandler`, from daemon threads."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], handler: type[BoundedHandler]) -> None:
        self._since: dict[socket.socket, float] = {}  # oldest first
        self._turn = threading.Lock()
        descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.most_clients = max(1, min(MOST_CLIENTS, descriptors // SHARE_OF_DESCRIPTORS))
        super().__init__(address, handler)

    def server_bind(self) -> None:
        """Without HTTPServer's question to the name service, which may take its time."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a client. Raises OSError, after a pause where no descriptor is left."""
        try:
            return super().get_request()
        except OSError:
            time.sleep(NO_DESCRIPTOR_PAUSE_S)  # no descriptor left: the client waits, and this does not spin
            raise

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a client, cutting off the oldest where there are too many."""
        with self._turn:
            full = len(self._since) >= 2 * self.most_clients  # those cut off have not ended yet
            if not full:
                self._since[request] = time.monotonic()
                for oldest in list(self._since)[: -self.most_clients]:
                    _cut_off(oldest)
        if full:
            super().shutdown_request(request)
        else:
            super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a client's connection, and forget it."""
        super().shutdown_request(request)
        with self._turn:
            self._since.pop(request, None)

    def service_actions(self) -> None:
        """Called twice a second by `serve_forever`."""
        late = time.monotonic() - DEADLINE_S
        with self._turn:
            for request in [each for each, since in self._since.items() if since < late]:
                _cut_off(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that broke off, or was cut off, is not worth a line in the log."""


class BoundedHandler(BaseHTTPRequestHandler):
    """A handler of requests that reads no more of them than is bearable, and for no longer."""

    timeout = DEADLINE_S

    def setup(self) -> None:
        """Bound what is read of the request."""
        super().setup()
        self.rfile = _Bounded(self.rfile)

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not worth a line each in the log."""


class _Bounded(BufferedIOBase):
    """The beginning of a request; what lies beyond the bound is as if it had never been sent."""

    def __init__(self, whole: BufferedIOBase) -> None:
        self._whole = whole
        self._left = MOST_REQUEST_BYTES

    def readline(self, size: int | None = -1) -> bytes:
        bound = self._left if size is None or size < 0 else min(size, self._left)
        line = self._whole.readline(bound)
        self._left -= len(line)
        return line

    def close(self) -> None:
        self._whole.close()
        super().close()


def _cut_off(connection: socket.socket) -> None:
    """Whoever waits for it goes on at once, with nothing read or written."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it has ended by itself
