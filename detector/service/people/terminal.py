"""The terminal as everything here writes to it: what is printed is data, and none of it is markup."""

from __future__ import annotations

from typing import Any

from rich.console import Console


def terminal(**options: Any) -> Console:
    """Rich's console, for which ``[messages]`` is a section of the settings, and ``:fire:`` no picture."""
    return Console(markup=False, emoji=False, highlight=False, **options)
