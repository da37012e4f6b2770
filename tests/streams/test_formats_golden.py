"""Golden folders: messages and settings in, readings and rejects out.

``input`` holds a record a line, ``coolwatch.toml`` and ``site.toml`` (either
may be missing) the settings, ``expected.json`` what comes out: readings as
[record, point, time in ns, value], rejects as [record, reason], and the books.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from config.kinds import load_kinds
from config.settings import Settings
from config.site import Site
from streams.formats.decoder import Decoder
from tests.streams.messages import records_of

FOLDERS = sorted((Path(__file__).parent / "golden").iterdir())


def decoded(folder: Path) -> dict[str, object]:
    settings, site = folder / "coolwatch.toml", folder / "site.toml"
    decoder = Decoder(
        Site.load(site) if site.exists() else Site.empty(),
        load_kinds(),
        Settings.load(settings if settings.exists() else None).messages,
    )
    found = decoder.decode(records_of((folder / "input").read_bytes().split(b"\n")[:-1]))
    counts = found.counts
    return {
        "readings": [
            [record, decoder.directory.ids[point], time, round(value, 9)]
            for record, point, time, value in zip(
                found.record.tolist(),
                found.readings.point.tolist(),
                found.readings.time.tolist(),
                found.readings.value.tolist(),
                strict=True,
            )
        ],
        "rejects": [[reject.offset, reject.reason] for reject in found.rejects],
        "books": {
            "records": counts.records,
            "decoded": counts.decoded,
            "rejected_records": counts.rejected_records,
            "rejected": counts.rejected,
            "ignored": counts.ignored,
            "absent": counts.absent,
        },
    }


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_golden_folder(folder: Path) -> None:
    assert decoded(folder) == msgspec.json.decode((folder / "expected.json").read_bytes())
