"""What a consumer of ours is told where the library's defaults would lose or hold up something."""

from __future__ import annotations

from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor

from streams.sources.batches import RUNS_A_POLL

CONSUMER_OPTIONS = {
    "isolation_level": "read_committed",
    "enable_auto_commit": False,
    "auto_offset_reset": "none",  # a position is never lost in silence: see _begin and _return_to_log
    "allow_auto_create_topics": False,
    "partition_assignment_strategy": [CooperativeStickyAssignor],
    "session_timeout_ms": 10_000,
    "heartbeat_interval_ms": 1_000,  # by its answer a member learns that others wait for it to join
    "bootstrap_timeout_ms": 4_000,  # its owner tries again, and can be stopped in between
    "reconnect_backoff_max_ms": 2_000,  # by default 30 s, for which a broker that is back would go unread
    "metadata_max_age_ms": 5_000,  # a new partition, and a topic made anew, is noticed within this time
    "fetch_max_bytes": 8 << 20,  # compressed
    "max_poll_records": RUNS_A_POLL,
    "metrics_enabled": False,
}
