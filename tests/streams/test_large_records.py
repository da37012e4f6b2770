"""No record holds the loop: what is too large, or holds too much, is refused whole with its reason."""

from __future__ import annotations

import pytest

from config.kinds import load_kinds
from config.sections.messages import MessagesSettings
from config.site import Site
from streams.formats.collector import MOST_THINGS
from streams.formats.decoder import LONGEST_RECORD, Decoder
from tests.detector.service.fakes import message, records_of

GOOD = message("hall-1/rack-01/inlet_air_temperature", 0, 22.0)


@pytest.mark.parametrize(
    "large",
    [
        b'"' + b"x" * LONGEST_RECORD + b'"',
        b"[" + b",".join([GOOD] * (LONGEST_RECORD // len(GOOD))) + b"]",
        b"[" + b"1," * MOST_THINGS + b"1]",
        b"[" + b"{}," * MOST_THINGS + b"{}]",
        b"a\n" * (MOST_THINGS + 1),
        b'{"name":"a","timestamp":1700000000,"tags":{},"fields":{'
        + b",".join(b'"f%d":1' % i for i in range(MOST_THINGS + 1))
        + b"}}",
        b"a " + b",".join(b"f%d=1" % i for i in range(MOST_THINGS + 1)) + b",broken",
        b"a," + b",".join(b"t%d=1" % i for i in range(MOST_THINGS + 1)) + b",broken value=1",
    ],
    ids=["text", "array", "numbers", "objects", "lines", "fields", "fields of a line", "tags of a line"],
)
def test_a_record_that_is_too_large_is_one_reject_and_its_neighbours_stand(large):
    decoder = Decoder(Site.empty(), load_kinds(), MessagesSettings())
    decoded = decoder.decode(records_of([GOOD, b"[1]", large, GOOD]))
    assert len(decoded.readings) == 2
    assert [(reject.offset, reject.reason) for reject in decoded.rejects] == [
        (1, "wrong_type"),
        (2, "too_large"),
    ]
    assert decoded.counts.records == 4
    assert decoded.counts.rejected_records == 2
    assert len(decoded.rejects[1].payload) <= 4096


def test_records_in_pieces_are_the_same_records():
    records = records_of([GOOD * (1 + i % 7) for i in range(100)], first_offset=50)
    pieces = list(records.pieces(1000))
    assert len(pieces) > 10
    assert [piece.value(i) for piece in pieces for i in range(len(piece))] == [
        records.value(i) for i in range(len(records))
    ]
    assert [int(offset) for piece in pieces for offset in piece.offset] == list(range(50, 150))
    begins = [int(piece.offset[0]) for piece in pieces[1:]]
    assert [piece.next_offset for piece in pieces] == [*begins, 150]
