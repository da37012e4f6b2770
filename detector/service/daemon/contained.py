"""What failed in coolwatch itself and was contained, as conditions that someone must know of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from detector.incidents.faults import Category, Severity
from detector.service.daemon.operations import Condition
from detector.service.people.words import utc
from detector.trouble import T as TROUBLE
from detector.trouble import Trouble
from streams.messages import SECOND


def sentence(zone: str, trouble: Trouble) -> str:
    """How judging of a zone stands, for a person; empty where all has always been well."""
    if trouble.failure is None:
        return ""
    said = f"{trouble.failure}; {trouble.ticks} ticks not judged"
    if trouble.since is None:
        return f"Something in coolwatch failed while it judged {zone}: {said}. Judging goes on."
    return (
        f"{zone} is held against its limits only since {utc(trouble.since)}: {said}. "
        f"Limits go on and page, nothing else does. Judging is tried again at {utc(trouble.until)}."
    )


def rule_sentences(zone: str, trouble: Trouble) -> Iterator[tuple[str, str]]:
    """By name, what is to be said of each rule that has failed of late."""
    for name, each in trouble.rules.items():
        said = (
            f"The rule {name} failed while it judged {zone}: {each.failure}. What it would have said is "
            f"missing in {each.ticks} ticks since {utc(each.since)}, and what it had told stays open. "
            f'Limits and all other rules go on. Report it; [rules] off = ["{name}"] goes without it.'
        )
        yield name, said


def zone_conditions(troubles: Mapping[str, tuple[Trouble, int]]) -> Iterator[Condition]:
    """``troubles``: by zone, how judging stands, and its event time, ns."""
    for zone, (trouble, event_time) in troubles.items():
        for name, said in rule_sentences(zone, trouble):
            if event_time - trouble.rules[name].last <= TROUBLE.failure_told_for_s * SECOND:
                root = f"{zone} {name}"
                yield Condition("rule_failed", Category.OPERATIONS, root, Severity.WARNING, said, zone=zone)
        if trouble.last is None:
            continue
        if trouble.limits_only:
            fault, severity = "limits_only", Severity.CRITICAL
        elif event_time - trouble.last <= TROUBLE.failure_told_for_s * SECOND:
            fault, severity = "ticks_set_aside", Severity.WARNING
        else:
            continue
        yield Condition(fault, Category.OPERATIONS, zone, severity, sentence(zone, trouble), zone=zone)


def part_conditions(failing: Mapping[str, str], damaged: Mapping[str, str]) -> Iterator[Condition]:
    """``failing``: parts of the service; ``damaged``: partitions with a bad snapshot; each with why."""
    for part, what in failing.items():
        yield Condition(
            "part_failing",
            Category.OPERATIONS,
            part,
            Severity.WARNING,
            f"Something failed in coolwatch itself ({part}): {what}. Judging and paging go on. See the log.",
        )
    for partition, what in damaged.items():
        yield Condition(
            "snapshot_damaged",
            Category.OPERATIONS,
            partition,
            Severity.WARNING,
            f"A snapshot of {partition} cannot be used: {what}. An older one was taken, or none: "
            "what was learned since is learned again. See that the disk is sound.",
        )
