"""The engine of one zone: readings in, verdicts out.

Pure: no I/O, no clock, no log. What it says depends on the readings and their
order alone, so that a replay, a daemon and a restart agree to the bit.

    push(readings)
      on arrival    limits
      at the tick   what is seen -> what is usual -> signs -> forecast -> incidents

An error that nobody foresaw leaves an engine half-moved: see `detector.bulkhead`,
which tells a fresh one by ``spared`` what it must do without.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence

import msgspec

from config.kinds import Kind
from config.settings import EngineSettings
from config.site import Site
from detector.forecast.time_to_limit import rack_margins
from detector.incidents.faults import FAULTS
from detector.incidents.incidents import Incidents
from detector.incidents.outlook import Outlook
from detector.incidents.sign import Sign
from detector.intake.events import ClockStep, LimitCrossed, TickClosed
from detector.intake.intake import Intake
from detector.judge import judge
from detector.limits import limit_signs, may_be_told, plain_limit_signs
from detector.points import Points
from detector.rules import RULES, Rule
from detector.rules.telemetry.clock_steps import step_sign
from detector.rules.telemetry.wrong_clocks import clock_signs
from detector.saved_state import restore, save
from detector.seen.beyond import beyond_any
from detector.snapshot import VERSION, SnapshotError, decode_any, encode
from detector.spared import CLOCK, LIMIT, TICK, Spared, Step
from detector.state import ZoneState
from detector.trouble import Trouble
from detector.usual.touched import Touched
from streams.messages import Counts, Failure, Incident, Readings, TickVerdict, Verdict

# Readings that may wait for their tick, for each point that the settings allow.
WAITING_A_POINT = 40


UNJUDGED = frozenset({"limit", "limit_unconfirmed", "bad_clock", "clock_step"})
"""Faults that are looked for in ticks that are not judged too."""


class Engine:
    """One zone. Slots are its own; ask `slot` for that of a point before pushing its readings."""

    def __init__(
        self,
        zone: str,
        site: Site,
        kinds: dict[str, Kind],
        settings: EngineSettings,
        rules: Sequence[Rule] = RULES,
    ) -> None:
        self.zone = zone
        self.settings = settings
        self.points = Points(zone, site, kinds)
        self.intake = Intake(
            self.points,
            settings.tick,
            settings.lateness,
            settings.max_ahead,
            settings.max_behind,
            max(1 << 16, WAITING_A_POINT * settings.max_points),
        )
        self.rules = rules
        self.state = ZoneState(zone, site, self.points)
        self.incidents = Incidents(zone, settings.tick)
        self.counts = Counts()
        self.outlook: dict[str, Outlook] = {}
        self.restarting = False
        """Whether machines were coming back after a moment without power when the last tick closed."""
        self.trouble = Trouble()
        self.step: Step | None = None
        """What is being done between two readings."""
        self.spared: dict[Step, Spared] = {}

    @property
    def ids(self) -> list[str]:
        """Id of each slot."""
        return self.points.ids

    @property
    def event_time(self) -> int | None:
        """Event time of the zone as its stamps have it, ns; None before the first tick closed."""
        time = self.intake.event_time
        return None if time is None else time - self.intake.shift

    def slot(self, point_id: str) -> int:
        """Slot of a point, made if it is new. ValueError where its kind is not known."""
        return self.points.add(point_id)

    def open_incidents(self) -> list[Incident]:
        """The firing incidents as they stand."""
        return self.incidents.versions(self.intake.newest)

    def push(self, readings: Readings) -> Verdict:
        """Take in readings in arrival order; says what came to light."""
        verdict = Verdict(self.zone, ids=self.ids)
        for event in self.intake.take(readings, verdict.counts, verdict.rejected):
            self.incidents.shift = self.intake.shift
            if isinstance(event, LimitCrossed):
                self.step = LIMIT, self.intake.arrivals
                verdict.incidents += self._at_limit(event, self.spared.get(self.step))
            elif isinstance(event, ClockStep):
                self.step = CLOCK, self.intake.arrivals
                if self.step not in self.spared:
                    verdict.incidents += self._at_step(event)
            else:
                self.step = TICK, event.end
                self._at_tick(event, self.spared.get(self.step), verdict)
            self.step = None
        self.counts.add(verdict.counts)
        return verdict

    def pass_by(self, readings: Readings, failure: Failure) -> Verdict:
        """Let go by what cannot even be taken in."""
        verdict = Verdict(self.zone, counts=Counts(readings=len(readings), set_aside=len(readings)))
        self.trouble.note(self.intake.newest, failure)
        self.counts.add(verdict.counts)
        return verdict

    def _at_limit(self, event: LimitCrossed, spared: Spared | None) -> list[Incident]:
        if spared is not None:
            return self._at_bare_limit(event, spared)
        inlets, sources = self.state.inlets, self.state.sources
        inlets.fit(self.points.capacity)
        sources.fit(self.points)
        # Between ticks it belongs to the one that is open.
        end = self.intake.open_tick_end()
        seen = self._limits([event.slot], end)
        # What harms nothing yet waits for others to be read since, and for power that has just come back.
        waits = bool(seen) and not seen[0].always_pages and inlets.speaks_of(event.slot)
        unheard = waits and not inlets.others_heard(self.points, event.slot, sources.withheld)
        asks = unheard or (not seen and may_be_told(self.points, event.slot))
        self.points.arrival.asks[event.slot] = asks
        if not seen or unheard or (waits and self.restarting):
            return []
        return self.incidents.observe(seen, end, self.intake.newest, self.outlook, tick_done=False)

    def _at_step(self, event: ClockStep) -> list[Incident]:
        end = self.intake.open_tick_end()
        seen = [step_sign(self.zone, event)]
        return self.incidents.observe(seen, end, self.intake.newest, self.outlook, tick_done=False)

    def _at_bare_limit(self, event: LimitCrossed, spared: Spared) -> list[Incident]:
        end = self.intake.open_tick_end()
        self.trouble.note(end, spared.failure)
        if spared.level > 1:
            return []
        seen = list(plain_limit_signs(self.points, [event.slot], self.intake.newest))
        return self.incidents.observe(seen, end, self.intake.newest, {}, tick_done=False)

    def _at_tick(self, event: TickClosed, spared: Spared | None, verdict: Verdict) -> None:
        rests = self.trouble.rests(event.end)
        if spared is None and not rests:
            judged, incidents, failures = self._judge(event)
            self.trouble.tick_judged()
            verdict.ticks.append(judged)
            verdict.incidents += incidents
            verdict.failures += failures
            return
        self.trouble.ticks += 1
        if spared is not None:
            self.trouble.note(event.end, spared.failure)
        if not rests:
            self.trouble.tick_failed(event.end)
        verdict.counts.scored -= len(event.readings)
        verdict.counts.set_aside += len(event.readings)
        verdict.incidents += self._at_unjudged_tick(event, spared.level if spared is not None else 1)

    def _at_unjudged_tick(self, event: TickClosed, level: int) -> list[Incident]:
        """The limits go on, and what else is not looked for stays as it is."""
        end = event.end
        self.outlook, self.restarting = {}, False
        if level == 1:
            self.state.values.take_unjudged(self.points, event.readings, end)
            seen = self._limits(beyond_any(self.points, end), end)
            seen += self._clocks()
        elif level == 2:
            seen = list(plain_limit_signs(self.points, beyond_any(self.points, end), self.intake.newest))
        else:
            return []
        return self.incidents.observe(seen, end, self.intake.newest, self.outlook, looked_for=UNJUDGED)

    def _judge(self, event: TickClosed) -> tuple[TickVerdict, list[Incident], list[Failure]]:
        end, state, incidents = event.end, self.state, self.incidents
        lasting = state.lasts_since()
        if lasting is not None:
            for hall in incidents.promote(lasting):
                state.forget_hall(hall)
        shift, off = self.intake.shift, self.intake.off_by()
        tick, scores = state.observe(event.readings, end, self.intake.heard(), self.touched(), shift, off)
        incidents.slack = state.values.pace.zone_slack
        margins = rack_margins(self.points, state.values, state.inlets.usual, end)
        judgement = judge(tick, self.rules, state.halls, margins, scores, end - shift)
        limits = self._limits(beyond_any(self.points, end), end)
        # After a moment without power air is warm for a moment: what still harms nothing waits.
        self.restarting = judgement.restarting
        seen = [
            *judgement.signs,
            *(sign for sign in limits if sign.always_pages or not self.restarting),
            *self._clocks(),
        ]
        self.outlook = judgement.outlook
        looked_for = self._looked_for(judgement.failed)
        told = incidents.observe(seen, end, self.intake.newest, self.outlook, looked_for=looked_for)
        state.learn(judgement, self.touched())
        for rule, failure in judgement.failed.items():
            self.trouble.rule_failed(rule, end, failure)
        return judgement.verdict, told, list(judgement.failed.values())

    def touched(self) -> Touched:
        """What the open incidents touch, but for those that are how it is by now."""
        incidents = self.incidents
        return Touched(
            halls=frozenset(incidents.halls_in_trouble()),
            roots=frozenset(cause.root for cause in incidents.unpromoted()),
            since=incidents.trouble_since(),
        )

    def _looked_for(self, failed: Container[str]) -> Container[str] | None:
        """The faults that were looked for, where rules ``failed``: what these tell stays as it is."""
        unseen = {fault for rule in self.rules if rule.name in failed for fault in rule.faults}
        return FAULTS.keys() - unseen if unseen else None

    def _limits(self, beyond: list[int], end: int) -> list[Sign]:
        """Signs of the slots that are beyond a limit."""
        if not beyond:
            return []
        state, away, now = self.state, self.state.running_away(end), self.intake.newest
        return list(limit_signs(self.points, beyond, state.inlets, state.sources, away, now))

    def _clocks(self) -> Iterable[Sign]:
        return clock_signs(self.intake.off_by(), self.incidents.roots_of("bad_clock"), self.points)

    def give_up(self, reason: str) -> Verdict:
        """Refuse all that waits, since the zone is given up."""
        verdict = Verdict(self.zone)
        self.intake.rooms.refuse_all(reason, verdict.counts, verdict.rejected)
        self.counts.add(verdict.counts)
        return verdict

    def snapshot(self) -> bytes:
        """Everything that the engine knows, as data (see `detector.snapshot`)."""
        return encode(
            {
                "zone": self.zone,
                "points": self.points.state(),
                "intake": self.intake.state(),
                "judge": save(self.state),
                "incidents": self.incidents.state(),
                "outlook": msgspec.to_builtins(self.outlook),
                "restarting": self.restarting,
                "counts": msgspec.to_builtins(self.counts),
                "trouble": msgspec.to_builtins(self.trouble),
            }
        )

    @classmethod
    def restore(
        cls,
        data: bytes,
        site: Site,
        kinds: dict[str, Kind],
        settings: EngineSettings,
        rules: Sequence[Rule] = RULES,
    ) -> tuple[Engine, list[str]]:
        """The engine that `snapshot` was taken of, and what could not be carried over, in words.

        Limits, topology and kinds are read afresh from the site: state is
        bound to ids, not to what the site said of them. Of an older version
        what was learned may be lost, part by part. Raises SnapshotError.
        """
        state, version = decode_any(data)
        try:
            engine = cls(state["zone"], site, kinds, settings, rules)
            dropped = engine.points.restore(state["points"])
            engine.intake.restore(state["intake"])
            dropped += restore(engine.state, state["judge"], older=version < VERSION)
            engine.incidents.restore(state["incidents"])
            engine.incidents.shift = engine.intake.shift
            engine.incidents.slack = engine.state.values.pace.zone_slack
            engine.outlook = msgspec.convert(state["outlook"], dict[str, Outlook])
            engine.counts = msgspec.convert(state["counts"], Counts)
            engine.restarting = bool(state.get("restarting", False))
            engine.trouble = msgspec.convert(state.get("trouble", {}), Trouble)
        except Exception as error:
            raise SnapshotError(f"it holds something else than an engine: {error!r}") from error
        return engine, dropped
