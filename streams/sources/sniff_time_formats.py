"""How times are written in a table: told from samples, with what stays in doubt."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple

import polars as pl

from streams.sources.log_times import EXCEL_DAYS, WEEKDAY
from streams.sources.log_zones import OFFSET

_WEEKDAY = f"(?:{WEEKDAY})?"
_MONTH = r"(?P<name>[A-Za-zäéû]{3,9}\.?)"
_DATES = (
    r"(?P<y>\d{4})(?P<s>[-/.])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})",
    r"(?P<a>\d{1,2})(?P<s>[-/.])(?P<b>\d{1,2})(?P=s)(?P<c>\d{4}|\d{2})(?!\d)",
    rf"(?P<d>\d{{1,2}})(?P<s>\.?[-/ ]){_MONTH}(?P<t>[-/ ,]+)(?P<c>\d{{4}}|\d{{2}})(?!\d)",
    rf"{_MONTH}(?P<s> +)(?P<d>\d{{1,2}})(?P<t>,? +)(?P<c>\d{{4}})",
    r"(?P<y>(?:19|20)\d\d)(?P<m>[01]\d)(?P<d>[0-3]\d)",
    r"(?P<y>\d{4})年(?P<m>\d{1,2})月(?P<d>\d{1,2})日",
)
_TIME = (
    r"(?P<H>\d{1,2})(?P<u>[:.h])(?P<M>\d{2})(?:(?P<v>[:.])(?P<S>\d{2})(?P<f>[.,]\d+)?)?"
    r"(?P<p>\s*[AaPp]\.?\s?[Mm]\b\.?)?"
)
_ZONE = rf"(?P<z>\s*\(?(?:Z\b|{OFFSET}|(?-i:[A-Z]{{2,5}}))\)?)?"
_WHOLE = [re.compile(rf"{_WEEKDAY}{day}(?P<between>[T ,_-]+|\s-\s){_TIME}{_ZONE}", re.I) for day in _DATES]
_DAY = [re.compile(rf"{_WEEKDAY}{day}", re.I) for day in _DATES]
_CLOCK = re.compile(_TIME + _ZONE, re.I)
_EPOCH = re.compile(r"\d{9,10}(?:\.\d+)?|\d{12,13}(?:\.\d+)?|\d{15,16}|\d{18,19}")

_EXCEL_DAY = re.compile(r"\d{5}(?:[.,]\d+)?")


class Written(NamedTuple):
    """How a text is written: with ``%1/%2/%3`` for a date that may be read in several ways."""

    format: str
    parts: tuple[int, int, int] | None = None
    """The numbers of such a date."""
    digits: int = 4
    """Of its last number."""


def day_and_time(text: str) -> Written | None:
    """How a text with a date and a time of day is written, None if it is none."""
    for pattern in _WHOLE:
        found = pattern.fullmatch(text.strip())
        if found is not None:
            written = _date(found)
            zone = "%Z" if found["z"] else ""
            return written._replace(format=written.format + found["between"] + _clock(found) + zone)
    return None


def day_alone(text: str) -> Written | None:
    """How a date without a time of day is written, None if it is none."""
    found = next((found for each in _DAY if (found := each.fullmatch(text.strip()))), None)
    return None if found is None else _date(found)


def clock_alone(text: str) -> str:
    """The format of a time of day without a date; empty if it is none."""
    found = _CLOCK.fullmatch(text.strip())
    if found is None or int(found["H"]) > 24 or int(found["M"]) > 59:
        return ""
    if found["u"] == "." and not (found["S"] or found["p"]):
        return ""  # a number such as 18.40
    return _clock(found) + ("%Z" if found["z"] else "")


def is_epoch(text: str) -> bool:
    """Whether a text can be seconds, or ms, us or ns, since 1970."""
    return _EPOCH.fullmatch(text.strip()) is not None


def is_excel_day(text: str) -> bool:
    """Whether a text can be a day and its part in the numbering of spreadsheets."""
    found = _EXCEL_DAY.fullmatch(text.strip())
    return found is not None and EXCEL_DAYS[0] <= float(found[0].replace(",", ".")) <= EXCEL_DAYS[1]


def _date(found: re.Match[str]) -> Written:
    groups = found.groupdict()
    if "年" in found[0]:
        return Written("%Y年%m月%d日")
    separator = groups.get("s") or ""
    if groups.get("a"):
        year = "%Y" if len(groups["c"]) == 4 else "%y"
        parts = int(groups["a"]), int(groups["b"]), int(groups["c"])
        return Written(f"%1{separator}%2{separator}{year if year == '%Y' else '%3'}", parts, len(groups["c"]))
    if name := groups.get("name"):
        # %B takes both, so May stands for what may be June or Sep in other rows.
        month = "%b" if len(name.rstrip(".")) == 3 and name.lower() != "may" else "%B"
        year = "%Y" if len(groups["c"]) == 4 else "%y"
        day_first = found.start("d") < found.start("name")
        first, second = ("%d", month) if day_first else (month, "%d")
        return Written(f"{first}{separator}{second}{groups['t']}{year}")
    return Written(f"%Y{separator}%m{separator}%d")


def _clock(found: re.Match[str]) -> str:
    hour = "%I" if found["p"] else "%H"
    seconds = f"{found['v']}%S" + ("%.f" if found["f"] else "") if found["S"] else ""
    half = (" %p" if found["p"][0].isspace() else "%p") if found["p"] else ""
    return f"{hour}{found['u']}%M{seconds}{half}"


ORDERS = {
    "day first": ("%d", "%m", "%Y"),
    "month first": ("%m", "%d", "%Y"),
    "year first": ("%y", "%m", "%d"),
}


class Order(NamedTuple):
    """Which of day, month and year comes first in dates like 05/06/2025."""

    name: str
    """Of `ORDERS`; empty where the dates fit none."""
    sure: bool


def order_of(dates: Iterable[Written]) -> Order:
    """The order of dates that may be read in several ways, in the order of the log.

    Numbers beyond 12 and 31 tell; else days that follow each other in one
    reading and lie months apart in the others. Dates with points have the day
    first (CLDR: no locale has it otherwise).
    """
    seen: dict[tuple[int, int, int], Written] = {}
    for written in dates:
        if written.parts is not None:
            seen.setdefault(written.parts, written)
    if not seen:
        return Order("", sure=True)
    fitting = {}
    for name in ORDERS:
        days = [_ordinal(written, name) for written in seen.values()]
        if all(day is not None for day in days):
            fitting[name] = [day for day in days if day is not None]
    if len(fitting) > 1 and all(separated_by_points(written) for written in seen.values()):
        fitting.pop("month first", None)
        if len(fitting) > 1:
            fitting.pop("year first", None)
    if len(fitting) > 1 and not any(written.format.startswith("%1-") for written in seen.values()):
        fitting.pop("year first", None)  # two digits of a year come first with dashes only
    if len(fitting) > 1 and len({tuple(days) for days in fitting.values()}) == 1:
        return Order(next(iter(fitting)), sure=True)  # the 6th of June, either way
    if len(fitting) < 2:
        return Order(next(iter(fitting), ""), sure=True)
    if len(seen) == 1:
        return Order(next(iter(fitting)), sure=False)
    steps = {name: max(abs(b - a) for a, b in pairwise(days)) for name, days in fitting.items()}
    ranked = sorted(steps, key=lambda name: steps[name])
    return Order(ranked[0], sure=steps[ranked[0]] <= 7 and steps[ranked[1]] >= 20)


def separated_by_points(written: Written) -> bool:
    """Whether a date is written as in 15.06.2025."""
    return written.format.startswith("%1.")


def _ordinal(written: Written, order: str) -> int | None:
    assert written.parts is not None
    if (order == "year first") != (written.digits == 2 and order == "year first"):
        return None
    numbers = dict(
        zip(("%d", "%m", "%Y") if order == "day first" else ORDERS[order], written.parts, strict=True)
    )
    year = numbers.get("%Y", numbers.get("%y", 0))
    try:
        return date(year + (2000 if year < 100 else 0), numbers["%m"], numbers["%d"]).toordinal()
    except ValueError:
        return None


def format_in_order(format: str, order: str) -> str:
    """The format with day, month and year in this order."""
    first, second, third = ORDERS.get(order, ORDERS["day first"])
    short = third if third != "%Y" else "%y"
    return format.replace("%1", first).replace("%2", second).replace("%3", short)


def most_are(texts: Sequence[str], is_so: Callable[[str], object]) -> bool:
    """Whether at least nine in ten of the texts are something, and there are any."""
    return bool(texts) and sum(bool(is_so(text)) for text in texts) >= 0.9 * len(texts)


def texts_of(column: pl.Series) -> list[str]:
    """The cells of a column that are not empty, without blanks around them."""
    return [text for each in column.cast(pl.String).drop_nulls().to_list() if (text := each.strip())]
