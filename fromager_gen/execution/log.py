"""Read a compact execution log of Bazel: every action of a build that was not up to date.

The format is ExecLogEntry in
https://github.com/bazelbuild/bazel/blob/master/src/main/protobuf/spawn.proto, compressed with zstd.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from fromager_gen.errors import InputError
from fromager_gen.execution.protobuf import child, fields, messages, numbers, seconds
from fromager_gen.zstd import ZstdError, open_zstd

# Fields of ExecLogEntry, InputSet and Spawn that are read.
_ID, _FILE, _DIRECTORY, _LINK, _SET, _SPAWN = 1, 3, 4, 5, 6, 7
_TRANSITIVE = 4
_ARGS, _ENV, _PLATFORM, _INPUTS, _OUTPUTS, _LABEL, _MNEMONIC = 1, 2, 3, 4, 6, 7, 8
_EXIT_CODE, _RUNNER, _CACHE_HIT, _DIGEST, _METRICS = 9, 11, 12, 16, 18
_WALL_TIME = 8
_MAX_BYTES = 1 << 30

# The folder of a configuration in the path of an output.
_CONFIGURATION = re.compile(r"bazel-out/([^/]+)/bin/")

Action = tuple[str, str, str]
"""Label, mnemonic and configuration."""
Files = Mapping[str, str]
"""Digests by path; that of a link is the path that it points to."""


@dataclass(frozen=True)
class Spawn:
    """An action that Bazel ran, or took from a cache."""

    label: str
    mnemonic: str
    runner: str
    """Where it ran, such as ``linux-sandbox`` or ``remote``, or the cache that had its result."""
    is_hit: bool
    exit_code: int
    seconds: float
    """How long it ran; 0 if its result is from a cache."""
    arguments: tuple[str, ...]
    variables: Mapping[str, str]
    platform: Mapping[str, str]
    """Its execution properties."""
    outputs: Files
    digest: str
    """The action's key in caches; empty if no cache was asked."""
    input_set: int
    """Number of its set of inputs in the log."""

    @property
    def action(self) -> Action:
        """What identifies the action in several builds: its label, its mnemonic, and its configuration."""
        texts = (*self.outputs, *self.arguments)
        found = next((match[1] for text in texts if (match := _CONFIGURATION.search(text))), "")
        return self.label, self.mnemonic, found


@dataclass
class ExecutionLog:
    """The actions of one build, in the order in which they ended."""

    spawns: list[Spawn] = field(default_factory=list)
    _files: dict[int, Files] = field(default_factory=dict)
    _sets: dict[int, tuple[list[int], list[int]]] = field(default_factory=dict)

    def inputs(self, spawn: Spawn) -> dict[str, str]:
        """Return the digest of each input of an action."""
        found: dict[str, str] = {}
        seen: set[int] = set()
        waiting = [spawn.input_set]
        while waiting:
            number = waiting.pop()
            if number in seen or number not in self._sets:
                continue
            seen.add(number)
            direct, others = self._sets[number]
            waiting += others
            for one in direct:
                found |= self._files.get(one, {})
        return found

    @cached_property
    def by_output(self) -> dict[str, Spawn]:
        """The action that made each output."""
        return {path: spawn for spawn in self.spawns for path in spawn.outputs}


def read_log(path: Path) -> ExecutionLog:
    """Read a log. The log of a build that was killed is read as far as it goes.

    Raises:
        InputError: the file is not an execution log.
    """
    log = ExecutionLog()
    try:
        for message in messages(_plain(path)):
            _read_entry(log, message)
    except (OSError, ZstdError, ValueError, TypeError) as err:
        if not log.spawns:
            raise InputError(f"{path} is not an execution log of Bazel, or it is damaged: {err}") from err
    return log


def _plain(path: Path) -> bytes:
    """Return the plain bytes of a log; without the rest where it ends too early."""
    parts, size = [], 0
    with open_zstd(path) as file:
        try:
            while size < _MAX_BYTES and (chunk := file.read1()):
                parts.append(chunk)
                size += len(chunk)
        except EOFError:
            pass
    return b"".join(parts)


def _read_entry(log: ExecutionLog, message: bytes) -> None:
    number, kind, body = 0, 0, b""
    for name, value in fields(message):
        if name == _ID and isinstance(value, int):
            number = value
        elif isinstance(value, bytes):
            kind, body = name, value
    if kind == _SPAWN:
        log.spawns.append(_spawn(log, body))
    elif kind == _SET:
        log._sets[number] = _input_set(body)
    elif kind == _FILE:
        log._files[number] = dict([_file(body)])
    elif kind == _LINK:
        path, target = _pair(body)
        log._files[number] = {path: f"a link to {target}"}
    elif kind == _DIRECTORY:
        path = _text(child(body, 1))
        files = (_file(value) for name, value in fields(body) if name == 2 and isinstance(value, bytes))
        log._files[number] = {f"{path}/{name}": digest for name, digest in files}


def _input_set(body: bytes) -> tuple[list[int], list[int]]:
    """Return the numbers of a set's members, and those of the sets that it contains."""
    direct: list[int] = []
    others: list[int] = []
    for name, value in fields(body):
        # Before Bazel 7.4, files, folders and links were in three fields: 1, 2 and 3.
        (others if name == _TRANSITIVE else direct).extend(numbers(value))
    return direct, others


def _file(body: bytes) -> tuple[str, str]:
    """Return the path of a file and its digest, which an empty file does not have."""
    return _text(child(body, 1)), _text(child(child(body, 2), 1)) or "empty"


def _spawn(log: ExecutionLog, body: bytes) -> Spawn:
    found: dict[int, list[int | bytes]] = {}
    for name, value in fields(body):
        found.setdefault(name, []).append(value)

    def text(name: int) -> str:
        return _text(next((one for one in found.get(name, ()) if isinstance(one, bytes)), b""))

    def number(name: int) -> int:
        return next((one for one in found.get(name, ()) if isinstance(one, int)), 0)

    outputs: dict[str, str] = {}
    for output in _bodies(found.get(_OUTPUTS, ())):
        for _, value in fields(output):
            if isinstance(value, int):
                outputs |= log._files.get(value, {})
    platform = _bodies(found.get(_PLATFORM, ()))
    return Spawn(
        label=text(_LABEL),
        mnemonic=text(_MNEMONIC),
        runner=text(_RUNNER),
        is_hit=bool(number(_CACHE_HIT)),
        exit_code=number(_EXIT_CODE),
        seconds=seconds(child(next(iter(_bodies(found.get(_METRICS, ()))), b""), _WALL_TIME)),
        arguments=tuple(map(_text, _bodies(found.get(_ARGS, ())))),
        variables=dict(map(_pair, _bodies(found.get(_ENV, ())))),
        platform=dict(_pair(value) for one in platform for _, value in fields(one) if isinstance(value, bytes)),
        outputs=outputs,
        digest=_text(child(next(iter(_bodies(found.get(_DIGEST, ()))), b""), 1)),
        input_set=number(_INPUTS),
    )


def _bodies(values: Iterable[int | bytes]) -> list[bytes]:
    return [value for value in values if isinstance(value, bytes)]


def _pair(body: bytes) -> tuple[str, str]:
    return _text(child(body, 1)), _text(child(body, 2))


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")
