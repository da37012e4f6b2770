"""All settings: coolwatch.toml, overridden by environment variables.

``COOLWATCH_KAFKA__BOOTSTRAP`` overrides ``bootstrap`` of ``[kafka]``. Secrets
come from the environment or from files of their own, never from the TOML.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from config.errors import ConfigError
from config.explain import Location, config_error, dotted
from config.sections.engine import EngineSettings
from config.sections.influxdb import InfluxSettings
from config.sections.kafka import KafkaSettings
from config.sections.log import LogSettings
from config.sections.messages import MessagesSettings
from config.sections.notify import NotifySettings
from config.sections.rules import RulesSettings
from config.sections.state import StateSettings
from config.sections.store import StoreSettings
from config.sections.web import WebSettings
from config.suggest import suggestion

__all__ = [
    "EngineSettings",
    "InfluxSettings",
    "KafkaSettings",
    "LogSettings",
    "MessagesSettings",
    "NotifySettings",
    "RulesSettings",
    "Settings",
    "StateSettings",
    "StoreSettings",
    "WebSettings",
]

PREFIX = "COOLWATCH_"
DEFAULTS = "defaults"


class Settings(BaseSettings):
    """All settings, frozen; made by `load`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True, env_ignore_empty=False
    )

    site: Path | None = Field(
        default=Path("site.toml"),
        description="the site file, relative to this file; without one everything comes from the ids",
    )
    kafka: KafkaSettings = Field(default=KafkaSettings(), description="where the telemetry comes from")
    messages: MessagesSettings = Field(default=MessagesSettings(), description="how it is written")
    log: LogSettings = Field(default=LogSettings(), description="how recorded logs are written")
    engine: EngineSettings = Field(
        default=EngineSettings(), description="how the detector steps through time"
    )
    rules: RulesSettings = Field(default=RulesSettings(), description="what is looked for beside limits")
    influxdb: InfluxSettings = Field(default=InfluxSettings(), description="where the scores go")
    store: StoreSettings = Field(default=StoreSettings(), description="where incidents are kept")
    state: StateSettings = Field(default=StateSettings(), description="what a restart goes on from")
    notify: NotifySettings = Field(default=NotifySettings(), description="whom to tell")
    web: WebSettings = Field(default=WebSettings(), description="/metrics, /health and the console")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment first, then what the file says."""
        return env_settings, init_settings

    @classmethod
    def load(cls, path: Path | str | None = None) -> Settings:
        """The settings of a TOML file (None: the defaults) and the environment.

        ``site`` is then the path of a file that is there, or None. Raises
        ConfigError, which names the file or variable, the key and what would be right.
        """
        where = DEFAULTS if path is None else str(path)
        data = {} if path is None else _read(Path(path))
        _check_secrets(data, where)
        _check_environment()
        _drop_replaced(data)
        try:
            settings = cls(**data)
        except ValidationError as error:
            raise config_error(lambda at: source_of(at, where), error, cls) from error
        except SettingsError as error:
            raise ConfigError("environment", "", str(error), "write the value as JSON") from error
        folder = Path() if path is None else Path(path).parent
        return settings.model_copy(update={"site": settings._find_site(folder, where)})

    def _find_site(self, folder: Path, where: str) -> Path | None:
        if self.site is None or self.site == Path():
            return None
        site = folder / self.site
        if site.is_file():
            return site
        if "site" in self.model_fields_set:
            problem = f"there is no file {site}"
            raise ConfigError(
                source_of(("site",), where), "site", problem, "a path relative to the settings file"
            )
        return None


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        remedy = "coolwatch init writes a first coolwatch.toml"
        raise ConfigError(str(path), "", f"cannot be read: {error.strerror}", remedy) from error
    except UnicodeDecodeError as error:
        raise ConfigError(str(path), "", f"not UTF-8 at byte {error.start}", "save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(str(path), "", f"not TOML: {error}") from error


def variable(location: Location) -> str:
    """The environment variable that overrides a setting."""
    return PREFIX + "__".join(str(part) for part in location).upper()


def source_of(location: Location, where: str) -> str:
    """The environment variable that gives a setting, else ``where``: the file, or the defaults."""
    for end in range(len(location), 0, -1):
        if variable(location[:end]) in os.environ:
            return f"environment variable {variable(location[:end])}"
    return where


def _check_secrets(data: dict[str, Any], where: str) -> None:
    for location in (("influxdb", "token"), ("kafka", "password")):
        section, key = location
        if isinstance(data.get(section), dict) and data[section].get(key):
            remedy = f"set {variable(location)}, or {key}_file to a file that holds it"
            raise ConfigError(where, dotted(location), "a secret does not belong into this file", remedy)
    store = data.get("store")
    url = store.get("url") if isinstance(store, dict) else None
    if isinstance(url, str) and urlsplit(url).password:
        remedy = f"set {variable(('store', 'url'))}, or url_file to a file that holds it"
        raise ConfigError(where, "store.url", "a password does not belong into this file", remedy)


def _drop_replaced(data: dict[str, Any]) -> None:
    """A ``..._file`` in the environment overrides the value that the settings file gives."""
    for section, table in data.items():
        for key in list(table) if isinstance(table, dict) else ():
            of_file, own = variable((section, f"{key}_file")), variable((section, key))
            if of_file in os.environ and own not in os.environ:
                del table[key]


def _check_environment() -> None:
    """A variable for a section that does not exist would else be passed over in silence."""
    sections = {variable((name,)) for name in Settings.model_fields}
    for name in sorted(os.environ):
        section, nested, _ = name.upper().partition("__")
        alone = next((s for s in sections if not nested and section.startswith(f"{s}_")), None)
        if alone is not None:
            meant = f"{alone}__{section[len(alone) + 1 :]}"
            raise ConfigError(f"environment variable {name}", "", "it sets nothing", f"did you mean {meant}?")
        if nested and section.startswith(PREFIX) and section not in sections:
            remedy = suggestion(section, sections)
            raise ConfigError(f"environment variable {name}", "", "there is no such section", remedy)
