"""Several files written together: all of them, or none."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from config.errors import ConfigError

KEPT = frozenset({"site.toml"})
"""Files of which the one before is kept: a person has worked on them."""


def write_together(texts: Sequence[tuple[Path, str]]) -> None:
    """Write each text to its file, and put none in its place before all are on the disk.

    Raises ConfigError where one cannot be written; what was there before then stands as it was.
    """
    for target, _ in texts:
        if target.is_dir():
            raise ConfigError(str(target), "", "is a folder", "name another place with --out")
    # A link stays one; what it leads to is written.
    texts = [(target.resolve(), text) for target, text in texts]
    for target, _ in texts:
        if target.exists() and not target.is_file():
            raise ConfigError(str(target), "", "is a device or a pipe, not a file", "name another place")
    parts = [target.with_name(f".{target.name}.{os.getpid()}.part") for target, _ in texts]
    try:
        for part, (_, text) in zip(parts, texts, strict=True):
            part.parent.mkdir(parents=True, exist_ok=True)
            _write(part, text)
        for part, (target, _) in zip(parts, texts, strict=True):
            if target.name in KEPT and target.is_file():
                target.replace(target.with_name(f"{target.name}.bak"))
            part.replace(target)
    except OSError as error:
        problem = f"cannot be written: {error.strerror or error}"
        where = str(texts[0][0].parent)
        raise ConfigError(where, "", problem, "make room there, or name another folder with --out") from None
    finally:
        for part in parts:
            with suppress(OSError):
                part.unlink(missing_ok=True)


def _write(part: Path, text: str) -> None:
    with part.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
