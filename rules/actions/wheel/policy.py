"""Compare the ELF files of a wheel with the platform in its tag, by the policies of auditwheel.

The policies are defined in https://peps.python.org/pep-0600/ and https://peps.python.org/pep-0656/. A policy has the
libraries that every such machine has, and the versions of their symbols.
"""

import json
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from actions.errors import ActionError
from actions.wheel import gpu

if TYPE_CHECKING:
    from actions.wheel.elf import Elf, Needed

_FOLDER = "auditwheel/policy"
# The dynamic loader, which every machine has, by a name for its CPU.
_LOADER = "ld-linux"
_MACHINES = {"aarch64": "EM_AARCH64", "x86_64": "EM_X86_64"}


class Policy(NamedTuple):
    """What a wheel may need of a machine."""

    tag: str
    """Platform tag, such as ``manylinux_2_17_x86_64``."""
    machine: str
    """CPU in ELF files."""
    versions: dict[str, frozenset[str]]
    """Versions of symbols by their family: ``GLIBC``, ``CXXABI``."""
    libraries: frozenset[str]
    absent: dict[str, frozenset[str]]
    """Symbols without a version that a library lacks, by the library."""


def policy_file(tag: str) -> str:
    """Return the path in auditwheel of the policies for a tag."""
    return f"{_FOLDER}/{tag.partition('_')[0]}-policy.json"


def policy_of(libraries: Path, tag: str, cpu: str) -> Policy:
    """Return the policy of a tag from the zip of libraries that contains auditwheel; see `read_policy`."""
    with zipfile.ZipFile(libraries) as packed:
        return read_policy(packed.read(policy_file(tag)), tag, cpu)


def read_policy(text: bytes, tag: str, cpu: str) -> Policy:
    """Return the policy of a tag.

    Args:
        text: content of the file `policy_file`.
        tag: platform tag.
        cpu: CPU of the tag.

    Raises:
        ActionError: auditwheel has no such policy.
    """
    name = tag.removesuffix(f"_{cpu}")
    for entry in json.loads(text):
        if name in (entry["name"], *entry["aliases"]) and cpu in entry["symbol_versions"]:
            versions = {family: frozenset(found) for family, found in entry["symbol_versions"][cpu].items()}
            libraries = frozenset({*entry["lib_whitelist"], f"libc.musl-{cpu}.so.1"})
            absent = {library: frozenset(found) for library, found in entry["blacklist"].items()}
            return Policy(tag, _MACHINES[cpu], versions, libraries, absent)
    raise ActionError(f"auditwheel has no policy for {tag}")


def problems(
    files: "Iterable[Elf]", policy: Policy, requirements: frozenset[str] = frozenset(), leaves: bool = False
) -> Iterator[str]:
    """Yield what in a wheel contradicts a policy: which file, which symbol or library, and which rule.

    Args:
        files: the ELF files of the wheel.
        policy: the policy.
        requirements: from `gpu.required`.
        leaves: whether the wheel may need other libraries than those of the policy.
    """
    files = list(files)
    own = {name for file in files for name in (file.soname, file.path.rpartition("/")[2])}
    for file in files:
        if file.machine != policy.machine:
            yield f"{file.path} is for {file.machine}, but {policy.tag} is for {policy.machine}"
            continue
        known = policy.libraries | own
        for library in () if leaves else file.libraries:
            if not library.startswith(_LOADER) and library not in known and not gpu.may_need(library, requirements):
                package = gpu.package_of(library)
                hint = f"; it may need it if it requires {package}" if package else ""
                lacks = f"which {policy.tag} does not have and the wheel does not contain"
                yield f"{file.path} needs {library}, {lacks}{hint}"
        for symbol in file.needed:
            yield from _problem_of_symbol(file, symbol, policy)


def _problem_of_symbol(file: "Elf", symbol: "Needed", policy: Policy) -> Iterator[str]:
    family = symbol.version.partition("_")[0]
    number = symbol.version.removeprefix(f"{family}_")
    allowed = policy.versions.get(family)
    if allowed is not None and number not in allowed:
        newest = max(allowed, key=_numbers)
        yield f"{file.path} needs {symbol.name}@{symbol.version}; {policy.tag} has {family} up to {newest}"
    for library, absent in policy.absent.items():
        if library in file.libraries and symbol.name in absent:
            yield f"{file.path} needs {symbol.name}, which {library} of {policy.tag} does not have"


def _numbers(version: str) -> list[int]:
    return [int(part) if part.isdigit() else -1 for part in version.split(".")]
