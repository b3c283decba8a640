"""Identify an external dependency of the machine by its contents, without its paths.

A build links to the dependency's programs, and has copies of its pkg-config files: these are inputs. The headers and
libraries are not, so their digests are part of the key, and each build computes them again where it runs.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from actions.external.definition import definition
from actions.external.search import Found, Machine, search

# A build finds the pkg-config files here, relative to the folder of its programs.
MODULES = "external/pkgconfig"
_EDGE = 1 << 16
_MOST_HEADERS = 20_000


def identify(programs: str, name: str, entry: dict[str, Any]) -> str:
    """Return the fingerprint of a dependency on this machine, as JSON.

    Args:
        programs: folder with the build's programs. The pkg-config files are next to it.
        name: name of the dependency.
        entry: its definition.
    """
    modules = os.path.join(os.path.dirname(programs), MODULES)
    machine = Machine(f"{programs}:/usr/local/bin:/usr/bin:/bin", only_modules=modules)
    found = search(definition(name, entry), "", machine)
    return fingerprint(found) if isinstance(found, Found) else json.dumps({"missing": found})


def fingerprint(found: Found) -> str:
    """Return the fingerprint of what was found, as JSON."""
    facts = {
        "headers": _digest(_headers(found.headers)),
        "libraries": _digest((os.path.basename(path), _edges(path)) for path in found.libraries),
        "version": found.version,
    }
    return json.dumps(facts, indent=1, sort_keys=True)


def _headers(places: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the name below its folder and the digest of each header."""
    found: list[tuple[str, str]] = []
    for place in places:
        if os.path.isfile(place):
            found.append((os.path.basename(place), place))
        for folder, folders, files in os.walk(place):
            folders.sort()
            found += [(os.path.relpath(f"{folder}/{file}", place), f"{folder}/{file}") for file in sorted(files)]
            if len(found) > _MOST_HEADERS:
                break
    for name, path in found[:_MOST_HEADERS]:
        if os.path.isfile(path):
            yield name, hashlib.sha256(Path(path).read_bytes()).hexdigest()


def _edges(path: str) -> str:
    """Return a digest of a file's size, head and tail; the head of a library has its build ID."""
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        head = file.read(_EDGE)
        file.seek(max(0, size - _EDGE))
        return hashlib.sha256(b"%d\n%b%b" % (size, head, file.read())).hexdigest()


def _digest(entries: Iterator[tuple[str, str]]) -> str:
    return hashlib.sha256("".join(f"{name} {digest}\n" for name, digest in entries).encode()).hexdigest()
