"""[kafka]: where the telemetry comes from."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from config.errors import Mistake
from config.sections.section import Names, Section
from config.times import SECOND, parse_duration


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
    """Where telemetry is read from, and how."""

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

    @model_validator(mode="after")
    def _check_login(self) -> Self:
        wants_login = self.security_protocol.startswith("SASL")
        if wants_login and not (self.sasl_mechanism and self.username):
            remedy = "set sasl_mechanism and username too"
            raise Mistake(f"security_protocol {self.security_protocol} needs a login", remedy)
        if self.sasl_mechanism and not wants_login:
            remedy = "set it to SASL_SSL or SASL_PLAINTEXT"
            raise Mistake(f"sasl_mechanism is not used by security_protocol {self.security_protocol}", remedy)
        return self
