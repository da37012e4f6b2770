"""A TCP proxy on 127.0.0.1 that stands before a service and can fail in the ways in which networks do."""

from __future__ import annotations

import socket
import struct
import threading
import time
from contextlib import suppress

SLOW_S = 2.0
_SERVER_ERROR = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
MODES = ("pass", "refuse", "reset", "hang", "slow", "error")


class Proxy:
    """``mode``: pass, refuse (nobody listens), reset, hang (nothing comes back), slow, error (HTTP 500)."""

    def __init__(self, port: int) -> None:
        """``port``: of the service behind it."""
        self._target = port
        self._mode = "pass"
        self._open: set[socket.socket] = set()
        self._listener: socket.socket | None = _listen(0)
        self.port = int(self._listener.getsockname()[1])
        self._start(self._listener)

    @property
    def mode(self) -> str:
        return self._mode

    def fail(self, mode: str) -> None:
        """Go into a mode, ``pass`` to heal; connections that are open are broken off."""
        assert mode in MODES
        self._mode = mode
        if mode == "refuse":
            self._stop_listening()
        elif self._listener is None:
            self._listener = _listen(self.port)
            self._start(self._listener)
        for each in list(self._open):
            _reset(each)

    def close(self) -> None:
        self.fail("refuse")

    def _stop_listening(self) -> None:
        if self._listener is not None:
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None

    def _start(self, listener: socket.socket) -> None:
        threading.Thread(target=self._accept, args=(listener,), name="proxy", daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        self._open.add(client)
        try:
            if self._mode == "reset":
                _reset(client)
            elif self._mode == "error":
                client.recv(1 << 16)
                client.sendall(_SERVER_ERROR)
            else:
                self._pass(client)
        except OSError:
            pass
        finally:
            self._open.discard(client)
            client.close()

    def _pass(self, client: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", self._target)) as server:
            back = threading.Thread(target=self._copy, args=(server, client, True), daemon=True)
            back.start()
            self._copy(client, server, False)
            back.join()

    def _copy(self, source: socket.socket, target: socket.socket, answers: bool) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 16):
                if answers and self._mode == "slow":
                    time.sleep(SLOW_S)
                while answers and self._mode == "hang":
                    time.sleep(0.1)
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


def _listen(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(64)
    return listener


def _reset(connection: socket.socket) -> None:
    """Close with an RST, as a host that went down and came back does."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RDWR)
        connection.close()
