"""The layouts of several tabular logs, each told from itself and from what lies beside it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from config.errors import ConfigError
from config.points import parse_point
from config.sections.log import LogSettings
from streams.sources.log_file import LogFile
from streams.sources.sniff import Layout, Sniffer
from streams.sources.table_doubt import Doubt
from streams.sources.table_shape import WIDE

FEW = 3
"""So many cells that differ are no chance."""


def layouts_of(logs: Sequence[LogFile], settings: LogSettings) -> list[Layout]:
    """One layout a log, with doubts where there are any.

    Logs that hold the same columns at the same times are of different machines:
    their names are then a part of those of their readings.
    """
    stems: dict[str, set[str]] = defaultdict(set)
    for log in logs:
        stems[log.stem].add(log.folder)
    # Files of one name in several folders are told apart by these.
    file = "{folder}/{file}" if any(len(folders) > 1 for folders in stems.values()) else "{file}"
    layouts = [Sniffer(log, settings).layout(file=file) for log in logs]
    alike: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for i, layout in enumerate(layouts):
        alike[layout.columns].append(i)
    for columns, some in alike.items():
        if columns and len(some) > 1 and _side_by_side([layouts[i].span for i in some]):
            for i in some:
                shape = layouts[i].shape
                foreign = shape is not None and not all(map(parse_point, shape.values))
                if shape is not None and shape.name == WIDE and foreign and not settings.point:
                    layouts[i] = Sniffer(logs[i], settings).layout(file=file, several=True)
    return list(_held_against_each_other(layouts, logs))


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
            mend = f"{{file}}/{template}" if own_log.stem != log.stem else f"{{folder}}/{template}"
            problem = f"{name!r} has other values at the same times in {log.path.name} of {log.folder}"
            return replace(own, doubts=[*own.doubts, Doubt(problem, f'point = "{mend}"')])
    return own


def _side_by_side(spans: Sequence[tuple[int, int]]) -> bool:
    """Whether most of the spans of time begin before the one before them has ended."""
    ordered = sorted(spans)
    over = sum(later[0] < earlier[1] for earlier, later in pairwise(ordered))
    return over > len(ordered) // 2 or (len(ordered) == 2 and over == 1)


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
