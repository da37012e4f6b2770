"""How to reach a Kafka cluster: what consumers, producers and checks have in common."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Connection:
    """Where the brokers are and how to log in; ``password`` is left out of its repr."""

    bootstrap: str = "localhost:9092"
    """One ``host:port``, or several with commas between."""
    security_protocol: str = "PLAINTEXT"
    ca_file: str | None = None
    sasl_mechanism: str | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    def options(self) -> dict[str, Any]:
        """Keyword arguments for kafka-python's clients."""
        return {
            "bootstrap_servers": [part.strip() for part in self.bootstrap.split(",")],
            "client_id": "coolwatch",
            "security_protocol": self.security_protocol,
            "ssl_cafile": self.ca_file,
            "sasl_mechanism": self.sasl_mechanism,
            "sasl_plain_username": self.user,
            "sasl_plain_password": self.password,
        }
