"""One physical cause: an open incident, and which signs show it."""

from __future__ import annotations

import hashlib
from collections.abc import Container
from dataclasses import dataclass, field

from detector.incidents.faults import Category, Severity, State, Tier, category_of, explains
from detector.incidents.sign import Sign
from detector.threshold import TUNED, threshold
from streams.messages import SECOND, ServiceTime


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of what belongs to one cause."""

    same_cause_s: int = threshold(
        900,
        "s",
        "an incident lower down that is no older than this is the beginning of the one higher up",
        TUNED,
    )
    confirm_ticks: int = threshold(2, "ticks", "one reading may be a mistake, however long a tick is", TUNED)
    most_at_once_s: int = threshold(
        60,
        "s",
        "readings that come seldom and show it again count for so much of the time between at most",
        TUNED,
    )
    lapses_s: int = threshold(
        10,
        "s",
        "what is pending may go unseen for less: in a tick of a second not everything is read",
        TUNED,
    )
    nameless_s: int = threshold(
        120, "s", "a name that nothing has shown for so long was that of a passing sign", TUNED
    )


T = Thresholds()


@dataclass(slots=True)
class Cause:
    """An open incident, in the making or firing."""

    id: str
    tier: Tier
    hall: str
    """Hall that it is about; empty for all of the zone."""
    fault: str
    root: str
    first_root: str
    started: int
    last_seen: int
    named: int
    """When the sign that it is named after was last seen."""
    confidence: float
    severity: Severity
    ticks: int = 0
    """How many ticks have shown it."""
    seen_for: int = 0
    """For how long they did, ns, with some of the time between in which nothing was read."""
    state: State = State.PENDING
    warned: int | None = None
    always_pages: bool = False
    promoted: bool = False
    """Taken for how it runs now: what it touches is learned again."""
    evidence: dict[str, str] = field(default_factory=dict)
    """Newest sentence of each sign, by fault and root."""
    spoke: list[str] = field(default_factory=list)
    """Each `Speaker` of its signs, in the order in which they came; older snapshots name others."""
    time_to_limit: float | None = None
    services: tuple[ServiceTime, ...] = ()
    foreseen: int = 0
    """When a forecast was last there, ns."""
    told: float | None = None
    """Time to limit in the version before."""
    updated: int = 0
    """Stamp of the newest version that was told: versions keep their order though clocks are put back."""


def is_cooling(fault: str) -> bool:
    """Whether a fault is one of the cooling; KeyError for a name that is not in the tree."""
    return category_of(fault) is Category.COOLING


def shows(cause: Cause, o: Sign, end: int, slack: int = 0) -> bool:
    """Whether a sign belongs to a cause: of itself, or of something further down.

    ``slack``, ns: what its zone takes to be read once more, where it is read seldom.
    """
    if not (is_cooling(cause.fault) and is_cooling(o.fault)):
        return cause.fault == o.fault and cause.root == o.root
    same_place = cause.hall == "" or o.hall in ("", cause.hall)
    young = end - cause.started <= T.same_cause_s * SECOND + slack
    if cause.tier > o.tier:
        return same_place and cause.tier >= Tier.UNIT
    if cause.tier == o.tier:
        beside = o.tier >= Tier.HALL or (o.tier is Tier.RACK and (young or cause.fault == o.fault == "limit"))
        return cause.root == o.root or (beside and cause.hall == o.hall)
    return False


def was_its_beginning(cause: Cause, o: Sign, end: int, slack: int = 0) -> bool:
    """Whether a young cause further down turns out to be what a sign explains; ``slack`` as of `shows`."""
    return (
        is_cooling(cause.fault)
        and is_cooling(o.fault)
        and o.tier > cause.tier
        and o.tier >= Tier.HALL
        and (o.hall in ("", cause.hall) or cause.hall == "")
        and end - cause.started <= T.same_cause_s * SECOND + slack
    )


def see_again(cause: Cause, end: int, tick: int, slack: int = 0) -> None:
    """Count a tick of ``tick`` ns that shows a cause: once, and the first as a whole.

    ``slack`` as of `shows`.
    """
    passed = end - cause.last_seen
    if passed > 0 or cause.ticks == 0:
        cause.ticks += 1
        cause.seen_for += min(max(passed, tick), max(tick, T.most_at_once_s * SECOND, slack))
    cause.last_seen = end


def is_confirmed(cause: Cause, o: Sign) -> bool:
    """Whether a cause has been seen for as long as a sign of it asks for."""
    seen = cause.ticks >= T.confirm_ticks and cause.seen_for >= o.confirm_s * SECOND
    return seen or o.confirm_s == 0


def lapses(cause: Cause, end: int) -> bool:
    """Whether a cause that is pending and that the tick does not show begins anew when it is seen again."""
    return end - cause.last_seen >= T.lapses_s * SECOND


def name_by(cause: Cause, o: Sign, end: int) -> None:
    """Name a cause after the sign that has been confirmed first, unless a finer form of that is seen too.

    Racks are not named so: several are their hall's, and a limit that wakes someone knows no cause.
    """
    finer = cause.named == end and explains(o.fault, cause.fault)
    if o.tier == cause.tier > Tier.RACK and not finer:
        cause.fault, cause.root, cause.confidence = o.fault, o.root, o.confidence


def unnamed(cause: Cause, end: int) -> bool:
    """Whether what a cause is named after has not been seen for a while, and others may name it better."""
    return end - cause.named > T.nameless_s * SECOND


def id_of(zone: str, sign: Sign, end: int, taken: Container[str]) -> str:
    """The id of a cause that ``sign`` was the first to show, at ``end`` (ns); none of ``taken``."""
    key = "\n".join((zone, sign.root, str(category_of(sign.fault)), str(end)))
    digest = hashlib.sha256(key.encode()).hexdigest()[:16]
    if digest in taken:
        digest = hashlib.sha256(f"{key}\n{sign.fault}".encode()).hexdigest()[:16]
    return digest
