"""Compare two wheels of one version from different builders: what remains after normalisations is a difference."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fromager_gen.compare.members import DamagedError, Members, members
from fromager_gen.compare.wheels import Difference, compare

# What a build tool decides when it packs a wheel, by kind of difference.
_PACKING = {
    "time": "times of members",
    "permissions": "permissions of members",
    "compression": "compression of members",
    "order": "order of members",
    "zip": "other fields of the zip",
}
# How the names of files in .dist-info begin that are added to a wheel after its build.
_ADDED = ("fromager-", "licenses/crates/", "sboms/fromager.")
# Lines of the file WHEEL.
_OF_WHEEL = ("generator:", "tag:", "build:")


@dataclass(frozen=True)
class Equivalence:
    """Whether two wheels have the same content."""

    result: Literal["equal", "equivalent", "different", "damaged"]
    normalised: tuple[str, ...] = ()
    """What differs without effect on what is installed."""
    differences: tuple[Difference, ...] = ()
    problem: str = ""


def equivalence(first: Path, second: Path) -> Equivalence:
    """Compare two wheels, and normalise what differs between builders.

    Raises:
        InputError: a file can't be read.
    """
    found = compare(first, second)
    if found.result == "equal":
        return Equivalence("equal")
    if found.result == "damaged":
        return Equivalence("damaged", problem=found.problem)
    try:
        with ExitStack() as stack:
            opened = [stack.enter_context(members(wheel)) for wheel in (first, second)]
            reasons = {found: _reason(found, *opened) for found in found.differences}
    except DamagedError as err:
        return Equivalence("damaged", problem=str(err))
    left = tuple(difference for difference, reason in reasons.items() if not reason)
    normalised = tuple(sorted({reason for reason in reasons.values() if reason}))
    return Equivalence("different" if left else "equivalent", normalised, left)


def _reason(found: Difference, first: Members, second: Members) -> str:
    """Return the normalisation that removes a difference; empty if none does."""
    if found.kind == "permissions" and _is_executable(found.member, first) != _is_executable(found.member, second):
        return ""
    if found.kind in _PACKING:
        return _PACKING[found.kind]
    folder, _, name = found.member.partition("/")
    if found.kind == "only in the first" and folder.endswith(".dist-info") and name.startswith(_ADDED):
        return "files that Fromager adds to .dist-info"
    if found.kind != "content" or not folder.endswith(".dist-info"):
        return ""
    if name == "RECORD":
        return "RECORD"
    texts = {
        "WHEEL": ("generator, tags and build tag in WHEEL", _wheel),
        "METADATA": ("order of headers in METADATA", _metadata),
    }
    what, normal = texts.get(name, ("", None))
    return what if normal and _same(normal, found.member, first, second) else ""


def _is_executable(name: str, opened: Members) -> bool:
    """Return whether installers make a file executable: for all users, if one of them may execute the member."""
    return bool(opened.infos[name].external_attr >> 16 & 0o111)


def _same(normal: Callable[[str], object], name: str, first: Members, second: Members) -> bool:
    one, other = (opened.read(name).decode("utf-8").replace("\r\n", "\n") for opened in (first, second))
    return normal(one) == normal(other)


def _wheel(text: str) -> list[str]:
    return sorted(line for line in text.splitlines() if line and not line.lower().startswith(_OF_WHEEL))


def _metadata(text: str) -> tuple[list[str], str]:
    """Return the headers, sorted with their continuation lines, and the description."""
    head, _, body = text.partition("\n\n")
    return sorted(head.replace("\n ", "\0").replace("\n\t", "\0").split("\n")), body.rstrip()
