"""``coolwatch check`` without a broker: what it says of disks and InfluxDB, and that it makes nothing."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from detector.rules import RULES
from detector.service.daemon.metrics import StatusServer
from detector.service.setup.check import findings
from detector.service.setup.finding import Finding
from tests.services import ServiceMissing, skip_or_fail
from tests.services.influxdb import InfluxDB
from tests.services.small_disk import small_disk

REPOSITORY = Path(__file__).parents[4]
OPEN_TO_ALL = "import os; os.umask(0); from detector.service.cli import main; main()"


def check(folder: Path, **environment: str) -> dict[str, dict[str, object]]:
    """The findings of a check in ``folder``, by what they are about; no broker answers."""
    settings = {"KAFKA__BOOTSTRAP": "127.0.0.1:9", "INFLUXDB__URL": "", "WEB__LISTEN": ""} | environment
    done = coolwatch(folder, "check --json", settings)
    assert done.returncode == 1, done.stderr
    return {finding["about"]: finding for finding in json.loads(done.stdout)}


def coolwatch(folder: Path, command: str, settings: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """A process of its own in ``folder``, with nothing private by its umask."""
    return subprocess.run(
        [sys.executable, "-c", OPEN_TO_ALL, *command.split()],
        cwd=folder,
        env=os.environ
        | {"PYTHONPATH": str(REPOSITORY)}
        | {f"COOLWATCH_{key}": value for key, value in settings.items()},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_before_the_first_run_it_makes_nothing(tmp_path: Path) -> None:
    found = check(tmp_path)
    for about, says in {
        "spool": "spool can be made",
        "snapshots": "snapshots can be made",
        "store": "coolwatch.db is made by the first run",
        "disk": "0.0 of 4096 MiB used",
    }.items():
        assert found[about]["right"], found[about]
        assert says in str(found[about]["says"])
    assert list(tmp_path.iterdir()) == []


def test_a_spool_that_cannot_be_written_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    for spool in ("file", "file/spool"):
        found = check(tmp_path, INFLUXDB__SPOOL=spool)["spool"]
        assert not found["right"]
        assert "Not a directory" in str(found["says"])
        assert "[influxdb] spool" in str(found["remedy"])


def test_a_spool_on_a_disk_that_takes_nothing_is_wrong(tmp_path: Path) -> None:
    try:
        with small_disk(tmp_path / "spool") as disk:
            subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
            found = check(tmp_path)["spool"]
    except ServiceMissing as missing:
        skip_or_fail(missing)
    assert not found["right"] and "Read-only file system" in str(found["says"])
    assert "[influxdb] spool" in str(found["remedy"])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_spool_without_rights_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir(mode=0o500)
    found = check(tmp_path)["spool"]
    assert not found["right"] and "Permission denied" in str(found["says"])


def test_more_than_the_budget_is_wrong_and_named(tmp_path: Path) -> None:
    (tmp_path / "snapshots").mkdir()
    (tmp_path / "snapshots" / "large").write_bytes(bytes(2 << 20))
    found = check(tmp_path, STATE__DISK_MIB="1")["disk"]
    assert not found["right"]
    assert "2.0 of 1 MiB used" in str(found["says"]) and "snapshots 2.0 MiB in" in str(found["says"])
    assert "MiB are free on the disk of spool, snapshots, store" in str(found["says"])
    assert "[state] disk_mib" in str(found["remedy"])


def test_beside_a_running_coolwatch_it_says_so(tmp_path: Path) -> None:
    server = StatusServer("127.0.0.1:0")
    try:
        found = check(tmp_path, WEB__LISTEN=f"127.0.0.1:{server.port}")["web"]
    finally:
        server.close()
    assert found["right"], found
    assert f"is running on 127.0.0.1:{server.port}, and says: ok" in str(found["says"])


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.0 200 OK\r\n\r\n{}", b"SSH-2.0-hello\r\n"])
def test_a_port_that_something_else_has_is_wrong(tmp_path: Path, answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:

        def serve() -> None:
            there, _ = other.accept()
            with there:
                there.recv(1000)
                there.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        found = check(tmp_path, WEB__LISTEN=f"127.0.0.1:{other.getsockname()[1]}")["web"]
    assert not found["right"]
    assert "Address already in use" in str(found["says"])
    assert "[web] listen" in str(found["remedy"])


def test_a_start_without_a_spool_that_can_be_used_names_the_key(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    settings = {"KAFKA__BOOTSTRAP": "127.0.0.1:9", "INFLUXDB__SPOOL": "file", "WEB__LISTEN": ""}
    done = coolwatch(tmp_path, "run", settings)
    assert done.returncode == 2
    assert "influxdb.spool" in done.stderr and "a folder that can be written" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.influxdb
def test_a_token_that_is_refused_names_where_tokens_are_given(tmp_path: Path, influxdb: InfluxDB) -> None:
    there = {
        "INFLUXDB__URL": influxdb.url,
        "INFLUXDB__ORG": influxdb.org,
        "INFLUXDB__BUCKET": influxdb.bucket,
    }
    assert check(tmp_path, **there, INFLUXDB__TOKEN=influxdb.token)["influxdb"]["right"]
    for token in ("wrong", reader(influxdb)):
        found = check(tmp_path, **there, INFLUXDB__TOKEN=token)["influxdb"]
        assert not found["right"]
        assert "COOLWATCH_INFLUXDB__TOKEN" in str(found["remedy"]), found
        assert token not in json.dumps(found)


def reader(influxdb: InfluxDB) -> str:
    """A token that may read and not write."""

    def ask(path: str, body: dict[str, object] | None = None) -> dict[str, list[dict[str, str]]]:
        request = urllib.request.Request(
            influxdb.url + path,
            data=json.dumps(body).encode() if body else None,
            headers={"Authorization": f"Token {influxdb.token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return dict(json.load(answer))

    org = ask(f"/api/v2/orgs?org={influxdb.org}")["orgs"][0]["id"]
    permission = {"action": "read", "resource": {"type": "buckets", "orgID": org}}
    return str(ask("/api/v2/authorizations", {"orgID": org, "permissions": [permission]})["token"])


def findings_with(folder: Path, rules: str) -> Iterator[Finding]:
    (folder / "coolwatch.toml").write_text(f"[rules]\noff = {rules}\n", encoding="utf-8")
    return findings(folder / "coolwatch.toml", None)


def test_it_says_which_rules_are_switched_off(tmp_path: Path) -> None:
    says = [f.says for f in islice(findings_with(tmp_path, '["door_open"]'), 3) if f.about == "rules"]
    assert says == [f"switched off: door_open; the other {len(RULES) - 1} are on, beside the limits"]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("dor_open", 'no rule "dor_open", did you mean door_open?'),
        ("Limits", '"Limits": limits cannot be switched off'),
        ("bad_clock", "clocks cannot be switched off"),
        ("fan_failed", '"fan_failed" is a fault, told by unit_failed,'),
        ('nothing", "dor_open', 'no rule "nothing"; no rule "dor_open"'),
    ],
)
def test_a_rule_that_there_is_not_is_named_with_those_that_there_are(
    tmp_path: Path, name: str, problem: str
) -> None:
    (found,) = findings_with(tmp_path, f'["{name}"]')
    assert not found.right
    assert "coolwatch.toml: rules.off: " in found.says and problem in found.says
    assert all(rule.name in found.remedy for rule in RULES)
