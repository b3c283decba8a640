"""Execution logs of Bazel in its compact format, written field by field from its schema."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from fromager_gen.zstd import open_zstd


def varint(number: int) -> bytes:
    data = bytearray()
    while number >= 0x80:
        data.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*data, number])


def message(*fields: tuple[int, int | str | bytes]) -> bytes:
    parts = []
    for name, value in fields:
        if isinstance(value, int):
            parts.append(varint(name << 3) + varint(value))
        else:
            data = value.encode() if isinstance(value, str) else value
            parts.append(varint(name << 3 | 2) + varint(len(data)) + data)
    return b"".join(parts)


def stream(messages: Iterable[bytes]) -> bytes:
    return b"".join(varint(len(one)) + one for one in messages)


def duration(seconds: float) -> bytes:
    return message((1, int(seconds)), (2, round(seconds % 1 * 1e9)))


class LogWriter:
    """Collects the entries of one build."""

    def __init__(self) -> None:
        self.entries: list[bytes] = []

    def _add(self, kind: int, body: bytes) -> int:
        self.entries.append(message((1, len(self.entries) + 1), (kind, body)))
        return len(self.entries)

    def file(self, path: str, digest: str) -> int:
        return self._add(3, message((1, path), (2, message((1, digest), (2, 1)))))

    def folder(self, path: str, files: Mapping[str, str]) -> int:
        rows = [(2, message((1, name), (2, message((1, digest))))) for name, digest in files.items()]
        return self._add(4, message((1, path), *rows))

    def link(self, path: str, target: str) -> int:
        return self._add(5, message((1, path), (2, target)))

    def set(self, members: Iterable[int] = (), sets: Iterable[int] = ()) -> int:
        packed = [(5, b"".join(map(varint, members))), (4, b"".join(map(varint, sets)))]
        return self._add(6, message(*packed))

    def spawn(self, label: str, mnemonic: str = "FromagerWheel", **parts: Any) -> "LogWriter":
        """Add an action; its parts have the names of the fields of `Spawn`, and inputs and outputs are numbers."""

        def pairs(name: str) -> list[bytes]:
            return [message((1, key), (2, value)) for key, value in parts.get(name, {}).items()]

        body = message(
            *((1, argument) for argument in parts.get("arguments", ())),
            *((2, pair) for pair in pairs("variables")),
            (3, message(*((1, pair) for pair in pairs("platform")))),
            (4, parts.get("inputs", 0)),
            *((6, message((5, output))) for output in parts.get("outputs", ())),
            (7, label), (8, mnemonic), (9, parts.get("exit_code", 0)),
            (11, parts.get("runner", "linux-sandbox")), (12, int(parts.get("is_hit", False))),
            (16, message((1, parts.get("digest", "")))), (18, message((8, duration(parts.get("seconds", 1.5))))),
        )  # fmt: skip
        self._add(7, body)
        return self

    def write(self, path: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open_zstd(path, "wb") as file:
            file.write(stream(self.entries))
        return path
