"""What of a topic or a log was not understood, in sentences for a person, each with the mend."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from streams.errors import RejectReason
from streams.formats.understood import Understood
from streams.formats.unmapped import Unmapped, unmapped
from streams.messages import Counts, Reject

UNREAD_PART = 0.01
"""A feed of which more cannot be read was not understood: a damaged record now and then is below."""
MOST_REASONS = 4
MOST_NAMES = 6
"""Of each list, what a person reads; what is more is counted."""
PAYLOAD_SHOWN = 80
_REFUSED: dict[str, str] = {
    RejectReason.BAD_CLOCK: "their times lie far ahead of those of all others. See that rows stand in the "
    "order of their times (order in [log]) and are read as they are meant (time_format, time_zone)",
    RejectReason.TOO_MANY_POINTS: "there is room for fewer points (max_points, max_zone_points in [engine])",
}


class Belated(NamedTuple):
    """A point most of whose readings came late, twice, or ahead of all others."""

    id: str
    taken: int
    belated: int


def not_understood(
    understood: Understood,
    where: str,
    judged: Counts | None = None,
    belated: Sequence[Belated] = (),
    refused: Mapping[str, int] | None = None,
    ids: Sequence[str] | None = None,
) -> list[str]:
    """Sentences that say what of a feed was not understood, and the mend; none where all of it was.

    ``where`` names the topic or log. ``judged`` are the books of all of it, where it was judged to its end:
    a sample need not hold every point. ``refused`` counts by reason the readings that were refused there;
    ``ids`` are the points that were read.
    """
    said = list(unread_sentences(understood, where)) if understood.unread_part > UNREAD_PART else []
    if judged is not None:
        said += refused_sentences(refused or {}, judged.readings, where)
    if judged is not None and not judged.scored and not judged.set_aside:
        said.append(_nothing_judged(understood, judged, where))
    if judged is not None and understood.read and understood.named:
        said.append(never_read_sentence(sorted(understood.named), where))
    if understood.read and ids is not None and (ignored := unmapped(understood, ids)) is not None:
        said.append(_unmapped_sentence(ignored, where))
    said += list(two_names_sentences(understood, where))
    if understood.newest_first:
        said.append(newest_first_sentence(where))
    elif belated:
        said.append(belated_sentence(belated, where))
    return said


def refused_sentences(refused: Mapping[str, int], readings: int, where: str) -> Iterator[str]:
    """What is said of readings that could be read, and could not be used."""
    for reason, times in refused.items():
        if times > UNREAD_PART * readings:
            cause = f": {_REFUSED[reason]}" if reason in _REFUSED else ""
            yield f"{times} of {readings} readings of {where} were read and then refused as {reason}{cause}."


def newest_first_sentence(where: str) -> str:
    """What is said of messages that stand the wrong way round; tables are turned round by themselves."""
    return (
        f"The newest message stands first in {where}: its times run backwards, and all but the first come "
        "late. Turn it round, as with tac LOG > TURNED."
    )


def never_read_sentence(ids: Sequence[str], where: str) -> str:
    """What is said of points that the site names and of which nothing was read."""
    return (
        f"Never read in {where}, though the site file names it: {listed(ids)}. See how the name is spelled, "
        "and whether it is sent at all; coolwatch init lists the names that are."
    )


def _unmapped_sentence(ignored: Unmapped, where: str) -> str:
    kinds = " or ".join(sorted({measure.replace("_", " ") for measure in ignored.measures.values()}))
    return (
        f"No {kinds} is watched, so no limit of one can be told: {ignored.readings} readings of {where} are "
        f"ignored though their names say that they are some: {listed(sorted(ignored.measures))}. Say in "
        "[[point]] entries of the site file which they are (coolwatch init proposes it), or ignore = true."
    )


def two_names_sentences(understood: Understood, where: str) -> Iterator[str]:
    """Points that two names lead to which are both alive."""
    found = [(id, turns) for id, turns in understood.turns.items() if turns.at_once]
    for id, turns in found[:MOST_REASONS]:
        names = " and ".join(repr(name) for name in sorted(turns.names))
        yield (
            f"Two sources are mapped onto {id}: {names} are both read in {where}. Give each an id of its own "
            "in the [[point]] entries of the site file, as with a place behind it: hall/rack/measure/top."
        )
    if len(found) > MOST_REASONS:
        yield f"  and likewise {listed([id for id, _ in found[MOST_REASONS:]])}"


def unread_sentences(understood: Understood, where: str) -> Iterator[str]:
    """What could not be read: how much, for which reasons, and a sample of each with its mend."""
    counts, unread = understood.counts, understood.unread
    if understood.lost_part > UNREAD_PART:
        yield f"{understood.lost_rows} of {understood.rows} rows of {where} could not be read."
    elif counts.rejected_records >= unread and counts.records:
        yield f"{unread} of {counts.records} records of {where} could not be read."
    else:
        found = understood.read + counts.ignored + unread
        yield f"{unread} of {found} readings of {where} could not be read."
    common = sorted(understood.reasons.items(), key=lambda item: -item[1].times)
    for reason, (times, first) in common[:MOST_REASONS]:
        often = f"{times} times, first in" if times > 1 else "in"
        yield f"  {reason}, {often} {_place(first)}: {_cause(first)}"
    rest = [reason for reason, _ in common[MOST_REASONS:]]
    if rest:
        yield f"  and {', '.join(rest)}"


def _place(reject: Reject) -> str:
    return f"record {reject.offset} of {reject.topic}" if reject.topic else f"record {reject.offset}"


def _cause(reject: Reject) -> str:
    shown = reject.payload[:PAYLOAD_SHOWN].decode("utf-8", "replace")
    shown = "".join(c if c.isprintable() else "?" for c in shown)
    more = "..." if len(reject.payload) > PAYLOAD_SHOWN else ""
    return ", ".join(part for part in (reject.detail, f"in {shown}{more}" if shown else "") if part)


def _nothing_judged(understood: Understood, judged: Counts, where: str) -> str:
    if not understood.counts.records:
        return f"Nothing was judged: {where} is empty. See that it is the right file, whole and unpacked."
    if judged.waiting:
        return (
            f"Nothing was judged: {judged.waiting} readings of {where} wait in ticks that it did not close. "
            "Is it too short, or do all its times fall on one moment? See time_column and time_format in "
            "[log], time_unit in [messages]."
        )
    if understood.read:
        return f"Nothing was judged of {where}: all that was read is late, or was refused. See its times."
    if understood.unclaimed:
        names = listed([name for name, _ in understood.unclaimed.most_common()])
        return (
            f"Nothing was judged: no name in {where} is a point's id, nor does the site file explain one. "
            f"There are: {names}. coolwatch init writes a site file from them ([[point]] match, id)."
        )
    if understood.counts.ignored:
        return (
            "Nothing was judged: no name in the log is a point's id with a known measure, nor does the site "
            f"file explain one of {where}. coolwatch init lists the names."
        )
    return (
        f"Nothing was judged: no reading was found in {where}. coolwatch reads messages, a line each, and "
        "tables: [messages] and [log] of the settings say how they are written."
    )


def belated_sentence(belated: Sequence[Belated], where: str) -> str:
    """What is said of points most of whose readings come to nothing."""
    worst = sorted(belated, key=lambda each: (-each.belated, each.id))
    points = listed([each.id for each in worst])
    taken, late = sum(each.taken for each in worst), sum(each.belated for each in worst)
    return (
        f"Two sources under one id, or a wrong clock? {late} of {taken} readings of {where} came late, for a "
        f"time that was read already, or ahead of all others, of {points}. Give each source a name of its "
        "own: a column, tag or file name that tells them apart, in the point of [log] or of a template."
    )


def listed(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more
