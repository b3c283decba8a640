"""The lock of toolchains: its files by the repository that fetches them, and the toolchains that are made of them."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fromager_gen.contract import CPUS, TOOLCHAINS_LOCK
from fromager_gen.errors import LockError
from fromager_gen.files import json_block
from fromager_gen.lock import LockedFile, locked_file
from fromager_gen.platforms import platforms

_VERSION = 1
_REPOSITORY = re.compile(r"[a-z][a-z0-9_.-]{0,100}")


@dataclass(frozen=True)
class CcToolchains:
    """C and C++ compilers out of one file, for one CPU that compiles."""

    exec: str
    """CPU that runs the compilers."""
    file: str
    """Repository of the wheel `ziglang`."""
    targets: tuple[str, ...]
    """Platforms that the compilers compile for."""


@dataclass(frozen=True)
class ToolchainsLock:
    """Everything pinned for the toolchains of a workspace."""

    files: Mapping[str, LockedFile] = field(default_factory=dict)
    """Files by the repository that fetches them."""
    cc: tuple[CcToolchains, ...] = ()


def toolchains_text(lock: ToolchainsLock) -> str:
    """Return the text of the lock: sorted, one entry per line, so that a changed hash changes one line."""
    files = [f"{json.dumps(name)}: {json.dumps(file.to_json())}" for name, file in sorted(lock.files.items())]
    rows = sorted(lock.cc, key=lambda one: one.exec)
    cc = [json.dumps({"exec": one.exec, "file": one.file, "targets": one.targets}) for one in rows]
    return f'{{"version": {_VERSION},\n{json_block("files", files)},\n{json_block("cc", cc, "[]")}}}\n'


def read_toolchains(path: Path) -> ToolchainsLock:
    """Read a lock of toolchains; a missing file is an empty lock.

    Raises:
        LockError: the file is damaged, has another version, or names an unknown file, CPU or platform.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ToolchainsLock()
    except (OSError, ValueError) as err:
        raise LockError(f"{path} can't be read: {err}") from err
    try:
        return _lock(json.loads(text))
    except LockError as err:
        raise LockError(f"{path}: {err}") from None
    except KeyError as err:
        raise LockError(f"{path} is damaged: {err} is missing. {_ADVICE}") from err
    except (ValueError, TypeError, AttributeError, RecursionError) as err:
        raise LockError(f"{path} is damaged: {err}. {_ADVICE}") from err


_ADVICE = f"Restore it from version control, or remove it to pin the toolchains again ({TOOLCHAINS_LOCK})."


def _lock(document: Mapping[str, Any]) -> ToolchainsLock:
    if document["version"] != _VERSION:
        raise ValueError(f"it has version {document['version']!r}, but fromager-gen reads version {_VERSION}")
    files = {name: locked_file(name, entry, _REPOSITORY) for name, entry in document["files"].items()}
    return ToolchainsLock(files, tuple(_cc(entry, files) for entry in document["cc"]))


def _cc(entry: Mapping[str, Any], files: Mapping[str, LockedFile]) -> CcToolchains:
    one = CcToolchains(entry["exec"], entry["file"], tuple(entry["targets"]))
    for kind, values, known in (
        ("CPU", [one.exec], CPUS),
        ("file", [one.file], files),
        ("platform", one.targets, platforms()),
    ):
        for value in values:
            if value not in known:
                raise ValueError(f"it names the unknown {kind} {value!r}")
    return one
