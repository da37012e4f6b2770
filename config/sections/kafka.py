"""[kafka]: where the telemetry comes from."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from config.errors import Mistake
from config.sections.section import Names, Section, between
from config.times import SECOND, Duration, parse_duration


def parse_start(value: object) -> str | int:
    """``earliest``, ``latest`` or nanoseconds back. Raises Mistake."""
    if value in ("earliest", "latest"):
        return str(value)
    try:
        return parse_duration(value)
    except Mistake as error:
        raise Mistake(
            f"{value!r} is no place to start", 'earliest, latest or a duration back, as in "24h"'
        ) from error


def _bootstrap(value: str) -> str:
    for server in value.split(","):
        host, _, port = server.strip().rpartition(":")
        if not host or not port.isdigit() or not 0 < int(port) < 65_536:
            raise Mistake(f"{server.strip()!r} is no broker", 'host:port, as in "localhost:9092"')
    return value


class KafkaSettings(Section):
    bootstrap: Annotated[str, AfterValidator(_bootstrap)] = Field(
        default="localhost:9092", description="brokers to ask first, host:port, with commas between them"
    )
    topics: Annotated[Names, Field(min_length=1)] = Field(
        default=("telemetry",), description="topics with telemetry, each keyed by zone"
    )
    group: str = Field(
        default="coolwatch",
        min_length=1,
        description="consumer group; instances of one group share the partitions",
    )
    start: Annotated[str | int, BeforeValidator(parse_start)] = Field(
        default=24 * 3600 * SECOND,
        description="earliest, latest or a duration back: where to start where the group has no offset",
    )
    dead_letters: str = Field(
        default="telemetry.rejected", description="topic for what cannot be used; empty: only counted"
    )
    fast: bool = Field(
        default=True,
        description="walk whole record batches; false takes the slower ordinary way of the library",
    )
    session_timeout: Annotated[Duration, between("1s", "5m")] = Field(
        default=10 * SECOND,
        description="after a silence this long the group gives the partitions to another instance",
    )
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT", description="PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL"
    )
    sasl_mechanism: Literal["", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        default="", description="PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512, with a SASL protocol"
    )
    username: str = Field(default="", description="SASL user")
    password: str = Field(default="", repr=False, description="SASL password")
    password_file: str = Field(default="", description="file that holds the password")
    ssl_cafile: str = Field(default="", description="certificates to trust, PEM; empty: those of the system")
    ssl_certfile: str = Field(default="", description="own certificate, PEM")
    ssl_keyfile: str = Field(default="", description="key of the own certificate, PEM")

    def client_options(self) -> dict[str, Any]:
        """What every Kafka client of this process needs, as keyword arguments of kafka-python."""
        options: dict[str, Any] = {
            "bootstrap_servers": [server.strip() for server in self.bootstrap.split(",")],
            "security_protocol": self.security_protocol,
        }
        if self.sasl_mechanism:
            options["sasl_mechanism"] = self.sasl_mechanism
            options["sasl_plain_username"] = self.username
            options["sasl_plain_password"] = self.password
        for name in ("ssl_cafile", "ssl_certfile", "ssl_keyfile"):
            if getattr(self, name):
                options[name] = getattr(self, name)
        return options
