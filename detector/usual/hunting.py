"""Loops that hunt: what a controller moves swings to and fro without end.

A swing counts when it has turned back by more than a hysteresis, as rainflow
counting does it (ASTM E1049, turning points), so noise and a slow drift make
none. How often a loop turns of late is held against how often it did while
it was well: a lively loop that was always lively is a habit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from config.kinds import Role
from detector.seen.newest_values import NewestValues
from detector.threshold import TUNED, threshold
from streams.messages import F64


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of loops that hunt."""

    swing_points: float = threshold(15.0, "%", "a swing of a valve or a fan spans more than this", TUNED)
    swing_supply_k: float = threshold(1.0, "K", "a swing of supply air spans more than this", TUNED)
    swing_of_top: float = threshold(
        0.15, "", "a swing of a shaft that reports rpm spans more than this part of its top speed", TUNED
    )
    turns_fade_s: float = threshold(1800.0, "s", "a turn counts for a third after so long", TUNED)
    turns_often: float = threshold(
        6.0, "turns", "so many in half an hour, to and fro every ten minutes, are often...", TUNED
    )
    turns_times: float = threshold(2.5, "", "...if they are so many times what is usual", TUNED)
    hunting_known_after_s: float = threshold(
        2 * 3600.0, "s", "the habit of a loop is known after so long...", TUNED
    )
    hunting_habit_s: float = threshold(12 * 3600.0, "s", "...and is a mean over about this time later", TUNED)
    to_and_fro: float = threshold(1.5, "turns", "what has turned so often of late swings to and fro", TUNED)
    between_part: float = threshold(0.3, "", "weight of the newest in the time from turn to turn", TUNED)
    tracks_at_least: int = threshold(
        2,
        "tracks",
        "a sensor that jumps swings alone; a loop that hunts moves what it commands, and what that moves",
        TUNED,
    )


T = Thresholds()
SPAN = np.array([*[T.swing_points] * 4, T.swing_supply_k])
"""What a swing must span, by track, in its unit."""


TRACKS = (Role.VALVE, Role.VALVE_COMMAND, Role.FAN_SPEED, Role.FAN_COMMAND, Role.SUPPLY_AIR)


@dataclass(frozen=True, slots=True)
class Swinging:
    """How each piece of equipment (rows) swings of late, by track (columns); see `Hunting` for each."""

    hunts: np.ndarray
    """Equipment that hunts."""
    turns: F64
    """Turns of late; fading, so no whole number."""
    low: F64
    """Where each last turned upwards, in the unit of its track."""
    high: F64
    """Where each last turned downwards."""
    between_s: F64
    """Usual time from turn to turn of late, s."""

    def turned(self, row: int, role: Role) -> bool:
        """Whether what a role of one machine shows has swung to and fro of late: it does not rest."""
        return bool(self.turns[row, TRACKS.index(role)] >= T.to_and_fro)


class Hunting:
    """Turning points of each piece of equipment (rows) and track (columns)."""

    state_fields = (
        "extreme",
        "going",
        "turns",
        "usual",
        "low",
        "high",
        "watched_s",
        "since_turn_s",
        "between_s",
    )

    def __init__(self) -> None:
        self.extreme: F64 = np.empty((0, len(TRACKS)))
        """Furthest value since the last turn."""
        self.going: F64 = np.empty((0, len(TRACKS)))
        """1 up, -1 down, 0 not known yet."""
        self.turns: F64 = np.empty((0, len(TRACKS)))
        """Turns of late."""
        self.usual: F64 = np.empty((0, len(TRACKS)))
        """Mean turns of late while it was well; slow, so that a loop that begins to hunt is none yet."""
        self.low: F64 = np.empty((0, len(TRACKS)))
        """Where it last turned upwards."""
        self.high: F64 = np.empty((0, len(TRACKS)))
        self.watched_s: F64 = np.empty((0, len(TRACKS)))
        self.since_turn_s: F64 = np.empty((0, len(TRACKS)))
        self.between_s: F64 = np.empty((0, len(TRACKS)))
        """Usual time from turn to turn of late."""

    def watch(self, values: NewestValues, top_speed: F64, dt: float) -> None:
        """Take in one tick of ``dt`` s. ``top_speed``: of each shaft, in the unit that it reports."""
        self._fit(len(values.mean))
        self.turns *= np.exp(-dt / T.turns_fade_s)
        self.since_turn_s += dt
        value = np.stack([values.column(role) for role in TRACKS], axis=1)
        span = np.broadcast_to(SPAN, value.shape).copy()
        speed = TRACKS.index(Role.FAN_SPEED)
        span[:, speed] = np.fmax(span[:, speed], T.swing_of_top * top_speed)
        self._turn(value, span)
        told = np.isfinite(value)
        self.watched_s[told] += dt

    def learn(self, healthy: np.ndarray, dt: float) -> None:
        """Let what ``healthy`` equipment does be its habit (``dt`` in s)."""
        part = dt / np.clip(self.watched_s, max(dt, 1.0), T.hunting_habit_s)
        self.usual[healthy] += (part * (self.turns - self.usual))[healthy]

    def forget(self, rows: list[int]) -> None:
        """Watch these pieces of equipment anew."""
        self._fit(max(rows) + 1)
        for name in ("turns", "usual", "watched_s"):
            getattr(self, name)[rows] = 0.0

    def now(self) -> Swinging:
        """How it is now; what comes later does not move it."""
        return Swinging(
            self.hunts(), self.turns.copy(), self.low.copy(), self.high.copy(), self.between_s.copy()
        )

    def hunts(self) -> np.ndarray:
        """Equipment of which at least two tracks turn more often than is usual, and often."""
        known = self.watched_s >= T.hunting_known_after_s
        often = known & (self.turns >= np.fmax(T.turns_often, T.turns_times * self.usual))
        hunts: np.ndarray = often.sum(axis=1) >= T.tracks_at_least
        return hunts

    def _turn(self, value: F64, span: F64) -> None:
        told = np.isfinite(value)
        fresh = told & np.isnan(self.extreme)
        self.extreme[fresh] = value[fresh]
        with np.errstate(invalid="ignore"):
            further = told & (self.going * (value - self.extreme) > 0.0)
            turned = told & (self.going != 0.0) & (-self.going * (value - self.extreme) > span)
            begun = told & (self.going == 0.0) & (np.abs(value - self.extreme) > span)
        self.extreme[further] = value[further]
        was_up = turned & (self.going > 0.0)
        was_down = turned & (self.going < 0.0)
        self.high[was_up] = self.extreme[was_up]
        self.low[was_down] = self.extreme[was_down]
        between = np.where(np.isnan(self.between_s), self.since_turn_s, self.between_s)
        self.between_s[turned] = (between + T.between_part * (self.since_turn_s - between))[turned]
        self.since_turn_s[turned | begun] = 0.0
        self.turns[turned] += 1.0
        self.going[begun] = np.sign(value - self.extreme)[begun]
        self.going[turned] *= -1.0
        self.extreme[turned | begun] = value[turned | begun]

    def _fit(self, rows: int) -> None:
        more = rows - len(self.turns)
        if more <= 0:
            return
        for name in self.state_fields:
            unknown = np.nan if name in ("extreme", "low", "high", "between_s") else 0.0
            added = np.full((more, len(TRACKS)), unknown)
            setattr(self, name, np.concatenate([getattr(self, name), added]))
