"""Which of several instances this is, so that each goes on with its own after a restart."""

from __future__ import annotations

import os
import platform
import secrets
from pathlib import Path

import structlog

log = structlog.get_logger()

FILE = "instance"


def instance_name(spool: Path) -> str:
    """The name of this instance: it stands in the folder of its spool, which no two instances share.

    Where that cannot be written it is the machine's, which is right for one instance a machine.
    """
    path = spool / FILE
    try:
        spool.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except FileExistsError:
            pass
        else:
            with os.fdopen(file, "w") as new:
                new.write(secrets.token_hex(4))
        name = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeError) as error:
        log.warning("the instance goes by the name of its machine", error=str(error))
        name = ""
    return name or platform.node()
