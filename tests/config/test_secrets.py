"""The settings' secrets are struck out of every text, however they are written there."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from config.reference import table_of
from config.secrets import Secrets, secrets_of
from config.settings import InfluxSettings, KafkaSettings, NotifySettings, Settings, StoreSettings

HARD = 'p@ss "w\\ö/rd'


def redactor(**sections):
    secrets = Secrets()
    secrets.hide(secrets_of(Settings(**sections)))
    return secrets.redacted


@pytest.mark.parametrize("written", [HARD, quote(HARD, safe=""), json.dumps(HARD), repr(HARD)])
def test_a_password_in_any_spelling(written):
    redacted = redactor(kafka=KafkaSettings(password=HARD))
    told = redacted(f"cannot log in with {written}: refused")
    assert "w" not in told.removeprefix("cannot log in with")
    assert told.endswith(": refused")


def test_a_password_inside_a_url():
    redacted = redactor(
        store=StoreSettings(url=f"postgresql+psycopg://me:{quote(HARD, safe='')}@db.example.org/cooling"),
        influxdb=InfluxSettings(url="http://me:s3cret@localhost:8086", token="tttttt=="),
    )
    assert redacted(f"{HARD} s3cret tttttt==") == "*** *** ***"
    assert redacted("db.example.org/cooling as me on localhost:8086") == (
        "db.example.org/cooling as me on localhost:8086"
    )


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", "POST /services/T1JJ3T3L2/A1BRTD4JD/x"),
        (
            "tgram://123456789:abcdefg_hijklmnop/12315544/",
            "api.telegram.org/bot123456789:abcdefg_hijklmnop/",
        ),
        ("mailto://me:hunter22@example.org", "login me hunter22"),
        (
            "json://localhost:8080/hook/Zx81ab?key=Qq77zz",
            "again: /hook/Zx81ab?key=Qq77zz at localhost:8080",
        ),
    ],
)
def test_tokens_of_a_notification_service(url, line):
    told = redactor(notify=NotifySettings(urls=(url,)))(line)
    assert "***" in told
    for secret in ("T1JJ3T3L2", "A1BRTD4JD", "abcdefg_hijklmnop", "hunter22", "Zx81ab", "Qq77zz"):
        assert secret not in told
    assert "localhost:8080" in told or "localhost" not in line


def test_ordinary_words_stay():
    redacted = redactor(
        notify=NotifySettings(
            urls=("json://localhost/services/hook",), heartbeat_url="https://hc-ping.com/ping/1b2c3d4e-0000"
        )
    )
    line = "services of hall-1: category operations, ping localhost"
    assert redacted(line) == line
    assert redacted("GET /ping/1b2c3d4e-0000 failed at hc-ping.com") == "GET *** failed at hc-ping.com"


def test_without_secrets_nothing_is_struck_out():
    assert redactor()("as it is") == "as it is"


def out_of_sight() -> list[tuple[str, str]]:
    """Section and name of each key that no representation shows."""
    return [
        (section, key)
        for section, field in Settings.model_fields.items()
        for key, own in getattr(table_of(field), "model_fields", {}).items()
        if not own.repr
    ]


@pytest.mark.parametrize(("section", "key"), out_of_sight())
def test_every_key_that_is_kept_out_of_sight_is_struck_out(section, key):
    url = "https://coolwatch:Zx81abQq77zz@example.com/Yw92cdRr88aa"
    table = getattr(Settings(), section)
    value = (url,) if isinstance(getattr(table, key), tuple) else url
    redacted = redactor(**{section: table.model_copy(update={key: value})})
    assert "Zx81abQq77zz" not in redacted(f"refused by {url}")
