"""What can be wrong with coolwatch itself, and with its feed: the faults of the category ``operations``."""

from __future__ import annotations

Tree = dict[str, tuple[str | None, str]]
"""Fault -> (the coarser fault of which it is a form, or None; what it means)."""

OPERATIONS: Tree = {
    "spool_full": (None, "InfluxDB is away, and the disk spool drops its oldest scores"),
    "disk_full": (
        None,
        "the disk of the spool takes nothing; scores or letters wait in memory, and no checkpoint passes "
        "them",
    ),
    "disk_budget": (None, "spool, letters, snapshots and store take more than `[state] disk_mib` together"),
    "disk_short": (None, "a disk that spool, snapshots or store are on has almost nothing free"),
    "letters_undelivered": (None, "dead letters cannot be delivered to their topic; they wait on disk"),
    "not_understood": (
        None,
        "of late more than one record in a hundred of a topic could not be read, two sources come under one "
        "id, or nothing ever came of a point that the site file names: nobody watches there",
    ),
    "rejects_high": (None, "so many messages cannot be read that only samples are kept"),
    "points_refused": (
        None,
        "more points than `max_zone_points` and `max_points` have room for: those of a zone are not judged",
    ),
    "zone_split": (None, "points of one zone come in on several partitions, so no engine sees all of it"),
    "topic_silent": (None, "nothing has come in on a topic for two minutes: coolwatch is blind"),
    "store_away": (None, "the store does not take what it is given; incidents wait in memory, pages go out"),
    "records_missed": (
        None,
        "records could not be read: Kafka had removed them or holds them damaged, a batch unpacks to too "
        "much, or the topic was made anew",
    ),
    "topic_missing": (None, "a topic is not there: coolwatch is blind for it, and begins once it is"),
    "store_damaged": (
        None,
        "the store's file was no database any more; it was moved aside and a new one begun",
    ),
    "store_lost": (
        None,
        "the store was removed or replaced under the running daemon; what is open was put into the one "
        "that is there now",
    ),
    "store_dropped": (
        None,
        "the store was away for so long that older states of incidents and messages were given up",
    ),
    "store_refused": (None, "a row that the store will never take was set aside, into the log"),
    "notify_away": (None, "a destination takes no messages; they wait, and the others are told"),
    "notify_refused": (None, "a destination refused a message for good; told on the others"),
    "checkpoint_late": (None, "the state cannot be saved, so a restart would judge that time again"),
    "event_clock": (
        None,
        "the event time of a zone no longer moves, or lies in the future, while readings come in: limits are "
        "held, nothing else is judged in time",
    ),
    "lag_high": (None, "verdicts are more than a minute behind"),
    "limits_only": (
        None,
        "judging of a zone keeps failing by an error in coolwatch itself: only its limits are told until "
        "it works again",
    ),
    "ticks_set_aside": (
        None,
        "a tick of a zone could not be judged by an error in coolwatch itself; its limits were told",
    ),
    "rule_failed": (
        None,
        "a rule raised an error in coolwatch itself: what it would have said is missing, what it had told "
        "stays open, all else goes on",
    ),
    "part_failing": (None, "a part of the service fails by an error in coolwatch itself; judging goes on"),
    "snapshot_damaged": (None, "a snapshot could not be used; an older one was, or none"),
}
