from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.errors import ConfigError
from config.settings import EngineSettings, Settings

SECOND = 1_000_000_000

EXAMPLE = """
[kafka]
bootstrap = "broker-1:9092, broker-2:9092"
topics = ["telemetry", "plant"]
group = "coolwatch"
start = "36h"
dead_letters = "telemetry.rejected"
[messages]
format = "telegraf"
[influxdb]
url = "http://localhost:8086/"
org = "facilities"
bucket = "cooling"
spool_mib = 512
[store]
url = "sqlite:///coolwatch.db"
[state]
snapshots = "snapshots"
checkpoint_every = "45s"
[engine]
tick = "5s"
lateness = "500ms"
max_ahead = "2m"
[notify]
urls = ["json://localhost"]
heartbeat_url = ""
[web]
listen = "[::1]:8081"
"""


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in [name for name in os.environ if name.upper().startswith("COOLWATCH_")]:
        monkeypatch.delenv(name)
    yield


def load(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "coolwatch.toml"
    path.write_text(text, encoding="utf-8")
    return Settings.load(path)


def test_every_key_has_a_default() -> None:
    settings = Settings.load(None)
    assert settings.kafka.bootstrap == "localhost:9092"
    assert settings.kafka.start == 24 * 3600 * SECOND
    assert settings.messages.format == "auto"
    assert settings.engine == EngineSettings()
    assert (settings.engine.tick, settings.engine.lateness) == (10 * SECOND, 10 * SECOND)
    assert settings.engine.max_ahead == 60 * SECOND
    assert settings.state.checkpoint_every == 30 * SECOND
    assert (settings.web.host, settings.web.port) == ("127.0.0.1", 8080)


def test_the_file_is_read(tmp_path: Path) -> None:
    settings = load(tmp_path, EXAMPLE)
    assert settings.kafka.topics == ("telemetry", "plant")
    assert settings.kafka.start == 36 * 3600 * SECOND
    assert settings.kafka.bootstrap == "broker-1:9092, broker-2:9092"
    assert settings.messages.format == "telegraf"
    assert settings.influxdb.url == "http://localhost:8086"
    assert settings.engine == EngineSettings(tick=5 * SECOND, lateness=SECOND // 2, max_ahead=120 * SECOND)
    assert settings.notify.urls == ("json://localhost",)
    assert (settings.web.host, settings.web.port) == ("::1", 8081)


def test_the_environment_overrides_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COOLWATCH_KAFKA__BOOTSTRAP", "other:9092")
    monkeypatch.setenv("COOLWATCH_KAFKA__TOPICS", "a, b")
    monkeypatch.setenv("COOLWATCH_NOTIFY__URLS", '["json://x?to=a,b"]')
    monkeypatch.setenv("COOLWATCH_ENGINE__TICK", "20s")
    monkeypatch.setenv("COOLWATCH_INFLUXDB__SCORES", "false")
    monkeypatch.setenv("COOLWATCH_INFLUXDB__URL", "")
    monkeypatch.setenv("COOLWATCH_SHARED", "not a setting")
    settings = load(tmp_path, EXAMPLE)
    assert settings.kafka.bootstrap == "other:9092"
    assert settings.kafka.topics == ("a", "b")
    assert settings.kafka.group == "coolwatch"
    assert settings.notify.urls == ("json://x?to=a,b",)
    assert settings.engine == EngineSettings(tick=20 * SECOND, lateness=SECOND // 2, max_ahead=120 * SECOND)
    assert settings.influxdb.scores is False
    assert settings.influxdb.url == ""


@pytest.mark.parametrize("start", ["earliest", "latest"])
def test_a_start_may_be_a_word(tmp_path: Path, start: str) -> None:
    assert load(tmp_path, f'[kafka]\nstart = "{start}"').kafka.start == start


def test_secrets_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COOLWATCH_INFLUXDB__TOKEN", "secret-1")
    monkeypatch.setenv("COOLWATCH_KAFKA__PASSWORD", "secret-2")
    monkeypatch.setenv("COOLWATCH_KAFKA__USERNAME", "reader")
    monkeypatch.setenv("COOLWATCH_KAFKA__SECURITY_PROTOCOL", "SASL_SSL")
    monkeypatch.setenv("COOLWATCH_KAFKA__SASL_MECHANISM", "PLAIN")
    settings = Settings.load(None)
    assert settings.influxdb.token == "secret-1"
    assert (settings.kafka.username, settings.kafka.password) == ("reader", "secret-2")
    assert "secret" not in repr(settings)


def test_secrets_come_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("s3cr3t\n")
    (tmp_path / "urls").write_text("json://a\njson://b?to=c,d\n")
    (tmp_path / "store").write_text("postgresql+psycopg://user:s3cr3t@db/coolwatch\n")
    monkeypatch.setenv("COOLWATCH_STORE__URL_FILE", str(tmp_path / "store"))
    text = f"""
    [influxdb]
    token_file = "{tmp_path / "token"}"
    [notify]
    urls_file = "{tmp_path / "urls"}"
    [store]
    url = "sqlite:///coolwatch.db"
    """
    settings = load(tmp_path, text)
    assert settings.influxdb.token == "s3cr3t"
    assert settings.notify.urls == ("json://a", "json://b?to=c,d")
    assert settings.store.url == "postgresql+psycopg://user:s3cr3t@db/coolwatch"
    assert "s3cr3t" not in repr(settings)


def test_the_site_file_lies_beside_the_settings(tmp_path: Path) -> None:
    assert load(tmp_path, "").site is None
    (tmp_path / "site.toml").write_text("")
    assert load(tmp_path, "").site == tmp_path / "site.toml"
    (tmp_path / "halls.toml").write_text("")
    assert load(tmp_path, 'site = "halls.toml"').site == tmp_path / "halls.toml"
    assert load(tmp_path, 'site = ""').site is None


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings.load(None).engine.tick = 1  # type: ignore[misc]


MISTAKES = {
    "not TOML": ("[kafka", "", "not TOML"),
    "unknown section": ("[kafak]\nx = 1", "kafak", "did you mean kafka?"),
    "no table": ("kafka = 1", "kafka", "write it as [kafka]"),
    "unknown key": ('[kafka]\nbootstrp = "x"', "kafka.bootstrp", "did you mean bootstrap?"),
    "several": ("[influxdb]\nspool_mib = 0\nevery = 0", "influxdb.every", "also wrong: influxdb.spool_mib"),
    "no unit": ("[engine]\ntick = 10", "engine.tick", "10s"),
    "no unit in text": ('[engine]\ntick = "10"', "engine.tick", "10s"),
    "too short": ('[engine]\ntick = "1ms"', "engine.tick", "from 1s to 10m"),
    "start": ('[kafka]\nstart = "soon"', "kafka.start", "earliest"),
    "choice": ('[messages]\nformat = "jsno"', "messages.format", "json"),
    "broker": ('[kafka]\nbootstrap = "localhost"', "kafka.bootstrap", "localhost:9092"),
    "no topic": ("[kafka]\ntopics = []", "kafka.topics", "keyed by zone"),
    "no login": ('[kafka]\nsecurity_protocol = "SASL_SSL"', "kafka", "sasl_mechanism and username"),
    "idle login": ('[kafka]\nsasl_mechanism = "PLAIN"', "kafka", "SASL_SSL or"),
    "URL": ('[influxdb]\nurl = "localhost:8086"', "influxdb.url", "http://"),
    "database": ('[store]\nurl = "coolwatch.db"', "store.url", "sqlite:///"),
    "address": ('[web]\nlisten = "8080"', "web.listen", "127.0.0.1:8080"),
    "time zone": ('[log]\ntime_zone = "Mars/Base"', "log.time_zone", "IANA"),
    "token in the file": ('[influxdb]\ntoken = "x"', "influxdb.token", "COOLWATCH_INFLUXDB__TOKEN"),
    "password in the file": ('[kafka]\npassword = "x"', "kafka.password", "password_file"),
    "password in the URL": ('[store]\nurl = "postgresql://u:p@h/d"', "store.url", "COOLWATCH_STORE__URL"),
    "secret's file": (
        '[influxdb]\ntoken_file = "nowhere"',
        "influxdb",
        "token_file 'nowhere' cannot be read",
    ),
    "site file": ('site = "nowhere.toml"', "site", "there is no file"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named(tmp_path: Path, mistake: str) -> None:
    text, key, hint = MISTAKES[mistake]
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    assert caught.value.where == str(tmp_path / "coolwatch.toml")
    assert caught.value.key == key
    assert hint in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("COOLWATCH_KAFKA__TPICS", "a", "did you mean topics?"),
        ("COOLWATCH_KAFAK__TOPICS", "a", "did you mean COOLWATCH_KAFKA?"),
        ("COOLWATCH_RULES_OFF", "door_open", "did you mean COOLWATCH_RULES__OFF?"),
        ("COOLWATCH_ENGINE__TICK", "10", "10s"),
        ("COOLWATCH_SITE", "nowhere.toml", "there is no file"),
    ],
)
def test_a_mistake_in_a_variable_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, hint: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError) as caught:
        Settings.load(None)
    assert caught.value.where == f"environment variable {name}"
    assert hint in str(caught.value)


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml: cannot be read"):
        Settings.load(tmp_path / "nowhere.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="not UTF-8"):
        Settings.load(tmp_path / "binary.toml")
