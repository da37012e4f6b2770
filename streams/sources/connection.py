"""How to reach a Kafka cluster: what consumers, producers and checks have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from kafka.errors import KafkaConfigurationError, KafkaError
from kafka.net.compat import KafkaNetClient

from streams.errors import BrokerAway

Client = TypeVar("Client")


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

    def open(self, kind: Callable[..., Client], **options: Any) -> Client:
        """Make one of kafka-python's clients: ``KafkaConsumer``, ``KafkaProducer``, ``KafkaAdminClient``.

        Raises:
            BrokerAway: No broker answers, or none lets us in.
        """
        opened: list[KafkaNetClient] = []

        def remembered(**arguments: Any) -> KafkaNetClient:
            opened.append(KafkaNetClient(**arguments))
            return opened[-1]

        try:
            with broker_errors():
                return kind(kafka_client=remembered, **self._options(), **options)
        except BaseException:
            # A constructor that fails leaves its sockets and its thread behind.
            for client in opened:
                client.close()
            raise

    def _options(self) -> dict[str, Any]:
        return {
            "bootstrap_servers": [part.strip() for part in self.bootstrap.split(",")],
            "client_id": "coolwatch",
            "security_protocol": self.security_protocol,
            "ssl_cafile": self.ca_file,
            "sasl_mechanism": self.sasl_mechanism,
            "sasl_plain_username": self.user,
            "sasl_plain_password": self.password,
        }


@contextmanager
def broker_errors() -> Iterator[None]:
    """Turn the library's errors into `BrokerAway`; wrong settings stay what they are."""
    try:
        yield
    except KafkaConfigurationError:
        raise
    except KafkaError as away:
        raise BrokerAway(str(away)) from away
