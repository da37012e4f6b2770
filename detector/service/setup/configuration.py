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

ALWAYS_ON = {
    **dict.fromkeys(("limit", "limits", "limit_unconfirmed"), "limits"),
    **dict.fromkeys(("clock", "clocks", "bad_clock", "clock_step"), "clocks"),
}
"""What may be taken for a rule, and is always looked at."""
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
    wrong = [_no_rule(name, names) for name in dict.fromkeys(off) if name not in names]
    if wrong:
        raise ConfigError(where, "rules.off", "; ".join(wrong), f"the rules are: {', '.join(names)}")


def _no_rule(name: str, names: Sequence[str]) -> str:
    """What a name is that is no rule's."""
    if name.lower() in ALWAYS_ON:
        return f'"{name}": {ALWAYS_ON[name.lower()]} cannot be switched off'
    tellers = [rule.name for rule in RULES if name in rule.faults]
    if tellers:
        return f'"{name}" is a fault, told by {", ".join(tellers)}, not a rule'
    near = nearest(name, names)
    return f'no rule "{name}"' + (f", did you mean {near}?" if near is not None else "")


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
