"""Where coolwatch keeps things on disks of this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import fsspec
from fsspec.implementations.local import LocalFileSystem

from config.settings import Settings
from streams.store.file import database_files


@dataclass(frozen=True, slots=True)
class Place:
    """A folder with all that is in it, or the file of an SQLite with what belongs to it."""

    name: str
    path: Path
    folder: bool = True

    def there(self) -> Iterator[Path]:
        """The folders and files that are there now; others may come and go meanwhile."""
        if not self.folder:
            yield from database_files(self.path)
        elif self.path.is_dir():
            yield self.path
            for folder, folders, files in os.walk(self.path):
                yield from (Path(folder, name) for name in (*folders, *files))


def places(settings: Settings) -> list[Place]:
    """The spool with its letters, the snapshots, and the store; not those that are on other machines."""
    found = [Place("spool", Path(settings.influxdb.spool))]
    fs, root = fsspec.core.url_to_fs(settings.state.snapshots)
    if isinstance(fs, LocalFileSystem):
        found.append(Place("snapshots", Path(root)))
    backend, _, file = settings.store.url.partition("?")[0].partition(":///")
    if backend.startswith("sqlite") and file and file != ":memory:":
        found.append(Place("store", Path(file), folder=False))
    return found


def nearest_there(path: Path) -> Path:
    """The path itself, or the folder in which it would be made, as far as there is one."""
    path = path.absolute()
    return next((each for each in (path, *path.parents) if each.exists()), path)
