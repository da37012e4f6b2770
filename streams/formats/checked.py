"""Which readings can be used, which are ignored, and what is wrong with the others."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.rfc3339 import NOT_A_TIME
from streams.errors import RejectError, RejectReason
from streams.formats.directory import IGNORED, PointDirectory, reason_of
from streams.formats.times import EARLIEST, FAR_TIME, LATEST
from streams.formats.unclaimed import shown
from streams.messages import F64, I32, I64, Readings

NAME_LENGTH = 200


class Checked(NamedTuple):
    """Readings told apart; the masks have one row a reading that was looked at."""

    readings: Readings
    good: NDArray[np.bool_]
    ignored: NDArray[np.bool_]
    bad: list[tuple[int, RejectReason]]


def check_readings(directory: PointDirectory, routes: I32, time: I64, value: F64) -> Checked:
    """Convert values to the units of their kinds, and tell usable readings from bad and ignored ones."""
    slot, converted = directory.converted(routes, value)
    known = slot >= 0
    sane = (time >= EARLIEST) & (time < LATEST)
    finite = np.isfinite(converted)
    good = known & sane & finite
    ignored = slot == IGNORED
    bad = []
    for row in np.flatnonzero(~good & ~ignored):
        reason = reason_of(int(slot[row]))
        if reason is None and not sane[row]:
            reason = RejectReason.WRONG_TYPE if time[row] == NOT_A_TIME else RejectReason.ABSURD_TIME
        if reason is None and np.isnan(converted[row]) and not np.isnan(value[row]):
            reason = RejectReason.UNKNOWN_STATE
        bad.append((int(row), reason or RejectReason.NOT_FINITE))
    if bad or ignored.any():
        slot, time, converted = slot[good], time[good], converted[good]
    return Checked(Readings(slot, time, converted), good, ignored, bad)


def refusal_of(
    directory: PointDirectory, reason: RejectReason, name: str, unit: str, time: int, value: float
) -> RejectError:
    """What is wrong with a reading that `check_readings` found bad, and what mends it."""
    named = shown(name)[:NAME_LENGTH]
    match reason:
        case RejectReason.ABSURD_TIME | RejectReason.WRONG_TYPE:
            moment = f"{np.datetime64(time, 'ns')}Z" if abs(time) < FAR_TIME else "of no year"
            return RejectError(reason, f"{named}: time {moment}, value {value}")
        case RejectReason.NOT_FINITE:
            return RejectError(reason, f"{named}: value {value}")
        case RejectReason.UNKNOWN_STATE:
            remedy = f'say what it means, in [[point]] of the site file: states = {{ "{value:g}" = ... }}'
            return RejectError(reason, f"{named}: value {value:g} is none of its states", remedy)
        case _:
            error = directory.refusal(name, unit)
            return RejectError(reason, f"{named}: {error.detail}", error.remedy)
