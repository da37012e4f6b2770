"""Settings and site model as a command finds them, and the Kafka connection they describe."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from config.errors import ConfigError
from config.secrets import hide, secrets_of
from config.settings import KafkaSettings, Settings, source_of
from config.site import Site
from config.suggest import nearest
from detector.rules import RULES
from streams.sources.connection import Connection

DEFAULT_SETTINGS = Path("coolwatch.toml")


def load(config: Path | None, site: Path | None) -> tuple[Settings, Site]:
    """What ``--config`` and ``--site`` name, else the usual files where there are any.

    Their secrets are struck out of everything that is said from here on. Raises ConfigError.
    """
    if config is None and DEFAULT_SETTINGS.is_file():
        config = DEFAULT_SETTINGS
    settings = Settings.load(config)
    _check_rules(settings.rules.off, source_of(("rules", "off"), str(config or "defaults")))
    hide(secrets_of(settings))
    path = site or settings.site
    return settings, Site.load(path) if path is not None else Site.empty()


def _check_rules(off: Sequence[str], where: str) -> None:
    """Raises ConfigError for a name that is no rule's."""
    names = [rule.name for rule in RULES]
    for name in off:
        if name not in names:
            near = nearest(name, names)
            meant = f"did you mean {near}? " if near is not None else ""
            problem = "limits cannot be switched off" if name.startswith("limit") else f"no rule {name!r}"
            raise ConfigError(where, "rules.off", problem, f"{meant}The rules are: {', '.join(names)}")


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
