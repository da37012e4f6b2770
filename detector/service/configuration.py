"""Settings and site model as a command finds them, and the Kafka connection they describe."""

from __future__ import annotations

from pathlib import Path

from config.secrets import hide, secrets_of
from config.settings import KafkaSettings, Settings
from config.site import Site
from streams.sources.connection import Connection

DEFAULT_SETTINGS = Path("coolwatch.toml")


def load(config: Path | None, site: Path | None) -> tuple[Settings, Site]:
    """What ``--config`` and ``--site`` name, else the usual files where there are any.

    Their secrets are struck out of everything that is said from here on. Raises ConfigError.
    """
    if config is None and DEFAULT_SETTINGS.is_file():
        config = DEFAULT_SETTINGS
    settings = Settings.load(config)
    hide(secrets_of(settings))
    path = site or settings.site
    return settings, Site.load(path) if path is not None else Site.empty()


def connection(kafka: KafkaSettings, bootstrap: str | None = None) -> Connection:
    """How to reach Kafka; ``bootstrap`` from the command line goes before the settings."""
    return Connection(
        bootstrap=bootstrap or kafka.bootstrap,
        security_protocol=kafka.security_protocol,
        ca_file=kafka.ssl_cafile or None,
        sasl_mechanism=kafka.sasl_mechanism or None,
        user=kafka.username or None,
        password=kafka.password or None,
    )
