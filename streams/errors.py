"""Errors of the edges, told apart by what is to be done about them.

    StreamError
    ├── RetryError            the other side is away: back off and try again
    │   ├── BrokerAway
    │   ├── SinkAway
    │   └── StoreAway
    │       └── StoreDamaged  it will not come back as it is: moved aside, begun anew
    ├── StoreRefused          the store never takes this row: set it aside, go on
    └── RejectError           the input is at fault: dead letter, go on

A configuration mistake is neither: see `config.errors.ConfigError`.
"""

from __future__ import annotations

from enum import StrEnum


class RejectReason(StrEnum):
    """Why something went to the dead letters."""

    EMPTY = "empty"
    BROKEN_JSON = "broken_json"
    BROKEN_LINE = "broken_line"
    WRONG_TYPE = "wrong_type"
    MISSING_FIELD = "missing_field"
    NOT_FINITE = "not_finite"
    ABSURD_TIME = "absurd_time"
    UNKNOWN_UNIT = "unknown_unit"
    UNKNOWN_STATE = "unknown_state"
    POINT_TOO_LONG = "point_too_long"
    BAD_POINT = "bad_point"
    TOO_MANY_POINTS = "too_many_points"
    NOT_TEXT = "not_text"
    CORRUPT_BATCH = "corrupt_batch"
    NO_LONGER_KEPT = "no_longer_kept"
    MADE_ANEW = "made_anew"
    TOO_LARGE = "too_large"
    NOT_A_ROW = "not_a_row"
    UNKNOWN_FORMAT = "unknown_format"
    BAD_CLOCK = "bad_clock"
    UNFORESEEN = "unforeseen"


class StreamError(Exception):
    """Base of all errors that cross an edge."""


class RetryError(StreamError):
    """The other side is away; the same call may work later."""


class BrokerAway(RetryError):
    """Kafka cannot be reached."""


class SinkAway(RetryError):
    """InfluxDB cannot be reached, or says that it is overloaded."""


class StoreAway(RetryError):
    """The SQL store cannot be reached, or does not do what it is asked."""


class StoreDamaged(StoreAway):
    """The file of the SQL store is no database any more."""


class StoreRefused(StreamError):
    """The SQL store will never take this row, and would take others."""


class RejectError(StreamError):
    """This input can never be used.

    ``detail`` names what is wrong (which text, unit, key), ``remedy`` the
    setting that mends it, where one can be guessed.
    """

    def __init__(self, reason: RejectReason, detail: str = "", remedy: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail
        self.remedy = remedy

    def says(self) -> str:
        """The detail, and the remedy where there is one."""
        return mended(self.detail, self.remedy)


def mended(detail: str, remedy: str) -> str:
    """What is told of an input that is at fault: what is wrong, and what mends it where that is known."""
    return f"{detail}; {remedy}" if remedy else detail
