"""Parquet logs as frames."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from config.errors import ConfigError
from streams.messages import I64
from streams.sources.log_file import LogFile

BLOCK_ROWS = 20_000


def parquet_frames(log: LogFile) -> Iterator[tuple[pl.DataFrame, I64]]:
    """The rows of a Parquet log, and the number of each from 1. Raises ConfigError."""
    try:
        scan = pl.scan_parquet(log.on_disk())
        rows = int(scan.select(pl.len()).collect().item())
        for start in range(0, rows, BLOCK_ROWS):
            frame = scan.slice(start, BLOCK_ROWS).collect()
            log.read = log.size * min(rows, start + BLOCK_ROWS) // rows
            yield frame, np.arange(start + 1, start + 1 + frame.height, dtype=np.int64)
    except pl.exceptions.PolarsError as error:
        problem = str(error).splitlines()[0]
        raise ConfigError(str(log.path), "", problem, "give a Parquet file that is whole") from None
