"""One line of a check."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, how it stands, and what to do about it where it is not right."""

    about: str
    right: bool
    says: str
    remedy: str = ""
