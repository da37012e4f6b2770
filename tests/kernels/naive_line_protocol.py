"""Obvious twin of kernels.line_protocol."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Context, Decimal

_WIDE = Context(prec=400)


def write_rows(prefix, prefix_start, prefix_length, row_prefix, name, name_start, value, time):
    lines = []
    for row, p in enumerate(row_prefix):
        fields = []
        for k, number in enumerate(value[row]):
            if math.isfinite(number):
                label = bytes(name[name_start[k] : name_start[k + 1]])
                fields.append(label + b"=" + number_text(float(number)))
        if fields:
            head = bytes(prefix[prefix_start[p] : prefix_start[p] + prefix_length[p]])
            lines.append(head + b" " + b",".join(fields) + b" " + str(int(time[row])).encode() + b"\n")
    return b"".join(lines)


def number_text(number: float) -> bytes:
    text = format(Decimal(number).quantize(Decimal("0.000001"), ROUND_HALF_UP, context=_WIDE), "f")
    text = text.rstrip("0").rstrip(".")
    return b"0" if text in ("-0", "0") else text.encode()


TWINS = {"kernels.line_protocol.write_rows": write_rows}
