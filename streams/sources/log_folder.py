"""Which logs a path stands for: itself, or all in a folder or a zip file."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from config.errors import ConfigError
from streams.sources.log_file import LogFile

LINES = (".jsonl", ".json", ".ndjson", ".log", ".txt", ".lp")
CSV = (".csv", ".tsv")
PARQUET = (".parquet",)
KNOWN = LINES + CSV + PARQUET
SHEETS = (".xlsx", ".xlsm", ".xls", ".ods")
PACKED = (".tar", ".tgz", ".7z", ".rar", ".bz2", ".xz", ".zst")
NO_LOGS = ("readme", "license", "copying", "changelog", ".", "__macosx")
"""How names begin of what lies beside logs."""
MOST_MEMBERS = 100_000
MOST_UNPACKED = 1 << 38
"""Bytes that a zip file may come to."""


def logs_at(paths: Iterable[Path]) -> list[LogFile]:
    """The logs of all paths, those of a folder or zip file in the order of their names.

    Raises ConfigError for what is no log, cannot be read, or holds none.
    """
    logs: list[LogFile] = []
    for path in paths:
        found = list(_logs_of(path))
        if not found:
            raise ConfigError(str(path), "", "holds no logs", f"a log ends in one of {' '.join(KNOWN)}")
        logs += found
    return logs


def _logs_of(path: Path) -> Iterator[LogFile]:
    if path.is_dir():
        for each in sorted(path.rglob("*")):
            inside = each.relative_to(path)
            if each.is_file() and _is_log(PurePosixPath(inside)):
                yield LogFile(each)
            elif each.suffix.lower() == ".zip":
                yield from _members(each)
    elif path.suffix.lower() == ".zip":
        yield from _members(path)
    else:
        log = LogFile(path)
        _refuse_others(log)
        yield log


def _refuse_others(log: LogFile) -> None:
    suffix = log.suffix()
    if suffix in KNOWN:
        return
    if suffix in SHEETS:
        remedy = "save each sheet as CSV (in Excel: Save As, CSV UTF-8) and give that"
        raise ConfigError(str(log.path), "", "is a spreadsheet, which is not read", remedy)
    if suffix in PACKED:
        raise ConfigError(
            str(log.path), "", "is packed in a way that is not read", "unpack it; .gz and .zip are"
        )
    raise ConfigError(str(log.path), "", "not a kind of log that is known", f"one of {' '.join(KNOWN)}")


def _members(path: Path) -> Iterator[LogFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (OSError, zipfile.BadZipFile) as error:
        problem = f"cannot be read: {getattr(error, 'strerror', None) or error}"
        raise ConfigError(str(path), "", problem, "give a zip file that is whole") from None
    if len(members) > MOST_MEMBERS or sum(each.file_size for each in members) > MOST_UNPACKED:
        raise ConfigError(str(path), "", "unpacks to more than is taken", "unpack it, and give a part")
    for each in sorted(members, key=lambda member: member.filename):
        if not each.is_dir() and _is_log(PurePosixPath(each.filename)):
            yield LogFile(path, each.filename)


def _is_log(inside: PurePosixPath) -> bool:
    name = PurePosixPath(inside.stem) if inside.suffix.lower() == ".gz" else inside
    hidden = any(part.lower().startswith(NO_LOGS) for part in inside.parts)
    return name.suffix.lower() in KNOWN and not hidden
