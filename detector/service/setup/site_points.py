"""The [[point]] entries of a first site file: sure ones stand, doubtful ones are comments."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence

from config.kinds import load_kinds
from config.naming.proposals import Proposal
from config.naming.vocabulary import beside_values
from detector.service.setup.settings_file import one_line, toml_value

LABELS = frozenset(
    {"anomaly", "changepoint", "label", "labels", "is_anomaly", "class", "target", "ground_truth",
     "fault detection ground truth"}
)  # fmt: skip
"""Columns of this name say what the log's author found, which the detector must not read."""


def is_label(name: str) -> bool:
    """Whether a name is that of what a log's author found, or of what goes with a value, as its time does."""
    folded = name.casefold()
    _, slash, last = folded.rpartition("/")
    return folded in LABELS or (bool(slash) and last in beside_values())


def escaped(name: str) -> str:
    """A name as a pattern that matches it alone."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in name)


def commented(text: str) -> Iterator[str]:
    """The lines of a text as comments of TOML."""
    return (f"# {line}".rstrip() for line in text.splitlines())


def point_lines(
    proposals: Sequence[Proposal], seen: dict[str, str], accidents: Container[str] = ()
) -> Iterator[str]:
    """The entries; ``seen`` says of each name what came under it, for the comment beside it.

    ``accidents`` are names that would be read as ids, and must not be while it is not said what they are.
    """
    sure = [each for each in proposals if each.sure]
    doubtful = [each for each in proposals if not each.sure and each.id]
    unknown = [each for each in proposals if not each.id]
    if sure:
        if any(each.hall_is_a_guess for each in sure):
            yield "# Where a name tells no hall, hall-1 is a guess, and plant for chillers, pumps and towers."
        yield f"# These {len(sure)} names were told from what they say, their units and their values."
        for each in sure:
            yield from (f"# {note}" for note in (_note(each, seen),) if note)
            yield from (*_entry(each), "")
    if doubtful:
        yield f"# These {len(doubtful)} are in doubt, and ignored until the # is taken from what is right."
        for each in doubtful:
            yield f"# {_note(each, seen)}".rstrip()
            yield from _left_out(each, accidents)
            yield from commented("\n".join(_entry(each)))
            yield from (f'#   or id = "{other}"' for other in each.alternatives)
            yield ""
    if unknown:
        yield f"# Unknown: what these {len(unknown)} are cannot be told. They are ignored until it is said;"
        yield "# all measures are in docs/settings.md. What is of no interest: ignore = true."
        for each in unknown:
            yield f"# {_note(each, seen)}".rstrip()
            yield from _left_out(each, accidents)
            yield from commented(
                f'[[point]]\nmatch = {toml_value(escaped(each.name))}\nid = "HALL/EQUIPMENT/MEASURE"'
            )
            yield ""


def _left_out(proposal: Proposal, accidents: Container[str]) -> Iterator[str]:
    if proposal.name in accidents:
        yield "# Its name reads like the id of a point. In place of these three lines:"
        yield from ("[[point]]", f"match = {toml_value(escaped(proposal.name))}", "ignore = true")


def label_lines(names: Iterable[str]) -> Iterator[str]:
    """Entries that leave labels out."""
    for name in names:
        yield "# A label, not a measurement: the detector must not see it."
        yield from ("[[point]]", f"match = {toml_value(escaped(name))}", "ignore = true", "")


def _entry(proposal: Proposal) -> list[str]:
    lines = ["[[point]]", f"match = {toml_value(escaped(proposal.name))}", f"id = {toml_value(proposal.id)}"]
    kind = load_kinds()[proposal.measure]
    scaled = proposal.scale != 1.0 or proposal.over
    if proposal.unit or scaled:
        lines.append(f"unit = {toml_value(proposal.unit or kind.unit)}")
    if scaled:
        lines.append(f"scale = {proposal.scale:g}")
    return lines


def _note(proposal: Proposal, seen: dict[str, str]) -> str:
    return one_line("; ".join(filter(None, (seen.get(proposal.name, ""), proposal.why))))
