"""Lead time against false alarms, coolwatch and its peers, as an SVG picture."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 720, 420
LEFT, RIGHT, TOP, BOTTOM = 70, 190, 30, 50
MOST_FALSE = 30.0
TICKS_FALSE = (0.0, 0.5, 2.0, 5.0, 10.0, 20.0, 30.0)
STYLE = "font-family='sans-serif' font-size='12' fill='#333'"


def lead_plot(figures: dict[str, Any]) -> str:
    """One dot each: median lead over window, against false cooling alarms a hall-day on a root scale."""
    dots = [("coolwatch", figures["sudden"], figures["nuisance"])]
    dots += [(name, peer["sudden"], peer["nuisance"]) for name, peer in figures["peers"].items()]
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' width='{WIDTH}'>",
        f"<rect width='{WIDTH}' height='{HEIGHT}' fill='white'/>",
        *_axes(),
    ]
    taken: list[float] = []
    for name, sudden, nuisance in sorted(dots, key=lambda dot: -(dot[1]["median_lead_fraction"] or 0.0)):
        lead = sudden["median_lead_fraction"] or 0.0
        x, y = _x(nuisance["false_a_hall_day"] or 0.0), _y(lead)
        label = y
        while any(abs(label - other) < 14 for other in taken):
            label += 14
        taken.append(label)
        own = name == "coolwatch"
        colour, weight = ("#c0392b", "bold") if own else ("#2c6fbb", "normal")
        parts.append(f"<circle cx='{x:.1f}' cy='{y:.1f}' r='{6 if own else 4}' fill='{colour}'/>")
        at = WIDTH - RIGHT + 14
        parts.append(
            f"<path d='M{x:.1f} {y:.1f} L{at - 4} {label - 4:.1f}' stroke='{colour}' stroke-width='0.6' "
            "fill='none' opacity='0.5'/>"
        )
        parts.append(f"<text x='{at}' y='{label:.1f}' {STYLE} font-weight='{weight}'>{escape(name)}</text>")
    return "\n".join([*parts, "</svg>"]) + "\n"


def _axes() -> list[str]:
    right, floor = WIDTH - RIGHT, HEIGHT - BOTTOM
    parts = [f"<path d='M{LEFT} {TOP} V{floor} H{right}' stroke='#333' fill='none'/>"]
    parts += [
        f"<text x='{_x(value):.1f}' y='{floor + 18}' {STYLE} text-anchor='middle'>{value:g}</text>"
        for value in TICKS_FALSE
    ]
    for tenth in range(0, 11, 2):
        y = _y(tenth / 10)
        parts.append(f"<path d='M{LEFT} {y:.1f} H{right}' stroke='#ddd'/>")
        parts.append(f"<text x='{LEFT - 8}' y='{y + 4:.1f}' {STYLE} text-anchor='end'>{tenth / 10:g}</text>")
    middle = (LEFT + right) / 2
    parts.append(
        f"<text x='{middle}' y='{HEIGHT - 10}' {STYLE} text-anchor='middle'>"
        "false cooling alarms a hall-day</text>"
    )
    parts.append(
        f"<text x='18' y='{HEIGHT / 2}' {STYLE} text-anchor='middle' "
        f"transform='rotate(-90 18 {HEIGHT / 2})'>median lead / window</text>"
    )
    return parts


def _x(false: float) -> float:
    part = (min(false, MOST_FALSE) / MOST_FALSE) ** 0.5
    return LEFT + 10 + part * (WIDTH - RIGHT - LEFT - 20)


def _y(lead: float) -> float:
    return TOP + (1.0 - lead) * (HEIGHT - BOTTOM - TOP)
