"""Which logs a path stands for: itself, or all in a folder or a zip file; and what there is not read."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from config.errors import ConfigError
from streams.sources.log_file import LogFile
from streams.sources.log_kind import ENDINGS, Kind

BESIDE = ("readme", "license", "copying", "changelog", ".", "__macosx")
"""How names begin of what lies beside logs."""
BESIDE_ENDINGS = (
    *(".md", ".rst", ".adoc", ".toml", ".yaml", ".yml", ".ini", ".cfg", ".conf"),
    *(".py", ".sh", ".bat", ".ps1", ".sql", ".ipynb", ".html", ".htm", ".css", ".js"),
    *(".png", ".jpg", ".jpeg", ".svg", ".gif", ".md5", ".sha1", ".sha256", ".sig", ".part", ".bak"),
)
"""Endings of what lies beside logs: words, settings, scripts, pictures, checksums."""
MOST_MEMBERS = 100_000
MOST_UNPACKED = 1 << 38
"""Bytes that a zip file may come to."""
MOST_NAMED = 6
"""Of what is not read, so many are named."""


class Unread(NamedTuple):
    """A file beside logs that is not read, and why not."""

    path: Path
    problem: str


@dataclass(slots=True)
class Logs:
    """What paths stand for."""

    logs: list[LogFile] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    """Files that may hold readings, and are not read."""
    held: list[LogFile] = field(default_factory=list)
    """Zip files within zip files, unpacked as long as their logs are read."""


def logs_at(paths: Iterable[Path]) -> Logs:
    """The logs of all paths, those of a folder or zip file in the order of their names.

    Raises ConfigError for what is no log, cannot be read, or holds none.
    """
    found = Logs()
    for path in paths:
        before = len(found.logs), len(found.unread)
        if path.is_dir():
            _folder(path, found)
        else:
            log = LogFile(path)
            if log.kind == Kind.ZIP:
                _members(path, path, found)
            else:
                found.logs.append(log)
        if len(found.logs) == before[0]:
            why = "; ".join(
                f"{each.path.name} {each.problem}" for each in found.unread[before[1] :][:MOST_NAMED]
            )
            problem = f"holds no logs: {why}" if why else "holds no logs"
            raise ConfigError(str(path), "", problem, f"logs end in one of {ENDINGS}")
    return found


def unread_sentence(unread: Sequence[Unread]) -> str:
    """What is said of files that are not read."""
    named = ", ".join(f"{each.path.name} ({each.problem})" for each in unread[:MOST_NAMED])
    more = f" and {len(unread) - MOST_NAMED} more" if len(unread) > MOST_NAMED else ""
    return f"Not read: {named}{more}. Give these in a form that is read, or take them out."


def _folder(folder: Path, found: Logs) -> None:
    for path in sorted(folder.rglob("*")):
        if not path.is_dir() and _may_be_log(PurePosixPath(path.relative_to(folder))):
            _take(path, None, path, found)


def _members(on_disk: Path, shown: Path, found: Logs, *, within: bool = False) -> None:
    """The files in a zip file; ``within`` another one it is the last that is opened."""
    try:
        with zipfile.ZipFile(on_disk) as archive:
            members = archive.infolist()
    except (OSError, zipfile.BadZipFile, NotImplementedError) as error:
        cut = isinstance(error, zipfile.BadZipFile) and not zipfile.is_zipfile(on_disk)
        problem = "breaks off: the directory of its files, which stands at its end, is missing"
        if not cut:
            problem = f"cannot be read: {getattr(error, 'strerror', None) or error}"
        raise ConfigError(str(shown), "", problem, "give a zip file that is whole") from None
    if len(members) > MOST_MEMBERS or sum(each.file_size for each in members) > MOST_UNPACKED:
        raise ConfigError(str(shown), "", "unpacks to more than is taken", "unpack it, and give a part")
    for each in sorted(members, key=lambda member: member.filename):
        if not each.is_dir() and _may_be_log(PurePosixPath(each.filename)):
            _take(on_disk, each, shown, found, within=within)


def _take(
    on_disk: Path, member: zipfile.ZipInfo | None, shown: Path, found: Logs, *, within: bool = False
) -> None:
    """A file of a folder or a zip file, as a log, as several, or as one that is not read."""
    path = shown / member.filename if member else shown
    try:
        log = LogFile(on_disk, member, shown)
        if log.kind != Kind.ZIP:
            found.logs.append(log)
        elif within:
            found.unread.append(Unread(path, "is a zip file in a zip file in a zip file"))
        else:
            found.held.append(log)
            _members(log.on_disk(), path, found, within=member is not None)
    except ConfigError as error:
        found.unread.append(Unread(path, error.problem))


def _may_be_log(inside: PurePosixPath) -> bool:
    if any(part.lower().startswith(BESIDE) for part in inside.parts):
        return False
    return inside.suffix.lower() not in BESIDE_ENDINGS
