"""Nothing is lost of a topic that is written while it is read.

For minutes: ``python -m benchmarks.live_feed``.
"""

from __future__ import annotations

import pytest

from benchmarks.live_feed import live_feed

pytestmark = pytest.mark.kafka


def test_a_topic_that_is_written_while_it_is_read_is_read_exactly(kafka):
    for feed in live_feed(kafka, seconds=5.0):
        assert feed.exact
        assert feed.gaps == 0
        assert feed.read == feed.sent > 1000
