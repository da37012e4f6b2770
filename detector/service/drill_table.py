"""A drill in words: what was assumed, a table of losses, and what it comes to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from detector.service.drilled import Drilled, Outcome, Spare, ZoneDrill
from detector.service.words import duration

HEADINGS = {"one": "one lost", "two": "two lost", "all": "all of a kind lost"}


def report(drilled: Drilled, console: Console) -> None:
    """Print the drill of every zone."""
    for zone in drilled.zones:
        console.print(_head(zone), highlight=False, soft_wrap=True)
        for sentence in zone.assumed:
            console.print(f"  - {sentence}", highlight=False, markup=False, style="dim", soft_wrap=True)
        console.print(table(zone, drilled.minutes))
        for line in summary(zone, drilled.minutes):
            console.print(line, highlight=False, markup=False, soft_wrap=True)
        console.print()


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
        f"[bold]{zone.zone}[/bold]: {', '.join(plant)}; IT load {zone.load_kw:.0f} kW "
        f"({100.0 * zone.load_kw / zone.design_kw:.0f} % of what the units carry with one of each hall "
        f"to spare), {zone.outdoor:.0f} C outdoors. Assumed:"
    )


def table(zone: ZoneDrill, minutes: float) -> Table:
    """A row a loss; times count from the loss."""
    found = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    found.add_column("lost", overflow="fold", ratio=3)
    for name in ("warned after", "rack over critical", "first service drops", "time to act"):
        found.add_column(name, overflow="fold", ratio=2)
    found.add_column("redundancy", overflow="fold", ratio=2)
    for scope, heading in HEADINGS.items():
        group = [outcome for outcome in zone.drills if outcome.scope == scope]
        if group:
            found.add_section()
            found.add_row(Text(heading, "bold"))
        for outcome in group:
            found.add_row(*_row(outcome, zone))
    return found


def _row(outcome: Outcome, zone: ZoneDrill) -> Sequence[Text]:
    lost = Text(outcome.name)
    if outcome.stands_for:
        lost.append(f"\n  {outcome.stands_for}", "dim")
    return (
        lost,
        _warned(outcome),
        Text("never") if outcome.critical_s is None else Text(duration(outcome.critical_s)),
        _dropped(outcome),
        _time_to_act(outcome),
        _redundancy(outcome, zone),
    )


def _warned(outcome: Outcome) -> Text:
    if outcome.warned is not None:
        return Text(duration(outcome.warned.after_s))
    return Text("NOT WARNED", "bold red") if outcome.drop_s is not None else Text("no", "dim")


def _dropped(outcome: Outcome) -> Text:
    if outcome.drop_s is None:
        return Text("never")
    if not outcome.services:
        return Text(f"a rack after {duration(outcome.drop_s)}", "red")
    first, more = outcome.services[0], len(outcome.services) - 1
    text = Text(f"{first.name} after {duration(first.after_s)}", "red")
    if more:
        text.append(f", {more} more by {duration(outcome.services[-1].after_s)}", "dim")
    return text


def _time_to_act(outcome: Outcome) -> Text:
    lead = outcome.lead_s
    if lead is None:
        return Text("")
    return Text(duration(lead)) if lead >= 0.0 else Text(f"{duration(-lead)} too late", "bold red")


def _redundancy(outcome: Outcome, zone: ZoneDrill) -> Text:
    if not outcome.holds:
        short = nothing_left(outcome.spare, below=0)
        return Text("does not hold" + (f": too little {short}" if short else ""), "red")
    spent = nothing_left(outcome.spare)
    before = nothing_left(zone.healthy.spare)
    if spent and spent != before:
        return Text(f"holds, none to spare: {spent}", "yellow")
    return Text("holds", "green")


def nothing_left(spare: Spare, below: int = 1) -> str:
    """What has less than ``below`` to spare, in words; empty where nothing."""
    named = [(f"units in {hall}", count) for hall, count in spare.units.items()]
    named += [("chillers", spare.chillers), ("pumps", spare.pumps)]
    return ", ".join(name for name, count in named if count < below)


def summary(zone: ZoneDrill, minutes: float) -> Iterator[str]:
    """What the table comes to."""
    if not zone.healthy.carried:
        short = nothing_left(zone.healthy.spare, below=0)
        yield (
            f"THIS LOAD IS NOT CARRIED WITH NOTHING LOST (warmest inlet {zone.healthy.hottest:.1f} C"
            + (f"; too little {short}" if short else "")
            + "). Lower --load, or correct capacities in the site file."
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
    text += f"; {len(dropping)} drop something, the first after {duration(dropping[0][0])} ({dropping[0][1]})"
    return f"{text}; " + (
        f"NOT WARNED IN TIME: {', '.join(silent)}." if silent else "each was warned of before."
    )
