"""What of the topics is not understood: told within a window, over when it is over."""

from __future__ import annotations

import json

from config.kinds import load_kinds
from config.settings import Settings
from config.site import Site
from detector.service.daemon.conditions import conditions
from detector.service.daemon.facts import Facts
from detector.service.daemon.partition import Partition
from detector.service.daemon.understanding import NAMED_AFTER_S, WINDOW_S, Understanding
from detector.service.engines.pipeline import Pipeline
from detector.service.setup.message_finding import message_finding
from tests.streams.messages import records_of

SITE = """
[[point]]
match = "AHU-1 SAT"
id = "hall-1/ahu-1/supply_air_temperature"
[[point]]
match = "AHU-1 RAT"
id = "hall-2/ahu-1/return_air_temperature"
"""
UNREADABLE = b'{"sensorId": 1, "ts": 2}'


class Feed:
    """A partition that is fed a minute at a time."""

    def __init__(self) -> None:
        engines = Pipeline(Site.loads(SITE), load_kinds(), Settings())
        self.partition = Partition("telemetry", 0, engines, None, 1)
        self.understanding = Understanding()
        self.minute = 0

    def said(self, unreadable: int, names: tuple[str, ...] = ("rack-01", "rack-02")) -> str:
        """What is said after another minute with 60 readings of each, and so many that cannot be read."""
        at = 1_750_000_000_000 + self.minute * 60_000
        messages = [UNREADABLE] * unreadable
        for second in range(60):
            for name in names:
                point = f"hall-1/{name}/inlet_air_temperature"
                reading = {"point": point, "time": at + second * 1000, "value": 21.0}
                messages.append(json.dumps(reading).encode())
        self.partition.engines.push(records_of(messages))
        self.minute += 1
        return "\n".join(self.understanding.not_understood([self.partition], self.minute * 60.0))


def test_what_cannot_be_read_is_told_within_minutes_and_is_over_when_all_is_read() -> None:
    feed = Feed()
    assert feed.said(0) == feed.said(0) == feed.said(1) == ""
    told = [feed.said(60) for _ in range(3)]
    assert "records of topic telemetry could not be read" in told[0]
    assert "missing_field" in told[-1] or "unknown" in told[-1] or "sensorId" in told[-1]
    after = [feed.said(0) for _ in range(int(3 * WINDOW_S / 60))]
    assert after[0] != "", "not over with the first minute that is well"
    assert after[-1] == ""


def test_two_sources_that_share_their_stamps_are_told_and_over_when_one_is_silent() -> None:
    feed = Feed()
    for _ in range(4):
        feed.said(0)
    told = [feed.said(0, ("rack-01", "rack-02", "rack-01")) for _ in range(12)]
    assert "Two sources under one id" in told[-1]
    assert "rack-01" in told[-1] and "rack-02" not in told[-1]
    assert [feed.said(0) for _ in range(15)][-1] == ""


def test_a_named_point_of_a_zone_that_is_heard_and_never_came_is_told_after_an_hour() -> None:
    feed = Feed()
    assert feed.said(0) == ""
    feed.minute += int(NAMED_AFTER_S / 60)
    told = feed.said(0)
    assert "hall-1/ahu-1/supply_air_temperature" in told
    assert "hall-2" not in told, "nothing of that hall comes in here: another instance may hear it"


def test_after_a_restart_a_point_that_was_once_read_is_no_new_one() -> None:
    feed = Feed()
    sat = {"point": "AHU-1 SAT", "time": 1_750_000_000_000, "value": 20.0}
    feed.partition.engines.push(records_of([json.dumps(sat).encode()]))
    after = Feed()
    after.partition.engines.load(feed.partition.engines.save())
    assert "hall-1/ahu-1/supply_air_temperature" not in after.partition.engines.understood.named


def test_it_is_one_incident_with_what_to_do_in_place_of_too_many_rejects() -> None:
    facts = Facts(
        not_understood=["9 of 9 records of topic a could not be read.", "  x: y"], rejects_high=True
    )
    (condition,) = conditions(facts)
    assert (condition.fault, condition.category) == ("not_understood", "operations")
    assert "9 of 9 records of topic a could not be read. x: y" in condition.summary


def test_check_says_of_a_topic_what_it_was_taken_for_and_what_is_wrong() -> None:
    feed = Feed()
    feed.said(0)
    good = message_finding("telemetry", feed.partition.engines.understood)
    assert good.right
    assert "telemetry: 120 of the newest 120 can be read (120 canonical JSON)" in good.says
    foreign = json.dumps({"point": "AHU-9 SAT", "time": 1_750_000_000_000, "value": 20.0}).encode()
    feed.partition.engines.push(records_of([foreign]))
    feed.said(60)
    bad = message_finding("telemetry", feed.partition.engines.understood)
    assert not bad.right
    assert "AHU-9 SAT" in bad.says
    assert "could not be read" in bad.remedy
