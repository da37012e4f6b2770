"""A drill in words: what was assumed, a table of losses, and what it comes to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from detector.incidents.durations import duration
from detector.service.drill.drilled import Drilled, Outcome, Spare, ZoneDrill

COLUMNS = ("lost", "warned", "critical", "first drop", "to act", "redundancy holds")
NARROW = 100
"""Terminals narrower than this have no room to spare between the columns."""
HEADINGS = {"one": "one lost", "two": "two lost", "all": "all of a kind lost"}


def report(drilled: Drilled, console: Console) -> None:
    """Print the drill of every zone."""
    for zone in drilled.zones:
        console.print(_head(zone), soft_wrap=True)
        for sentence in zone.assumed:
            console.print(f"  - {sentence}", style="dim", soft_wrap=True)
        if zone.drills:
            console.print(drill_table(zone, console.width < NARROW))
        for line in drill_summary(zone, drilled.minutes):
            console.print(line, soft_wrap=True)
        console.print()
    for sentence in drilled.left_out:
        console.print(sentence, soft_wrap=True)


def _head(zone: ZoneDrill) -> str:
    plant = [
        f"{count} {word}{'' if count == 1 else 's'}"
        for count, word in (
            (zone.chillers, "chiller"), (zone.pumps, "pump"), (zone.towers, "tower"),
            (zone.units, "cooling unit"), (zone.racks, "rack"),
        )
        if count
    ]  # fmt: skip
    return (
        f"{zone.zone}: {', '.join(plant)}; IT load {zone.load_kw:.0f} kW "
        f"({100.0 * zone.load_kw / zone.design_kw:.0f} % of what the units carry with one of each hall "
        f"to spare), {zone.outdoor:.0f} C outdoors. Assumed:"
    )


def drill_table(zone: ZoneDrill, narrow: bool) -> Table:
    """A row a loss; times are minutes and seconds since the loss."""
    found = Table(box=box.SIMPLE_HEAD, padding=(0, 0 if narrow else 1), pad_edge=False)
    for name in COLUMNS:
        times = name in ("warned", "critical", "to act")
        found.add_column(name, overflow="fold", no_wrap=times, justify="right" if times else "left")
    for scope, heading in HEADINGS.items():
        group = [outcome for outcome in zone.drills if outcome.scope == scope]
        if group:
            found.add_section()
            found.add_row(Text(heading, "bold"))
        # Neighbours of which the same is to be said share a row.
        rows = [(outcome, _cells(outcome, zone)) for outcome in group]
        for _, run in groupby(rows, key=lambda row: (_place(row[0]), [cell.plain for cell in row[1]])):
            alike = list(run)
            found.add_row(_lost([outcome for outcome, _ in alike]), *alike[0][1])
    return found


def _place(outcome: Outcome) -> str:
    """Where a single loss is, with the kind of its name; pairs and groups are never put together."""
    return outcome.name.rstrip("0123456789") if outcome.scope == "one" else outcome.name


def _lost(alike: Sequence[Outcome]) -> Text:
    first = alike[0]
    if len(alike) > 1:
        return Text(f"{first.name} to {alike[-1].name.partition('/')[2]}, each")
    return Text(first.stands_for or first.name)


def _cells(outcome: Outcome, zone: ZoneDrill) -> list[Text]:
    never = "never" if outcome.holds else "not yet"
    return [
        _warned(outcome),
        Text(never) if outcome.critical_s is None else Text(elapsed(outcome.critical_s)),
        Text(never) if outcome.drop_s is None else _dropped(outcome, outcome.drop_s),
        _time_to_act(outcome),
        _redundancy(outcome, zone),
    ]


def _warned(outcome: Outcome) -> Text:
    if outcome.warned is not None:
        return Text(elapsed(outcome.warned.after_s))
    return Text("NEVER", "bold red") if outcome.drop_s is not None else Text("no", "dim")


def _dropped(outcome: Outcome, drop_s: float) -> Text:
    if not outcome.services:
        return Text(f"{elapsed(drop_s)} a rack", "red")
    first, more = outcome.services[0], len(outcome.services) - 1
    text = Text(f"{elapsed(first.after_s)} {first.name}", "red")
    if more:
        text.append(f", {more} more by {elapsed(outcome.services[-1].after_s)}", "dim")
    return text


def _time_to_act(outcome: Outcome) -> Text:
    lead = outcome.lead_s
    if lead is None:
        return Text("")
    return Text(elapsed(lead)) if lead >= 0.0 else Text(f"{elapsed(-lead)} late", "bold red")


def _redundancy(outcome: Outcome, zone: ZoneDrill) -> Text:
    if not outcome.holds:
        short = nothing_left(outcome.spare, below=0)
        return Text("NO" + (f": too few {short}" if short else ""), "red")
    if none_left(outcome, zone):
        return Text(f"yes, none to spare: {nothing_left(outcome.spare)}", "yellow")
    return Text("yes", "green")


def none_left(outcome: Outcome, zone: ZoneDrill) -> bool:
    """Whether the loss has used up what was to spare."""
    return nothing_left(outcome.spare) not in ("", nothing_left(zone.healthy.spare))


def elapsed(seconds: float) -> str:
    """Minutes and seconds.

    >>> elapsed(24.4), elapsed(3725)
    ('0:24', '62:05')
    """
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"


def nothing_left(spare: Spare, below: int = 1) -> str:
    """What has less than ``below`` to spare, in words; empty where nothing."""
    plant = [("chillers", spare.chillers), ("pumps", spare.pumps), ("towers", spare.towers)]
    # Without chilled water the units can do nothing either, which is not their fault.
    dry = any(count < 0 for _, count in plant)
    units = [] if dry else [(f"units of {hall}", count) for hall, count in spare.units.items()]
    return ", ".join(name for name, count in units + plant if count < below)


def drill_summary(zone: ZoneDrill, minutes: float) -> Iterator[str]:
    """What the table comes to."""
    if not zone.healthy.carried:
        short = nothing_left(zone.healthy.spare, below=0)
        yield (
            f"THIS LOAD IS NOT CARRIED EVEN WITH NOTHING LOST (warmest inlet {zone.healthy.hottest:.1f} C"
            + (f"; too few {short}" if short else "")
            + "), so nothing was lost. Lower --load, or correct the capacities in the site file."
        )
    elif spent := nothing_left(zone.healthy.spare):
        yield f"With nothing lost there is none to spare of: {spent}."
    for scope, word in (("one", "single losses"), ("two", "pairs")):
        group = [outcome for outcome in zone.drills if outcome.scope == scope]
        if group:
            yield f"{word}: {_counted(group, minutes)}"
    if zone.pairs_left_out:
        yield f"{zone.pairs_left_out} milder pairs were left out."
    for words in zone.healthy.false_warnings:
        yield f"Warned while nothing was lost: {words}"


def _counted(group: Sequence[Outcome], minutes: float) -> str:
    broken = [outcome for outcome in group if not outcome.holds]
    dropping = sorted((o.drop_s, o.name) for o in group if o.drop_s is not None)
    text = f"redundancy holds in {len(group) - len(broken)} of {len(group)}"
    if not dropping:
        return f"{text}; nothing drops within {minutes:g} min."
    silent = [o.name for o in group if o.drop_s is not None and (o.lead_s is None or o.lead_s < 0.0)]
    text += f"; something drops in {len(dropping)}, first after {duration(dropping[0][0])} ({dropping[0][1]})"
    return f"{text}; " + (
        f"NOT WARNED IN TIME: {', '.join(silent)}." if silent else "each was warned of before."
    )
