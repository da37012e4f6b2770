"""[rules]: what is looked for beside physical limits."""

from __future__ import annotations

from pydantic import Field

from config.sections.section import Names, Section


class RulesSettings(Section):
    """Which rules are switched off."""

    off: Names = Field(
        default=(), description='rules that are switched off, by name, as in ["door_open"]; limits cannot be'
    )
