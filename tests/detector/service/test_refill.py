"""Refill refuses a span that has not been; what it writes is tested end to end."""

from __future__ import annotations

import pytest

from config.errors import ConfigError
from detector.service.refill import refill_scores


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("2026-03-01T05:00:00Z", "2026-03-01T04:00:00Z"),
        ("2026-03-01T05:00:00Z", "2026-03-01T05:00:00Z"),
        ("2199-01-01T00:00:00Z", None),
    ],
)
def test_a_span_that_has_not_been_is_refused(since: str, until: str | None) -> None:
    with pytest.raises(ConfigError, match="not before"):
        refill_scores(since, until, "1h", None, None)
