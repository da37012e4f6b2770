"""A drill as a picture (SVG): a line of time for each loss, with what happened on it."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from detector.incidents.durations import duration
from detector.service.drill.drilled import Drilled, Outcome, ZoneDrill
from detector.service.drill.table import HEADINGS, none_left

LEFT = 330
"""Width of the names, px."""
PLOT = 620
RIGHT = 260
ROW = 20
NAME_LENGTH = 48
STEPS_MIN = (1, 2, 5, 10, 15, 20, 30, 60, 120)
HOLDS, SPENT = "#2e9e5b", "#a5cf6b"
UNSEEN, WAITING, HOT, DOWN = "#b9bec5", "#f2c14e", "#e8743b", "#b3261e"
"""How it stands with a loss that is not carried, from bad to worse."""
WARNED = "#1f5fbf"
STYLE = (
    "text{font-family:Helvetica,Arial,'DejaVu Sans',sans-serif;font-size:12px;fill:#222}"
    ".title{font-size:15px;font-weight:bold}.head{font-weight:bold}.soft{fill:#666}"
)


def picture(drilled: Drilled) -> str:
    """The whole picture; it loads nothing from elsewhere."""
    body: list[str] = []
    y = 28.0
    for zone in drilled.zones:
        parts, y = _zone(zone, drilled.minutes, y)
        body += parts
        y += 24.0
    width = LEFT + PLOT + RIGHT
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y:.0f}" '
        f'viewBox="0 0 {width} {y:.0f}"><style>{STYLE}</style>'
        f'<rect width="{width}" height="{y:.0f}" fill="#fff"/>' + "\n".join(body) + "</svg>\n"
    )


def _zone(zone: ZoneDrill, minutes: float, y: float) -> tuple[list[str], float]:
    title = (
        f"{zone.zone}: what is lost, and what follows ({zone.load_kw:.0f} kW, {zone.outdoor:.0f} C outdoors)"
    )
    parts = [_text(12, y, title, "title")]
    y += 22.0
    parts += list(_legend(y))
    y += 26.0
    top = y
    rows: list[str] = []
    for scope, heading in HEADINGS.items():
        group = [outcome for outcome in zone.drills if outcome.scope == scope]
        if group:
            rows.append(_text(12, y + 14, heading, "head"))
            y += ROW
        for outcome in group:
            rows += _row(outcome, minutes, y, outcome.holds and none_left(outcome, zone))
            y += ROW
    return parts + list(_axis(minutes, top, y)) + rows, y + 34.0


def _legend(y: float) -> Iterator[str]:
    x = 12.0
    for colour, words in (
        (HOLDS, "redundancy holds"),
        (SPENT, "holds, none to spare"),
        (UNSEEN, "not carried, not warned yet"),
        (WAITING, "warned, time to act"),
        (HOT, "a rack over critical"),
        (DOWN, "something has dropped"),
    ):
        yield f'<rect x="{x:.0f}" y="{y - 10:.0f}" width="14" height="10" fill="{colour}"/>'
        yield _text(x + 19, y, words)
        x += 42 + 6.4 * len(words)
    yield _warning_mark(x + 6, y - 5)
    yield _text(x + 16, y, "coolwatch warns")


def _axis(minutes: float, top: float, bottom: float) -> Iterator[str]:
    step = next((s for s in STEPS_MIN if minutes / s <= 9), STEPS_MIN[-1])
    at = 0.0
    while at <= minutes:
        x = _x(at * 60.0, minutes)
        yield f'<line x1="{x:.1f}" y1="{top:.0f}" x2="{x:.1f}" y2="{bottom:.0f}" stroke="#ddd"/>'
        yield _text(x, bottom + 14, f"{at:g} min", "soft", "middle")
        at += step
    yield _text(LEFT + PLOT / 2, bottom + 30, "since the loss", "soft", "middle")


def _row(outcome: Outcome, minutes: float, y: float, spent: bool) -> list[str]:
    name = outcome.stands_for or outcome.name
    told = f"{outcome.stands_for}, here {outcome.name}" if outcome.stands_for else outcome.name
    name = name if len(name) <= NAME_LENGTH else name[: NAME_LENGTH - 1] + "…"
    parts = [f"<g><title>{escape(told)}</title>", _text(LEFT - 10, y + 14, name, "", "end")]
    for colour, start, end in _stretches(outcome, 60.0 * minutes, spent):
        a, b = _x(start, minutes), _x(end, minutes)
        parts.append(
            f'<rect x="{a:.1f}" y="{y + 4:.0f}" width="{b - a:.1f}" height="{ROW - 8}" fill="{colour}"/>'
        )
    if outcome.warned is not None:
        parts.append(_warning_mark(_x(min(outcome.warned.after_s, minutes * 60.0), minutes), y + ROW / 2))
    parts.append(_text(LEFT + PLOT + 10, y + 14, _words(outcome, spent), "soft"))
    return [*parts, "</g>"]


def _stretches(outcome: Outcome, end: float, spent: bool) -> Iterator[tuple[str, float, float]]:
    """(colour, from, to) in seconds: each state lasts until a worse one begins."""
    if outcome.holds:
        yield SPENT if spent else HOLDS, 0.0, end
        return
    warned = None if outcome.warned is None else outcome.warned.after_s
    begins = ((0.0, UNSEEN), (warned, WAITING), (outcome.critical_s, HOT), (outcome.drop_s, DOWN))
    until = end
    for start, colour in reversed(begins):
        if start is not None and start < until:
            yield colour, start, until
            until = start


def _words(outcome: Outcome, spent: bool) -> str:
    if outcome.drop_s is None:
        if outcome.holds:
            return "holds, none to spare" if spent else "holds"
        return "does not hold, no drop yet"
    what = outcome.services[0].name if outcome.services else "a rack"
    return f"{what} drops after {duration(outcome.drop_s)}"


def _x(seconds: float, minutes: float) -> float:
    return LEFT + PLOT * seconds / (60.0 * minutes)


def _warning_mark(x: float, y: float) -> str:
    points = f"{x:.1f},{y + 5:.1f} {x - 5:.1f},{y - 5:.1f} {x + 5:.1f},{y - 5:.1f}"
    return f'<polygon points="{points}" fill="{WARNED}" stroke="#fff"/>'


def _text(x: float, y: float, words: str, style: str = "", anchor: str = "start") -> str:
    kind = f' class="{style}"' if style else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{kind}>{escape(words)}</text>'
