"""The report of a replay: one HTML file without anything around it, for a mail or a ticket."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

import msgspec

from detector.incidents.durations import duration
from detector.service.people.words import utc
from detector.service.replay.replayed import Replayed, Told
from detector.service.setup.written import write_together
from streams.messages import SECOND

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem;
  margin: 2rem auto; padding: 0 1rem; color: #222 }
table { border-collapse: collapse } td, th { padding: .2rem .8rem .2rem 0; text-align: left }
td.number { text-align: right } article { border-left: .4rem solid #888; padding: 0 1rem; margin: 1rem 0 }
article.warning { border-color: #d9a400 } article.critical { border-color: #e06000 }
article.emergency { border-color: #c00000 } h2 { margin: 1.5rem 0 .3rem } h3 { margin: .2rem 0 }
"""


def write_report(folder: Path, logs: Sequence[Path], replayed: Replayed) -> None:
    """Write ``report.html`` and ``incidents.json``, both or none. Raises ConfigError."""
    incidents = replayed.as_object()["incidents"]
    text = msgspec.json.format(msgspec.json.encode(incidents), indent=2)
    page = html(logs, replayed)
    write_together([(folder / "incidents.json", f"{text.decode()}\n"), (folder / "report.html", page)])


def html(logs: Sequence[Path], replayed: Replayed) -> str:
    """The page."""
    counts = replayed.counts
    books = [
        ("records", counts.records),
        ("of them decoded", counts.decoded),
        ("of them rejected", counts.rejected_records),
        ("readings", counts.readings),
        ("scored", counts.scored),
        ("waiting in ticks that the log did not close", counts.waiting),
        ("late", counts.late),
        ("duplicate", counts.duplicate),
        ("rejected", counts.rejected),
        ("ignored", counts.ignored),
        ("without a value", counts.absent),
        ("set aside", counts.set_aside),
    ]
    rows = "".join(f'<tr><td>{name}</td><td class="number">{number:,}</td></tr>' for name, number in books)
    told = replayed.in_order()
    articles = "".join(map(_article, told)) or "<p>None.</p>"
    names = ", ".join(escape(path.name) for path in logs)
    failures = "".join(f"<p><strong>{escape(sentence)}</strong></p>" for sentence in replayed.said_first())
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>coolwatch: {names}</title>'
        f"<style>{_STYLE}</style><h1>coolwatch replay</h1><p>{names}</p>{failures}"
        f"<h2>Incidents ({len(told)})</h2>{articles}<h2>Books</h2><table>{rows}</table></html>\n"
    )


def _article(told: Told) -> str:
    first, newest = told.first, told.newest
    end = "still open at the end of the log"
    if newest.resolved is not None:
        end = f"resolved {utc(newest.resolved)}, after "
        end += duration((newest.resolved - newest.started) / SECOND)
    lines = [
        f"{escape(newest.category)}: {escape(newest.fault.replace('_', ' '))} at {escape(newest.root)}",
        f"started {utc(newest.started)}, warned {utc(first.warned)}, {end}",
    ]
    if first.time_to_limit is not None:
        lines.append(f"when it was warned of, the first limit was {duration(first.time_to_limit)} away")
    lines += [
        f"{escape(service.name)}: {duration(service.time_to_limit)} left"
        for service in told.services.services
        if service.time_to_limit is not None
    ]
    evidence = "".join(f"<li>{escape(sentence)}</li>" for sentence in newest.evidence)
    return (
        f'<article class="{escape(newest.severity)}"><h3>{escape(newest.severity.upper())}: '
        f"{escape(newest.summary)}</h3><p>{'<br>'.join(lines)}</p><ul>{evidence}</ul></article>"
    )
