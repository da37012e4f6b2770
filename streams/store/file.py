"""The file of an SQLite store: private to its user, and moved aside where it is damaged."""

from __future__ import annotations

import glob
import os
import time
from collections.abc import Iterator
from pathlib import Path

_BESIDE = ("", "-wal", "-shm")
_JOURNAL = "-journal"
_MARK = ".damaged-"
_MOST_KEPT = 3

Identity = tuple[int, int]
"""Device and inode."""


def create_private(path: Path) -> None:
    """An empty file that only its user may read, unless there is one. Raises OSError."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return


def identities(path: Path) -> dict[Path, Identity]:
    """Which files stand at the place of a database, and beside it."""
    found = {}
    for part in (path.with_name(path.name + end) for end in _BESIDE):
        try:
            status = part.stat()
        except OSError:
            continue
        found[part] = status.st_dev, status.st_ino
    return found


def remove_stale(path: Path, known: dict[Path, Identity]) -> None:
    """Remove the log of a database that is not there any more: another one must not take it for its own.

    ``known``: the files as they stood when it was there. Raises OSError.
    """
    for part, identity in identities(path).items():
        if part != path and known.get(part) == identity:
            part.unlink(missing_ok=True)


def move_aside(path: Path) -> Path:
    """Give a damaged database a name of its own, with what belongs to it; the oldest copies go.

    Raises OSError.
    """
    aside = path.with_name(path.name + _MARK + time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()))
    for end in _BESIDE:
        part = path.with_name(path.name + end)
        if part.exists():
            part.replace(aside.with_name(aside.name + end))
    for old in damaged_copies(path)[:-_MOST_KEPT]:
        for end in _BESIDE:
            old.with_name(old.name + end).unlink(missing_ok=True)
    return aside


def database_files(path: Path) -> Iterator[Path]:
    """Those of a database that are there, damaged copies too."""
    beside = (path.with_name(path.name + end) for end in (*_BESIDE, _JOURNAL))
    yield from (part for part in beside if part.is_file())
    yield from path.parent.glob(f"{glob.escape(path.name)}{_MARK}*")


def damaged_copies(path: Path) -> list[Path]:
    """Those that stand beside the database, oldest first."""
    copies = path.parent.glob(f"{path.name}{_MARK}*")
    return sorted(copy for copy in copies if not copy.name.endswith(("-wal", "-shm")))
