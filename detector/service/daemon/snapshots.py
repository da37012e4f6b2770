"""Snapshots of a partition, in any place that fsspec reaches.

One file a snapshot, named by the offset to go on from and the generation that
wrote it, both padded with zeros: the newest snapshot is the last name. A stale
owner can therefore never overwrite what a later one wrote. A file is written
whole or not at all, and is checked before anything in it is believed.
"""

from __future__ import annotations

import contextlib
import os
import platform
import re
import struct
import time
from dataclasses import dataclass
from pathlib import Path

import crc32c
import fsspec
import zstandard
from fsspec.implementations.local import LocalFileSystem

DRAFT_S = 3600.0
KEPT = 3
"""How many snapshots of a partition stay: the newest, and what to fall back on if it is damaged."""

_MAGIC = b"coolwatch snapshot 1\n"
_HEAD = struct.Struct(">IQ")  # CRC-32C and length of the body
_NAME = re.compile(r"^(\d{20})-(\d{10})\.snapshot$")


class DamagedSnapshot(Exception):
    """The file is no snapshot of this version, or is not what was written."""


@dataclass(frozen=True, slots=True, order=True)
class SnapshotName:
    """Where a snapshot goes on from, and the generation that wrote it; later ones sort higher."""

    offset: int
    generation: int

    def __str__(self) -> str:
        return f"{self.offset:020d}-{self.generation:010d}.snapshot"

    @staticmethod
    def parse(text: str) -> SnapshotName | None:
        """The name that a file bears; None where it is no snapshot's."""
        match = _NAME.match(text)
        return SnapshotName(int(match[1]), int(match[2])) if match else None


def seal_file(body: bytes) -> bytes:
    """The bytes of a snapshot file: version, checksum, length, compressed body."""
    packed = zstandard.ZstdCompressor(level=3).compress(body)
    return _MAGIC + _HEAD.pack(crc32c.crc32c(packed), len(packed)) + packed


def unseal_file(data: bytes) -> bytes:
    """The body of a snapshot file. Raises `DamagedSnapshot`."""
    if not data.startswith(_MAGIC):
        raise DamagedSnapshot("not a snapshot of this version")
    start = len(_MAGIC) + _HEAD.size
    if len(data) < start:
        raise DamagedSnapshot("cut off")
    checksum, length = _HEAD.unpack_from(data, len(_MAGIC))
    packed = data[start:]
    if len(packed) != length:
        raise DamagedSnapshot("cut off")
    if crc32c.crc32c(packed) != checksum:
        raise DamagedSnapshot("checksum does not match")
    return zstandard.ZstdDecompressor().decompress(packed)


class Snapshots:
    """The snapshots of all partitions under one fsspec URL.

    Errors of the file system (`OSError`) are left to the caller: a checkpoint
    that cannot be written is tried again at the next one.
    """

    def __init__(self, url: str, kept: int = KEPT) -> None:
        self.url = url
        self.kept = kept
        self._fs, self._root = fsspec.core.url_to_fs(url)

    def names(self, topic: str, partition: int) -> list[SnapshotName]:
        """All snapshots of a partition, newest first."""
        try:
            paths = self._fs.ls(self._folder(topic, partition), detail=False, refresh=True)
        except FileNotFoundError:
            return []
        found = (SnapshotName.parse(path.rsplit("/", 1)[-1]) for path in paths)
        return sorted((name for name in found if name), reverse=True)

    def read(self, topic: str, partition: int, name: SnapshotName) -> bytes:
        """The body of one snapshot. Raises `DamagedSnapshot`."""
        return unseal_file(self._fs.cat_file(f"{self._folder(topic, partition)}/{name}"))

    def write(self, topic: str, partition: int, name: SnapshotName, body: bytes, alone: bool = False) -> None:
        """Write one snapshot, whole or not at all, and drop all but the last few.

        ``alone``: drop all others, whose offsets are of a log that is no more.
        """
        folder = self._folder(topic, partition)
        self._fs.makedirs(folder, exist_ok=True)
        path = f"{folder}/{name}"
        if isinstance(self._fs, LocalFileSystem):
            _write_local(Path(path), seal_file(body))
        else:
            self._fs.pipe_file(path, seal_file(body))  # object stores show a file only once it is whole
        names = self.names(topic, partition)
        for old in [each for each in names if each != name] if alone else names[self.kept :]:
            with contextlib.suppress(OSError):  # a folder in its place stays
                self._fs.rm_file(f"{folder}/{old}")

    def clear_leftovers(self) -> None:
        """Remove drafts of processes that were killed; one that is an hour old is nobody's any more."""
        if not isinstance(self._fs, LocalFileSystem):
            return
        for draft in Path(self._root).glob("*/*/.*.snapshot.*"):
            with contextlib.suppress(OSError):
                host, _, pid = draft.name.partition(".snapshot.")[2].rpartition(".")
                left = host in ("", platform.node()) and not _runs(pid)
                if left or time.time() - draft.stat().st_mtime > DRAFT_S:
                    draft.unlink()

    def _folder(self, topic: str, partition: int) -> str:
        return f"{self._root.rstrip('/')}/{topic}/{partition}"


def _runs(pid: str) -> bool:
    """Whether another process of this number runs here; our own draft cannot be there yet."""
    return pid != str(os.getpid()) and Path("/proc", pid).exists()


def _write_local(path: Path, data: bytes) -> None:
    """Write beside the target, force to disk, then rename: a crash leaves the old state or the new."""
    beside = path.with_name(f".{path.name}.{platform.node()}.{os.getpid()}")
    try:
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
