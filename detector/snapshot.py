"""A snapshot is data, not code: how the state of an engine becomes bytes and comes back.

    magic, version, CRC-32C, then msgpack of arrays, numbers and text

Large arrays are compressed one by one, so that bytes are made of an engine of any
size, and an engine of bytes, with little more memory than the two take themselves.

Loading one can run nothing: models come back as numbers put into freshly made
River models of the types that this file names. Where a River upgrade has
changed what its models are made of, only they are lost, and learned again.
"""

from __future__ import annotations

import math
import struct
from collections import deque
from collections.abc import Mapping
from typing import Any, Literal

import crc32c
import msgspec
import numpy as np
import zstandard
from river import drift, linear_model, preprocessing, stats

from detector.snapshot_versions import OLDEST, converted

MAGIC = b"COOLWTCH"
VERSION = 8
_HEAD = struct.Struct("<8sII")

# The only objects whose inside is read and written.
MODEL_TYPES = (
    linear_model.BayesianLinearRegression,
    preprocessing.StandardScaler,
    drift.PageHinkley,
    stats.Mean,
)


class SnapshotError(Exception):
    """These bytes are no snapshot that this version can read."""


def encode(state: dict[str, Any]) -> bytes:
    """``state`` holds None, numbers, text, arrays, and lists and dicts of them."""
    body = msgspec.msgpack.encode(state, enc_hook=_array_out)
    return _HEAD.pack(MAGIC, VERSION, crc32c.crc32c(body)) + body


def decode(data: bytes) -> dict[str, Any]:
    """What `encode` was given, or this version would have been. Raises SnapshotError."""
    return decode_any(data)[0]


def decode_any(data: bytes) -> tuple[dict[str, Any], int]:
    """The same, and the version that wrote it. Raises SnapshotError."""
    if len(data) < _HEAD.size:
        raise SnapshotError(f"{len(data)} bytes are too few")
    magic, version, checksum = _HEAD.unpack_from(data)
    if magic != MAGIC:
        raise SnapshotError("not a snapshot")
    if not OLDEST <= version <= VERSION:
        raise SnapshotError(f"version {version}, this coolwatch reads {OLDEST} to {VERSION}")
    body = memoryview(data)[_HEAD.size :]
    if crc32c.crc32c(body) != checksum:
        raise SnapshotError("the checksum is wrong")
    try:
        state = msgspec.msgpack.decode(body, ext_hook=_array_in, strict=True)
    except _UNREADABLE as error:
        raise SnapshotError(f"not the plain data that a snapshot is made of: {error}") from error
    if not isinstance(state, dict):
        raise SnapshotError(f"a {type(state).__name__}, not a snapshot")
    try:
        return converted(state, version, VERSION), version
    except Exception as error:
        raise SnapshotError(f"not what version {version} wrote: {error!r}") from error


_ARRAY, _PACKED = 1, 2
_UNREADABLE = (
    msgspec.MsgspecError,
    zstandard.ZstdError,
    ValueError,
    TypeError,
    struct.error,
    RecursionError,
)

# Arrays of so many bytes are compressed: state is sparse, and what a point has shown repeats itself.
PACKED_FROM = 1 << 12
# The quickest level finds most of that.
LEVEL = 1


def _array_out(value: Any) -> msgspec.msgpack.Ext:
    if isinstance(value, np.generic):
        return _array_out(np.asarray(value))
    if not isinstance(value, np.ndarray):
        raise TypeError(f"a snapshot cannot hold {type(value).__name__}")
    order: Literal["F", "C"] = "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"
    head = msgspec.msgpack.encode((value.dtype.str, value.shape, order))
    code, inside = _ARRAY, value.tobytes(order)
    if len(inside) >= PACKED_FROM:
        code, inside = _PACKED, zstandard.ZstdCompressor(level=LEVEL).compress(inside)
    return msgspec.msgpack.Ext(code, b"".join((struct.pack("<I", len(head)), head, inside)))


def _array_in(code: int, data: memoryview) -> Any:
    if code not in (_ARRAY, _PACKED):
        raise SnapshotError(f"unknown part {code}")
    (length,) = struct.unpack_from("<I", data)
    dtype, shape, order = msgspec.msgpack.decode(data[4 : 4 + length])
    inside: bytes | memoryview = data[4 + length :]
    if code == _PACKED:
        size = np.dtype(dtype).itemsize * math.prod(shape)
        if zstandard.frame_content_size(inside) != size:
            raise SnapshotError(f"a compressed array of another size than {size}")
        inside = zstandard.ZstdDecompressor().decompress(inside)
    return np.frombuffer(inside, np.dtype(dtype)).reshape(shape, order=order).copy(order)


def state_of(component: Any) -> dict[str, Any]:
    """The fields that a component names in ``state_fields``, as plain data."""
    return {name: _plain(getattr(component, name)) for name in component.state_fields}


def restore_into(component: Any, state: dict[str, Any]) -> None:
    """Put back what `state_of` took. The component's own values say of what type each field is.

    SnapshotError where a field is of another type or shape: kernels trust both.
    A field that was not kept then is as new, with as many slots as the others.
    """
    slots: dict[int, int] = {}
    for name in component.state_fields:
        if name in state:
            setattr(component, name, _typed(name, state[name], getattr(component, name), slots))
    for name in component.state_fields:
        new = getattr(component, name)
        if name not in state and isinstance(new, np.ndarray):
            setattr(component, name, _as_new(new, slots))


def _as_new(new: np.ndarray, slots: dict[int, int]) -> np.ndarray:
    """What was not kept, with as many slots as what was."""
    more = slots.get(len(new), len(new)) - len(new)
    return np.concatenate([new, np.repeat(new[-1:], more, axis=0)]) if len(new) else new


def _plain(value: Any) -> Any:
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return dict(zip(value._fields, value, strict=True))
    if isinstance(value, deque):
        return [list(row) for row in value]
    return value


def _typed(name: str, data: Any, like: Any, slots: dict[int, int]) -> Any:
    """``data`` as the type of ``like``. Arrays that were made with as many slots still have as many."""
    if isinstance(like, tuple) and hasattr(like, "_fields"):
        if not isinstance(data, dict) or not data or set(data) - set(like._fields):
            raise SnapshotError(f"{name} is made of other parts than {', '.join(like._fields)}")
        kept = {part: _typed(part, inside, getattr(like, part), slots) for part, inside in data.items()}
        new = {part: _as_new(getattr(like, part), slots) for part in like._fields if part not in kept}
        return type(like)(**kept, **new)
    if isinstance(like, np.ndarray):
        alike = isinstance(data, np.ndarray) and data.ndim == like.ndim and data.shape[1:] == like.shape[1:]
        values = _as_wide(data, like.dtype) if alike else None
        if values is None:
            raise SnapshotError(f"{name} is not an array of {like.dtype} of the shape {like.shape}")
        if len(data) < len(like) or slots.setdefault(len(like), len(data)) != len(data):
            raise SnapshotError(f"{name} has {len(data)} slots, more or fewer than what belongs to it")
        return values
    if isinstance(like, deque):
        return deque(tuple(row) for row in data)
    if isinstance(like, bool | int | float) and not isinstance(data, bool | int | float):
        raise SnapshotError(f"{name} is a {type(data).__name__}, not a number")
    return data


def _as_wide(data: np.ndarray, dtype: np.dtype[Any]) -> np.ndarray | None:
    """Numbers that were kept in more bytes, or in fewer, as they are now; None where they are none such."""
    if data.dtype == dtype:
        return data
    if data.dtype.kind != dtype.kind or dtype.kind not in "if":
        return None
    kept = data.astype(dtype)
    return kept if dtype.kind == "f" or np.array_equal(kept, data) else None


def model_state(model: Any) -> dict[str, Any]:
    """The numbers inside a River model of one of `MODEL_TYPES`."""
    inside = {}
    for name, value in vars(model).items():
        if type(value) in MODEL_TYPES:
            inside[name] = model_state(value)
        elif not callable(value):
            inside[name] = dict(value) if isinstance(value, Mapping) else value
    return inside


def restore_model(model: Any, inside: dict[str, Any]) -> None:
    """Put numbers back into a fresh model. ValueError where it is made of other parts than they were."""
    parts = {name for name, value in vars(model).items() if not callable(value)}
    if parts != set(inside):
        raise ValueError(f"{type(model).__name__} is made of other parts: {sorted(parts ^ set(inside))}")
    for name, value in inside.items():
        like = getattr(model, name)
        if isinstance(like, (*MODEL_TYPES, Mapping)) and not isinstance(value, dict):
            raise ValueError(f"{name} is a {type(value).__name__}")
        if isinstance(like, MODEL_TYPES):
            restore_model(like, value)
        elif isinstance(like, Mapping):
            like.clear()  # type: ignore[attr-defined]
            like.update(value)  # type: ignore[attr-defined]
        else:
            setattr(model, name, value)
