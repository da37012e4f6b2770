"""What coolwatch keeps is for its owner alone, whatever the umask that it was started with."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from stat import S_IMODE

import fsspec
from fsspec.implementations.local import LocalFileSystem

from config.settings import Settings

OWNERS_ONLY = 0o077
"""The umask: files become 0600, folders 0700."""


def keep_private(settings: Settings) -> None:
    """Make files for their owner alone from here on, and close those that an earlier version left open."""
    os.umask(OWNERS_ONLY)
    for path in _kept(settings):
        with suppress(OSError):  # another owner's, in a place that is shared
            mode = S_IMODE(path.stat().st_mode)
            if mode & OWNERS_ONLY:
                path.chmod(mode & ~OWNERS_ONLY)


def _kept(settings: Settings) -> Iterator[Path]:
    folders = [Path(settings.influxdb.spool)]
    fs, root = fsspec.core.url_to_fs(settings.state.snapshots)
    if isinstance(fs, LocalFileSystem):
        folders.append(Path(root))
    for folder in folders:
        if folder.is_dir():
            yield folder
            yield from folder.rglob("*")
    backend, _, file = settings.store.url.partition(":///")
    if backend == "sqlite" and file:
        yield from (path for end in ("", "-wal", "-shm") if (path := Path(file + end)).is_file())
