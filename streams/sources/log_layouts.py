"""The layouts of several tabular logs, each told from itself and from what lies beside it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from config.errors import ConfigError
from config.points import parse_point
from config.sections.log import LogSettings
from streams.sources.log_file import LogFile
from streams.sources.log_titles import is_date, unnumbered
from streams.sources.sniff import Sniffer
from streams.sources.table_doubt import Doubt
from streams.sources.table_layout import Layout
from streams.sources.table_shape import WIDE

FEW = 3
"""So many cells that differ are no chance."""


def layouts_of(logs: Sequence[LogFile], settings: LogSettings) -> list[Layout]:
    """One layout a log, with doubts where there are any.

    Logs that hold the same columns at the same times are of different machines:
    their names are then a part of those of their readings.
    """
    layouts = [Sniffer(log, settings).layout(file=_file_of(logs)) for log in logs]
    for log, title in zip(logs, _titles(logs, layouts), strict=True):
        log.title = title
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for i, columns in enumerate(layout.columns for layout in layouts):
        groups[columns].append(i)
    beside = [
        i
        for columns, some in groups.items()
        if columns and _side_by_side([(layouts[j].span, f"{logs[j].folder}/{logs[j].title}") for j in some])
        for i in some
    ]
    foreign = [i for i, layout in enumerate(layouts) if _is_foreign(layout) and not settings.point]
    if set(beside) & set(foreign):
        # One for all, where it can be: that can stand in the settings, and holds for another day's files.
        some = foreign if len(foreign) == len(layouts) else sorted(set(beside) & set(foreign))
        file = _file_of(logs)
        for i in some:
            layouts[i] = Sniffer(logs[i], settings).layout(file=file, several=True)
    return list(_held_against_each_other(layouts, logs))


def _file_of(logs: Sequence[LogFile]) -> str:
    """What tells a log from the others in a name: files of one name in several folders need these too."""
    folders: dict[str, set[str]] = defaultdict(set)
    for log in logs:
        folders[log.title].add("" if is_date(log.folder) else log.folder)
    return "{folder}/{file}" if any(len(some) > 1 for some in folders.values()) else "{file}"


def _titles(logs: Sequence[LogFile], layouts: Sequence[Layout]) -> list[str]:
    alike = [(layout.columns, log.folder) for log, layout in zip(logs, layouts, strict=True)]
    return unnumbered([log.title for log in logs], alike, [layout.span for layout in layouts])


def _is_foreign(layout: Layout) -> bool:
    """Whether its columns are points that have no ids."""
    shape = layout.shape
    return shape is not None and shape.name == WIDE and not all(map(parse_point, shape.values))


def _held_against_each_other(layouts: Sequence[Layout], logs: Sequence[LogFile]) -> Iterator[Layout]:
    """The layouts, in doubt where an earlier log gives other values to its names at the same times."""
    # Of a thousand files with a point each, hardly one has the name of another.
    of_name: dict[str, list[int]] = defaultdict(list)
    for i, layout in enumerate(layouts):
        names = {name for name, _ in layout.sample}
        rivals = sorted({j for name in names for j in of_name[name] if _overlap(layouts[j], layout)})
        yield _held_against(layout, logs[i], [(layouts[j], logs[j]) for j in rivals])
        for name in names:
            of_name[name].append(i)


def _overlap(one: Layout, other: Layout) -> bool:
    return one.span[0] <= other.span[1] and other.span[0] <= one.span[1]


def _held_against(own: Layout, own_log: LogFile, others: Sequence[tuple[Layout, LogFile]]) -> Layout:
    for earlier, log in others:
        both = own.sample.keys() & earlier.sample.keys()
        other = [key for key in both if own.sample[key] != earlier.sample[key]]
        if len(other) >= FEW and len(other) > len(both) // 4 and own.shape is not None:
            name = min(other)[0]
            template = own.shape.name
            mend = f"{{file}}/{template}" if own_log.title != log.title else f"{{folder}}/{template}"
            problem = f"{name!r} has other values at the same times in {log.path.name} of {log.folder}"
            return replace(own, doubts=[*own.doubts, Doubt(problem, f'point = "{mend}"')])
    return own


def _side_by_side(spans: Sequence[tuple[tuple[int, int], str]]) -> bool:
    """Whether half of the logs or more, each with its span of time and title, begin before another has ended.

    Those of one title are of one machine: of two machines, each with a file a day, half do.
    """
    latest: dict[str, int] = {}
    over = 0
    for (first, last), title in sorted(spans):
        over += any(end > first for other, end in latest.items() if other != title)
        # Who has ended overlaps no later one.
        latest = {other: end for other, end in latest.items() if end > first}
        latest[title] = max(last, latest.get(title, last))
    return over > 0 and 2 * over >= len(spans)


def refuse_doubts(logs: Sequence[LogFile], layouts: Sequence[Layout]) -> None:
    """Raise ConfigError for the first log of which something stays in doubt: a wrong guess is worse."""
    for log, layout in zip(logs, layouts, strict=True):
        if layout.doubts:
            problem, mend = layout.doubts[0]
            more = f" ({len(layout.doubts) - 1} more)" if len(layout.doubts) > 1 else ""
            raise ConfigError(
                str(log.path),
                "",
                f"{problem}{more}",
                f"in coolwatch.toml, [log]: {mend}; coolwatch init --from LOG writes what was told",
            )
