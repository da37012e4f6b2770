"""The life of incidents: pending, firing, resolved; one for each physical cause.

A sign of a cause higher up the cooling chain explains the signs below it: with
the chillers gone, units that blow warm air and racks that pass their limits
belong to the one incident, and raise its severity instead of paging anew. An
incident that began lower down minutes before is revised, not doubled: it keeps
its id, and its fault and root move up.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import Any

import msgspec

from detector.incidents.cause import (
    Cause,
    id_of,
    is_confirmed,
    is_cooling,
    lapses,
    name_by,
    see_again,
    shows,
    unnamed,
    was_its_beginning,
)
from detector.incidents.faults import SEVERITY_CODE, Category, Severity, State, Tier, category_of, explains
from detector.incidents.outlook import Outlook, has_moved
from detector.incidents.sign import Sign
from detector.incidents.words import sign_key, summary_of
from detector.threshold import FOR_READERS, TUNED, threshold
from streams.messages import SECOND, Incident


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of the life of an incident."""

    hold_s: int = threshold(300, "s", "an incident ends when nothing has shown it for this long", TUNED)
    max_evidence: int = threshold(
        6, "sentences", "what someone can read at three in the morning", FOR_READERS
    )
    emergency_within_s: float = threshold(
        600.0, "s", "a limit foreseen within this time is an emergency", "docs/incidents.md, severities"
    )
    critical_within_s: float = threshold(
        1800.0, "s", "a limit foreseen within this time is critical", "docs/incidents.md, severities"
    )
    foreseen_for_s: int = threshold(
        900, "s", "what was foreseen holds for so long after a hall has begun to cool, or to rest", TUNED
    )


T = Thresholds()

NOTHING_IN_SIGHT = Outlook(None, ())


class Incidents:
    """All open incidents of a zone. Feed it the signs of each tick, which is ``tick`` ns long."""

    def __init__(self, zone: str, tick: int) -> None:
        self.zone = zone
        self.tick = tick
        self.open: list[Cause] = []
        self.shift = 0
        """Time of the engine less stamps, ns; what is told carries stamps."""
        self.slack = 0
        """What the zone takes to be read once more, ns, where it is read seldom; else 0."""

    def observe(
        self,
        seen: list[Sign],
        end: int,
        newest: int,
        outlook: dict[str, Outlook],
        tick_done: bool = True,
        looked_for: Container[str] | None = None,
    ) -> list[Incident]:
        """Take in what was seen; returns the new version of each incident that changed.

        ``end`` is the time it was seen at, ``newest`` that of the newest
        reading. ``outlook`` maps each hall, and "" for the zone, to its
        forecast. Between ticks (``tick_done`` false) nothing counts as gone, nor
        does at their end what was not ``looked_for`` (faults; all of them, unless given).
        """
        changed: dict[str, Cause] = {}
        for sign in sorted(seen, key=lambda o: (-o.tier, -o.confidence, o.root, o.fault)):
            cause = self._cause_of(sign, end)
            see_again(cause, end, self.tick, self.slack)
            if self._add(cause, sign, end, tick_done):
                changed[cause.id] = cause
            if cause.state is State.PENDING and is_confirmed(cause, sign):
                cause.state = State.FIRING
                cause.warned = newest
                name_by(cause, sign, end)
                changed[cause.id] = cause
        for cause in self.open:
            if cause.state is State.FIRING and self._revise(cause, outlook, end):
                changed[cause.id] = cause
        versions = [self._version(c, end) for c in changed.values() if c.state is State.FIRING]
        if tick_done:
            for cause in self.open:
                if looked_for is not None and cause.fault not in looked_for:
                    cause.last_seen = end
            versions += self._let_go(end)
        told = {version.id: version.updated for version in versions}
        for cause in self.open:
            cause.updated = told.get(cause.id, cause.updated)
        return versions

    def unpromoted(self) -> list[Cause]:
        """The open incidents but for those that are how it is by now."""
        return [c for c in self.open if not c.promoted]

    def roots_of(self, fault: str) -> list[str]:
        """Where a fault is told of, or may be about to be."""
        return [cause.root for cause in self.open if cause.fault == fault]

    def halls_in_trouble(self) -> set[str]:
        """Halls that one of them touches as a whole, "" for all of the zone."""
        return {c.hall for c in self.unpromoted() if c.tier >= Tier.HALL and is_cooling(c.fault)}

    def trouble_since(self) -> int | None:
        """When the oldest trouble of a whole hall or plant began that is firing, ns."""
        return min((c.started for c in self._troubles()), default=None)

    def promote(self, since: int) -> set[str]:
        """Take trouble that began before ``since`` (ns) for how it is now; its halls, "" for all."""
        lasting = [c for c in self._troubles() if c.started <= since]
        for cause in lasting:
            cause.promoted = True
        return {cause.hall for cause in lasting}

    def _troubles(self) -> list[Cause]:
        """Cooling incidents of whole halls or plants that are firing, and are not how it is by now."""
        return [
            c
            for c in self.open
            if c.tier >= Tier.HALL
            and c.state is State.FIRING
            and category_of(c.fault) is Category.COOLING
            and not c.promoted
        ]

    def _cause_of(self, o: Sign, end: int) -> Cause:
        """The open cause that a sign belongs to, made if there is none."""
        shown = [cause for cause in self.open if shows(cause, o, end, self.slack)]
        if shown:
            # What explains most, else the oldest.
            return max(shown, key=lambda cause: cause.tier)
        for cause in self.open:
            if was_its_beginning(cause, o, end, self.slack):
                return cause
        return self._new(o, end)

    def _new(self, o: Sign, end: int) -> Cause:
        cause = Cause(
            id=id_of(self.zone, o, end, {c.id for c in self.open}),
            tier=o.tier,
            hall=o.hall,
            fault=o.fault,
            root=o.root,
            first_root=o.root,
            started=end,
            last_seen=end,
            named=end,
            confidence=o.confidence,
            severity=o.severity,
        )
        self.open.append(cause)
        return cause

    def _add(self, cause: Cause, o: Sign, end: int, tick_done: bool) -> bool:
        """Let a sign strengthen its cause; True if a person would notice."""
        changed = False
        if o.tier > cause.tier:
            cause.tier, cause.hall = o.tier, o.hall
            cause.fault, cause.root, cause.confidence = o.fault, o.root, o.confidence
            changed = True
        elif o.tier == cause.tier == Tier.RACK and o.root != cause.root:
            # What befalls a second rack is no longer that rack's own; racks merely warm are no hall's.
            changed = cause.root != cause.hall
            cause.root = cause.hall
            if o.severity is not Severity.WARNING:
                cause.tier, changed = Tier.HALL, True
        elif o.tier == cause.tier and o.fault != cause.fault and explains(o.fault, cause.fault):
            # The same in coarser words: what is known more finely is all the surer.
            cause.confidence = max(cause.confidence, o.confidence)
        elif o.tier == cause.tier and (o.confidence > cause.confidence or unnamed(cause, end)):
            changed = (o.fault, o.root) != (cause.fault, cause.root)
            cause.fault, cause.root, cause.confidence = o.fault, o.root, o.confidence
        if (o.fault, o.root) == (cause.fault, cause.root):
            cause.named = end
        if SEVERITY_CODE[o.severity] > SEVERITY_CODE[cause.severity]:
            cause.severity = o.severity
            changed = True
        cause.always_pages |= o.always_pages
        if o.spoke not in cause.spoke:
            cause.spoke.append(str(o.spoke))
        sign = sign_key(o.fault, o.root)
        if sign in cause.evidence:
            cause.evidence[sign] = o.evidence
        elif len(cause.evidence) < T.max_evidence:
            cause.evidence[sign] = o.evidence
            changed |= tick_done
        elif sign == sign_key(cause.fault, cause.root):
            # What the incident is named after is always among its evidence.
            del cause.evidence[next(iter(cause.evidence))]
            cause.evidence[sign] = o.evidence
        return changed

    def _revise(self, cause: Cause, outlook: dict[str, Outlook], end: int) -> bool:
        """Refresh the forecast of a firing incident; True where that is worth telling."""
        if category_of(cause.fault) is not Category.COOLING or cause.tier < Tier.HALL:
            return False
        ahead = outlook.get(cause.hall)
        if ahead is not None:
            cause.foreseen = end
        elif end - cause.foreseen < T.foreseen_for_s * SECOND:
            return False
        else:
            ahead = NOTHING_IN_SIGHT
        left = ahead.time_to_limit
        moved = has_moved(cause.told, left)
        cause.time_to_limit, cause.services = left, ahead.services
        severity = cause.severity
        if left is not None and left <= T.emergency_within_s:
            severity = Severity.EMERGENCY
        elif left is not None and left <= T.critical_within_s:
            severity = Severity.CRITICAL
        rises = SEVERITY_CODE[severity] > SEVERITY_CODE[cause.severity]
        if rises:
            cause.severity = severity
        if rises or moved:
            cause.told = left
        return rises or moved

    def _let_go(self, end: int) -> list[Incident]:
        versions, kept = [], []
        hold = max(T.hold_s * SECOND, self.slack)
        for cause in self.open:
            pending = cause.state is State.PENDING
            gone = lapses(cause, end) if pending else end - cause.last_seen >= hold
            if not gone:
                kept.append(cause)
            elif not pending:
                cause.state = State.RESOLVED
                versions.append(self._version(cause, end))
        self.open = kept
        return versions

    def versions(self, end: int) -> list[Incident]:
        """Every firing incident as it is now."""
        return [self._version(c, end) for c in self.open if c.state is State.FIRING]

    def state(self) -> list[Any]:
        """The open causes as plain data, for a snapshot."""
        plain: list[Any] = msgspec.to_builtins(self.open)
        return plain

    def restore(self, state: list[Any]) -> None:
        """Take over what `state` gave, in old ones by ticks. msgspec.ValidationError where it is none."""
        self.open = msgspec.convert(state, list[Cause])
        for cause in self.open:
            cause.seen_for = cause.seen_for or cause.ticks * self.tick

    def _version(self, cause: Cause, end: int) -> Incident:
        # A tick may end a moment after the readings that told of it.
        started = cause.started if cause.warned is None else min(cause.started, cause.warned)
        updated = max(end - self.shift, cause.updated)
        return Incident(
            id=cause.id,
            zone=self.zone,
            hall=cause.hall or cause.root.split("/", 1)[0],
            category=category_of(cause.fault),
            fault=cause.fault,
            root=cause.root,
            first_root=cause.first_root,
            severity=cause.severity,
            state=cause.state,
            started=started - self.shift,
            updated=updated,
            warned=None if cause.warned is None else cause.warned - self.shift,
            resolved=updated if cause.state is State.RESOLVED else None,
            time_to_limit=cause.time_to_limit,
            services=cause.services,
            evidence=tuple(cause.evidence.values()),
            summary=summary_of(cause),
            confidence=cause.confidence,
            spoke=tuple(cause.spoke),
        )
