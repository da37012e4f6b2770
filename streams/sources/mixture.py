"""Lines of tables and lines of messages in one order: each is decoded as what it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.formats.decoded import Decoded
from streams.formats.decoder import Decoder
from streams.messages import I64
from streams.records import Records
from streams.sources.log_lines import joined_records
from streams.sources.tables import Table, joined_tables

Run = Records | Table


@dataclass(frozen=True, slots=True)
class Mixture:
    """Some lines of several logs."""

    tables: Table | None
    messages: Records | None
    in_table: NDArray[np.bool_]
    """Of which of the two each line is, in the order of the lines."""

    def decoded(self, decoder: Decoder) -> Decoded:
        """The lines through a decoder, readings in the order of the lines; rejects of tables come first."""
        parts = [self.tables.decoded(decoder)] if self.tables is not None else []
        parts += [decoder.decode(self.messages)] if self.messages is not None else []
        if len(parts) == 1:
            return parts[0]
        both = parts[0].then(parts[1], int(self.in_table.sum()))
        line_of = np.concatenate([np.flatnonzero(self.in_table), np.flatnonzero(~self.in_table)])
        line = line_of[both.record]
        order = np.argsort(line, kind="stable")
        return Decoded(both.readings.take(order), line[order], both.rejects, both.counts)


def arrival_of(run: Run) -> I64:
    """When each line came in, ns, never falling."""
    return run.arrival if isinstance(run, Table) else run.timestamp


def joined(runs: Sequence[Run], order: I64) -> Mixture:
    """The lines ``order`` of several runs, as if these were one after the other."""
    from_table = np.repeat([isinstance(run, Table) for run in runs], [len(run) for run in runs])
    among_its_own = np.where(from_table, np.cumsum(from_table), np.cumsum(~from_table)) - 1
    in_table = from_table[order]
    own = among_its_own[order]
    tables = [run for run in runs if isinstance(run, Table)]
    messages = [run for run in runs if isinstance(run, Records)]
    return Mixture(
        joined_tables(tables, own[in_table]) if in_table.any() else None,
        joined_records(messages, own[~in_table]) if not in_table.all() else None,
        in_table,
    )
