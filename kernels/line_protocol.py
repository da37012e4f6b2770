"""Rows of numbers to InfluxDB line protocol, as bytes.

A row is ``prefix name=value,name=value time\\n``. Measurement and tags stand
ready made in the prefix, since they are the same at every tick; only numbers
are written here. Fields without a number (NaN, infinity: the protocol has no
word for either) are left out, and so is a row with no field left.

Format: https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from kernels.jit import kernel

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]

_DECIMALS = 6
_SCALE = 1_000_000
_WHOLE = 9.2e18  # below this the whole part of a float fits an int64
_NUMBER_BYTES = 28  # sign, 19 digits, point, decimals, and one to spare
_HUGE_BYTES = 312  # sign and the 309 digits of the largest float
_TIME_BYTES = 22  # blank, sign, 19 digits, newline
_LIMB = 1_000_000_000


@kernel()
def _write_int(out: Bytes, at: int, number: int) -> int:
    """Write ``number`` >= 0 in decimal at ``out[at:]``; where to go on."""
    digits = 1
    bound = 10
    # Counting by comparison: a division per digit would cost as much as the digits themselves.
    while digits < 19 and number >= bound:
        digits += 1
        if digits < 19:
            bound *= 10
    _write_digits(out, at, digits, number)
    return at + digits


@kernel()
def _write_digits(out: Bytes, at: int, digits: int, number: int) -> None:
    """Write the last ``digits`` decimal digits of ``number`` >= 0, leading zeros too."""
    rest = np.uint64(number)  # unsigned division by a constant is the cheaper one
    for i in range(at + digits - 1, at - 1, -1):
        quotient = rest // np.uint64(10)
        out[i] = np.uint8(48) + np.uint8(rest - quotient * np.uint64(10))
        rest = quotient


@kernel()
def _write_huge(out: Bytes, at: int, number: float) -> int:
    """Write a float >= 2**63, which is a whole number, with all its digits.

    The number is mantissa * 2**shift; the mantissa is doubled ``shift`` times
    in limbs of nine decimal digits.
    """
    fraction, exponent = math.frexp(number)
    limbs = np.zeros(36, np.int64)
    mantissa = int(fraction * 2.0**53)
    used = 0
    while mantissa > 0:
        limbs[used] = mantissa % _LIMB
        mantissa //= _LIMB
        used += 1
    for _ in range(exponent - 53):
        carry = 0
        for i in range(used):
            doubled = 2 * limbs[i] + carry
            limbs[i] = doubled % _LIMB
            carry = doubled // _LIMB
        if carry > 0:
            limbs[used] = carry
            used += 1
    at = _write_int(out, at, limbs[used - 1])
    for i in range(used - 2, -1, -1):
        _write_digits(out, at, 9, limbs[i])
        at += 9
    return at


@kernel()
def _write_float(out: Bytes, at: int, number: float) -> int:
    """Write a finite float, rounded to six decimals, without trailing zeros; where to go on."""
    size = abs(number)
    if size >= _WHOLE:
        if number < 0:
            out[at] = 45  # -
            at += 1
        return _write_huge(out, at, size)
    whole = int(size)
    # Split before scaling: the difference is exact, so large numbers keep their decimals.
    decimals = int((size - whole) * _SCALE + 0.5)
    if decimals == _SCALE:
        whole += 1
        decimals = 0
    if number < 0 and (whole > 0 or decimals > 0):
        out[at] = 45  # -
        at += 1
    at = _write_int(out, at, whole)
    if decimals == 0:
        return at
    out[at] = 46  # .
    width = _DECIMALS
    _write_digits(out, at + 1, width, decimals)
    while out[at + width] == 48:
        width -= 1
    return at + 1 + width


def _example() -> tuple[object, ...]:
    # Read-only bytes, as the callers have them: to Numba that is another type.
    prefix = np.frombuffer(b"score,hall=a", np.uint8)
    names = np.frombuffer(b"scorevalue", np.uint8)
    return (
        prefix,
        np.array([0], np.int64),
        np.array([12], np.int64),
        np.zeros(2, np.int32),
        names,
        np.array([0, 5, 10], np.int64),
        np.array([[0.25, np.nan], [1e300, -3.5]]),
        np.array([0, 1_700_000_000_000_000_000], np.int64),
    )


@kernel(example=_example)
def write_rows(
    prefix: Bytes,
    prefix_start: Ints,
    prefix_length: Ints,
    row_prefix: NDArray[np.int32],
    name: Bytes,
    name_start: Ints,
    value: NDArray[np.float64],
    time: Ints,
) -> Bytes:
    """Line protocol of ``n`` rows of ``f`` fields.

    ``prefix[prefix_start[p] : prefix_start[p] + prefix_length[p]]`` (u1, i8, i8)
    is measurement and tags; ``row_prefix`` (i4[n]) says which a row has.
    ``name[name_start[k] : name_start[k + 1]]`` (u1, i8[f + 1]) is the name of
    field ``k``; ``value`` f8[n, f]; ``time`` i8[n], ns. Returns u1[]; a value
    reads back as itself rounded to six decimals.
    """
    rows, fields = value.shape
    size = 0
    for i in range(rows):
        size += prefix_length[row_prefix[i]] + _TIME_BYTES + len(name)
        for k in range(fields):
            size += 2 + (_NUMBER_BYTES if abs(value[i, k]) < _WHOLE else _HUGE_BYTES)
    out = np.empty(size, np.uint8)
    at = 0
    for i in range(rows):
        row_at = at
        start = prefix_start[row_prefix[i]]
        length = prefix_length[row_prefix[i]]
        out[at : at + length] = prefix[start : start + length]
        at += length
        head_at = at
        for k in range(fields):
            number = value[i, k]
            if not math.isfinite(number):
                continue
            out[at] = 32 if at == head_at else 44  # a blank before the first field, then commas
            at += 1
            for j in range(name_start[k], name_start[k + 1]):
                out[at] = name[j]
                at += 1
            out[at] = 61  # =
            at = _write_float(out, at + 1, number)
        if at == head_at:
            at = row_at
            continue
        out[at] = 32
        at += 1
        if time[i] < 0:
            out[at] = 45
            at += 1
        at = _write_int(out, at, abs(time[i]))
        out[at] = 10
        at += 1
    return out[:at]
