"""What is wrong with the service, told from facts: one cause each, with what to do."""

from __future__ import annotations

from detector.incidents.faults import FAULTS
from detector.service.daemon.conditions import SILENT_AFTER_S, conditions
from detector.service.daemon.facts import Facts
from streams.notify.notifier import Unreached
from streams.store.delivery import Delivery

REFUSED = Delivery("m", "json-1", "a", 1, "fired", "critical", 1, "[CRITICAL] hall-1: limit", "")


def told(facts: Facts) -> dict[str, str]:
    return {condition.fault: condition.summary for condition in conditions(facts)}


def test_nothing_is_wrong_with_a_service_that_is_well() -> None:
    facts = Facts(
        silent_s={"telemetry": {"hall-1": 3.0, "hall-2": 4.0}},
        partitions_of_zone={"hall-1": {("telemetry", 0)}, "hall-2": {("telemetry", 0)}},
        behind_s={("telemetry", 0): 2.0},
        checkpoint_age_s=20.0,
    )
    assert told(facts) == {}


def test_one_silent_zone_is_its_own_trouble_all_of_them_the_topics() -> None:
    long = SILENT_AFTER_S + 1
    one = told(Facts(silent_s={"telemetry": {"hall-1": long, "hall-2": 1.0}}))
    assert list(one) == ["telemetry_lost"]
    everything = told(Facts(silent_s={"telemetry": {"hall-1": long, "hall-2": long}}))
    assert list(everything) == ["topic_silent"]


def test_a_zone_on_two_partitions_names_the_command_that_mends_it() -> None:
    facts = Facts(partitions_of_zone={"hall-1": {("a", 0), ("b", 1)}, "hall-2": {("a", 0)}})
    (summary,) = told(facts).values()
    assert "coolwatch rekey --from a,b" in summary
    assert "a 0; b 1" in summary


def test_an_event_time_that_stands_is_told_of_its_zone() -> None:
    (condition,) = conditions(Facts(clocks_wrong={"hall-1": "stands still"}))
    assert (condition.fault, condition.zone, condition.category) == ("event_clock", "hall-1", "operations")
    assert "stands still" in condition.summary


def test_every_condition_is_of_a_known_fault() -> None:
    facts = Facts(
        silent_s={"a": {"hall-1": 999.0}, "b": {"hall-2": 999.0, "hall-3": 0.0}},
        behind_s={("a", 0): 999.0},
        partitions_of_zone={"hall-1": {("a", 0), ("a", 1)}},
        spool_full=True,
        disk_error="no room",
        letters_error="no topic",
        letters_waiting=3,
        rejects_high=True,
        store_away="locked",
        store_damaged="c.db.damaged-1",
        store_lost_s=60.0,
        store_dropped=5,
        store_refused=1,
        unreached=[Unreached("json-1", "HTTP 503", 1), Unreached("json-1", "HTTP 404", 0, REFUSED)],
        checkpoint_age_s=9999.0,
    )
    found = list(conditions(facts))
    assert len(found) == 16
    for condition in found:
        assert FAULTS[condition.fault].category == condition.category


def test_a_full_spool_names_the_command_that_refills() -> None:
    facts = Facts(spool_full=True, dropped_rows=7, away_since=1_700_000_000_000_000_000)
    assert "coolwatch refill --from 2023-11-14T22:13:20Z" in told(facts)["spool_full"]


def test_a_message_that_was_refused_is_named_for_the_others() -> None:
    facts = Facts(unreached=[Unreached("json-1", "HTTP 404", 0, REFUSED)])
    summary = told(facts)["notify_refused"]
    assert summary.startswith("json-1 refused a message for good (HTTP 404): [CRITICAL] hall-1: limit.")
