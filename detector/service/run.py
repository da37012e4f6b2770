"""``coolwatch run``: the daemon put together from its settings."""

from __future__ import annotations

import structlog

log = structlog.get_logger()
