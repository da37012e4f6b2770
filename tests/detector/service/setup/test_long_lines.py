"""A record that the decoder refuses for its length names nothing in a look over the log."""

from __future__ import annotations

import json

from config.settings import MessagesSettings
from detector.service.setup.seen_names import SeenNames
from streams.formats.decoder import LONGEST_RECORD
from streams.records import Records


def test_a_record_too_long_to_be_decoded_is_no_part_of_a_look() -> None:
    reading = {"point": "hall-1/crah-1/power", "time": 1_750_000_000_000, "value": 4.0}
    blown_up = json.dumps(reading | {"point": "hall-1/crah-2/power", "note": "y" * LONGEST_RECORD})
    names = SeenNames(MessagesSettings())
    names.take(Records.of([json.dumps(reading).encode(), blown_up.encode()], "log"))
    assert [tally.name for tally in names.tallies] == ["hall-1/crah-1/power"]
