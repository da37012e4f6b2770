"""A broker that is killed, frozen and started again on the same port and disk."""

from __future__ import annotations

import signal
import socket
import subprocess
import time

from tests.services import end
from tests.services.kafka import Broker

PATIENCE_S = 120.0


class MortalBroker:
    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.bootstrap = broker.bootstrap
        self._process = broker.process

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def start(self) -> None:
        """As it was started first; returns when it can be reached."""
        folder = self.broker.logs.parent
        with (folder / "broker.log").open("ab") as out:
            self._process = subprocess.Popen(
                self.broker.process.args, cwd=folder, stdout=out, stderr=subprocess.STDOUT
            )
        host, _, port = self.bootstrap.partition(":")
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex((host, int(port))) == 0:
                    return
            time.sleep(0.1)
        raise RuntimeError("the broker did not come back")

    def close(self) -> None:
        self.thaw()
        end(self._process)
