"""Severities and states as numbers, for charts and for comparing which is worse."""

from __future__ import annotations

SEVERITY_CODE = {"warning": 1, "critical": 2, "emergency": 3}
STATE_CODE = {"pending": 0, "firing": 1, "resolved": 2}
