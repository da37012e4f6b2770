"""The services that all rounds share, and the stage that each round has for itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from kafka import KafkaAdminClient
from kafka.admin import NewTopic

from benchmarks.chaos.broker import MortalBroker
from benchmarks.chaos.disk import Disk, small_disk
from benchmarks.chaos.halls import SITE
from benchmarks.chaos.instance import Instance
from benchmarks.chaos.plan import Plan
from benchmarks.chaos.proxy import Proxy
from benchmarks.chaos.receiver import SECRET, Receiver
from tests.services import ServiceMissing
from tests.services.influxdb import InfluxDB, running_influxdb
from tests.services.kafka import running_kafka
from tests.services.postgresql import running_postgresql

_STAMPED = {"message.timestamp.type": "LogAppendTime"}
"""A record is there from when the broker has it, however long its producer tried."""


@dataclass
class World:
    broker: MortalBroker
    influxdb: InfluxDB
    postgresql: str | None
    """Its URL; None where it is not to be had, and SQLite stands in."""


@contextmanager
def world() -> Iterator[World]:
    """Raises ServiceMissing where there is no broker or no InfluxDB to be had."""
    with ExitStack() as parts:
        broker = MortalBroker(parts.enter_context(running_kafka()))
        parts.callback(broker.close)
        influxdb = parts.enter_context(running_influxdb())
        try:
            postgresql = parts.enter_context(running_postgresql())
        except ServiceMissing:
            postgresql = None
        yield World(broker, influxdb, postgresql)


@dataclass
class Stage:
    """One round's topic, instances, and whatever stands behind them."""

    world: World
    folder: Path
    topic: str
    rejected: str
    disk: Disk | None
    influxdb: Proxy
    store: Proxy | None
    """Before PostgreSQL; None for SQLite."""
    store_url: str
    """Past the proxy."""
    receiver: Receiver
    instances: list[Instance]
    switch: Path
    """See `faulty_daemon`."""
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def site(self) -> Path:
        return self.folder / "site.toml"

    @property
    def snapshots(self) -> Path:
        return self.folder / "state" / "snapshots"


@contextmanager
def stage(world: World, plan: Plan, name: str, folder: Path) -> Iterator[Stage]:
    """Make all that a round needs; afterwards no process is left."""
    with ExitStack() as parts:
        folder.mkdir(parents=True)
        (folder / "site.toml").write_text(SITE)
        rejected = f"{name}-rejected"
        with KafkaAdminClient(bootstrap_servers=world.broker.bootstrap) as admin:
            admin.create_topics(
                [NewTopic(name, plan.partitions, 1, topic_configs=_STAMPED), NewTopic(rejected, 1, 1)]
            )
        state = folder / "state"
        disk = parts.enter_context(small_disk(state))
        influxdb = _closed(parts, Proxy(_port(world.influxdb.url)))
        receiver = Receiver()
        parts.callback(receiver.close)
        store, store_url, url = None, f"sqlite:///{state / 'coolwatch.db'}", ""
        if world.postgresql is not None:
            store = _closed(parts, Proxy(_port(world.postgresql)))
            store_url = _schema(world.postgresql, name)
            url = store_url.replace(f":{_port(world.postgresql)}/", f":{store.port}/")
            url = url.replace("@", f":{SECRET}@", 1)
        switch = folder / "broken"
        settings = {
            "KAFKA__GROUP": name,
            "KAFKA__DEAD_LETTERS": rejected,
            "INFLUXDB__URL": f"http://127.0.0.1:{influxdb.port}",
            "STORE__URL": url or store_url,
            "NOTIFY__URLS": str(receiver.urls).replace("'", '"'),
            "NOTIFY__HEARTBEAT_URL": receiver.heartbeat,
        }
        instances = []
        for number in range(plan.instances):
            spool = {"INFLUXDB__SPOOL": str(state / f"spool-{number}")}
            instance = Instance(
                folder / f"instance-{number}",
                world.broker.broker,
                name,
                folder / "site.toml",
                world.influxdb,
                state / "snapshots",
                switch,
                settings | spool,
            )
            parts.callback(instance.kill)
            instances.append(instance)
        yield Stage(
            world, folder, name, rejected, disk, influxdb, store, store_url, receiver, instances, switch
        )


def _closed(parts: ExitStack, proxy: Proxy) -> Proxy:
    parts.callback(proxy.close)
    return proxy


def _port(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port


def _schema(url: str, name: str) -> str:
    """A database of the round's own."""
    import psycopg

    database = name.replace("-", "_")
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f'create database "{database}"'.encode())
    return url.rpartition("/")[0] + f"/{database}"
