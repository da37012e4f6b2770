"""A file that a replay writes beside what it prints: whole under its name, or not there at all."""

from __future__ import annotations

import os
from pathlib import Path

from config.errors import ConfigError


class SideFile:
    """Where it goes and where it grows until then. Raises ConfigError where nothing can be written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        target = path.resolve()  # a link stays one
        if target.is_dir():
            raise ConfigError(str(path), "", "is a folder", "give the path of a file")
        self._straight = target.exists() and not target.is_file()
        self._target = target
        self.draft = target if self._straight else target.with_name(f"{target.name}.part")
        """Into this it is written: a device or a pipe is never put out of its place."""
        near = next(each for each in target.parents if each.exists())
        if not near.is_dir() or not os.access(target if self._straight else near, os.W_OK):
            raise ConfigError(str(path), "", "cannot be written", "give a path where files may be made")
        if not self._straight:
            self.draft.unlink(missing_ok=True)

    def done(self, problem: str) -> str:
        """Give it its name, or take it away where there was a problem; what is said of that.

        What stands there already goes only where there is something to put in its place.
        """
        if not self._straight and self.draft.exists():
            if problem:
                self.draft.unlink()
            else:
                self.draft.replace(self._target)
        return f"{self.path} could not be written: {problem}" if problem else ""
