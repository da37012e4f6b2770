"""What coolwatch keeps is for its owner alone, whatever the umask that it was started with."""

from __future__ import annotations

import os
from contextlib import suppress
from stat import S_IMODE

from config.settings import Settings
from detector.service.setup.places import places

OWNERS_ONLY = 0o077
"""The umask: files become 0600, folders 0700."""


def keep_private(settings: Settings) -> None:
    """Make files for their owner alone from here on, and close those that an earlier version left open."""
    os.umask(OWNERS_ONLY)
    for path in (path for place in places(settings) for path in place.there()):
        with suppress(OSError):  # another owner's, in a place that is shared
            mode = S_IMODE(path.stat().st_mode)
            if mode & OWNERS_ONLY:
                path.chmod(mode & ~OWNERS_ONLY)
