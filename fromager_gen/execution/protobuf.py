"""Read messages in the wire format of Protocol Buffers, without their schema.

The format: https://protobuf.dev/programming-guides/encoding/
"""

from collections.abc import Iterator

Field = tuple[int, "int | bytes"]
"""Number and value of a field. A number is an int; text, bytes and messages are bytes."""

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_LONGEST_VARINT = 10


def messages(data: bytes) -> Iterator[bytes]:
    """Yield the messages of a stream in which each follows its length.

    Raises:
        ValueError: the stream is damaged.
    """
    place = 0
    while place < len(data):
        size, place = _varint(data, place)
        yield _slice(data, place, size)
        place += size


def fields(message: bytes) -> Iterator[Field]:
    """Yield the fields of a message in their order.

    Raises:
        ValueError: the message is damaged.
    """
    place = 0
    while place < len(message):
        tag, place = _varint(message, place)
        kind = tag & 7
        if kind == _VARINT:
            number, place = _varint(message, place)
            yield tag >> 3, number
            continue
        if kind == _BYTES:
            size, place = _varint(message, place)
        elif kind in (_FIXED64, _FIXED32):
            size = 8 if kind == _FIXED64 else 4
        else:
            raise ValueError(f"a field has the unknown type {kind}")
        yield tag >> 3, _slice(message, place, size)
        place += size


def child(message: bytes, number: int) -> bytes:
    """Return the text or message in a field; empty if the message does not have it."""
    return next((value for name, value in fields(message) if name == number and isinstance(value, bytes)), b"")


def seconds(time: bytes) -> float:
    """Return the seconds in a google.protobuf.Timestamp or Duration."""
    parts = {name: value for name, value in fields(time) if isinstance(value, int)}
    return parts.get(1, 0) + parts.get(2, 0) / 1e9


def numbers(value: int | bytes) -> Iterator[int]:
    """Yield the values of a repeated number, which is one value or all of them packed."""
    if isinstance(value, int):
        yield value
        return
    place = 0
    while place < len(value):
        number, place = _varint(value, place)
        yield number


def _slice(data: bytes, place: int, size: int) -> bytes:
    if place + size > len(data):
        raise ValueError("a message ends too early")
    return data[place : place + size]


def _varint(data: bytes, place: int) -> tuple[int, int]:
    number = 0
    for shift in range(_LONGEST_VARINT):
        if place >= len(data):
            raise ValueError("a number ends too early")
        byte = data[place]
        place += 1
        number |= (byte & 0x7F) << (7 * shift)
        if byte < 0x80:
            return number, place
    raise ValueError("a number is too long")
