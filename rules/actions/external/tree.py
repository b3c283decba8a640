"""The files of Debian packages below one folder, as a tar: unpacked from packages, moved to the folder, and checked."""

import io
import os
import re
import shlex
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from actions.errors import ActionError
from actions.wheel.dynamic import NotElfError, dynamic

# What builds need of a package. Static libraries are left out: code in them can't be linked into extensions reliably.
_WANTED = re.compile(r"usr/(include|lib|bin)/.+|usr/share/(pkgconfig|cmake-[\d.]+|gir-1\.0|aclocal)/.+")
_NOT_WANTED = re.compile(r".*\.(a|la|py|pyc)|usr/lib/(debug|python[\d.]*|systemd|tmpfiles\.d)/.*|.*/gconv/.*")
_MODULE = re.compile(r"usr/(lib(/[^/]+)?|share)/pkgconfig/[^/]+\.pc")
# The name of a program comes into a shell script.
_PROGRAM = re.compile(r"usr/bin/([A-Za-z0-9_][A-Za-z0-9._+-]*)")
# The root of packages in a text file; `/usr` inside a longer path or a variable stays.
_ROOT = re.compile(r"(?:(?<![\w.}/-])|(?<=-I)|(?<=-L))/usr(?=/|\s|$|[\"'])")
# A word of compiler or linker with a path: the path itself, or an option with it.
_OPTION_PATH = re.compile(
    r"(?:-(?:[BFIL]|isystem|idirafter|iquote|include|imacros|isysroot|-sysroot=|Wl,[^/]*))?(/.*|(?:\.\.?/|[^-/]).*)"
)
_PATH = re.compile(r"(?!.*\.\.)/[A-Za-z0-9/_.+-]+")
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_LARGEST_TEXT = 1 << 20
_MOST_VARIABLES = 20
_LAUNCHER = """#!/bin/sh
exec {root}/usr/lib/{multiarch}/{loader} --argv0 "$0" --library-path {root}/usr/lib/{multiarch}:{root}/usr/lib \
{root}/usr/bin/.{name} "$@"
"""
_LOADERS = {"aarch64": "ld-linux-aarch64.so.1", "x86_64": "ld-linux-x86-64.so.2"}


def write_tree(data: tarfile.TarFile, script: str, out: tarfile.TarFile, root: str, cpu: str) -> None:
    """Copy the wanted files of a package, with the paths in pkg-config files and scripts moved to a folder.

    A program with shared libraries becomes a script that starts it with the loader and libraries of the packages, so
    that it does not depend on those of the machine.

    Args:
        data: the files of the package.
        script: text of the script `postinst`, whose literal alternatives become links; empty if there is none.
        out: tar to write.
        root: absolute path of the folder.
        cpu: CPU of the package.

    Raises:
        ActionError: a name or link leads out of the folder, or a pkg-config file names a folder outside.
    """
    for member in sorted(data.getmembers(), key=lambda one: one.name):
        name = _merged(member.name.removeprefix("./").rstrip("/"))
        if name.startswith("/") or ".." in name.split("/"):
            raise ActionError(f"the name {member.name!r} in it is not a path below its root")
        if not _WANTED.fullmatch(name) or _NOT_WANTED.fullmatch(name):
            continue
        if member.issym():
            _add_link(out, name, _inside(name, member.linkname))
        elif (member.isfile() or member.islnk()) and (file := data.extractfile(member)):
            _add_file(out, name, file.read(), bool(member.mode & 0o100), root, cpu)
    for link, target in alternatives(script):
        name = _merged(link.lstrip("/"))
        if _WANTED.fullmatch(name) and not _NOT_WANTED.fullmatch(name):
            _add_link(out, name, _inside(name, target))


def alternatives(script: str) -> Iterator[tuple[str, str]]:
    """Yield link and target of each alternative that a script names literally.

    https://manpages.debian.org/update-alternatives.1
    """
    words = script.replace("\\\n", " ").split()
    for number, word in enumerate(words[:-3]):
        if word in ("--install", "--slave"):
            link, _, target = words[number + 1 : number + 4]
            if _PATH.fullmatch(link) and _PATH.fullmatch(target):
                yield link, target


def _merged(name: str) -> str:
    """Return the path of a file where /bin and /lib are links to /usr: https://wiki.debian.org/UsrMerge."""
    return f"usr/{name}" if name.partition("/")[0] in ("bin", "lib") else name


def _inside(name: str, link: str) -> str:
    """Return the target of a link relative to its folder."""
    folder = PurePosixPath("/", name).parent
    target = os.path.normpath(folder / link) if link.startswith("/") else os.path.normpath(f"{folder}/{link}")
    if not link.startswith("/") and os.path.normpath(str(PurePosixPath(name).parent / link)).startswith(".."):
        raise ActionError(f"the link {name!r} in it leads out of its root, to {link!r}")
    return os.path.relpath("/" + _merged(target.lstrip("/")), folder)


def _add_file(out: tarfile.TarFile, name: str, data: bytes, is_executable: bool, root: str, cpu: str) -> None:
    program = _PROGRAM.fullmatch(name)
    if _MODULE.fullmatch(name):
        data = _moved(data, root)
        _check_module(name, data.decode("utf-8", "replace"), root)
    elif program and data.startswith(b"#!"):
        first, end, rest = data.partition(b"\n")
        data = first + end + _moved(rest, root)
    elif program and _has_loader(data):
        text = _LAUNCHER.format(root=root, multiarch=f"{cpu}-linux-gnu", loader=_LOADERS[cpu], name=program[1])
        _add(out, f"usr/bin/.{program[1]}", data, is_executable=True)
        data = text.encode()
    _add(out, name, data, is_executable or program is not None)


def _moved(data: bytes, root: str) -> bytes:
    if len(data) > _LARGEST_TEXT:
        return data
    return _ROOT.sub(f"{root}/usr", data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")


def _has_loader(data: bytes) -> bool:
    """Return whether a program names a loader, which starts it with shared libraries."""
    try:
        read = dynamic(data)
    except NotElfError:
        return False
    return read.is_program and read.size == "(64bit)"


def _check_module(name: str, text: str, root: str) -> None:
    """Refuse a pkg-config file that lets a build use other folders than those of packages."""
    variables = {"pcfiledir": f"{root}/{PurePosixPath(name).parent}", "pc_sysrootdir": ""}
    for line in text.replace("\\\n", " ").splitlines():
        found = re.match(r"\s*(\w[\w.]*)\s*([:=])\s*(.*)", line)
        if found is None:
            continue
        key, kind, value = found.groups()
        for _ in range(_MOST_VARIABLES):
            value = _VARIABLE.sub(lambda one: variables.get(one[1], ""), value)[:_LARGEST_TEXT]
        if kind == "=":
            variables[key] = value
        elif key.startswith(("Cflags", "CFlags", "Libs")):
            for word in _words(value):
                _check_word(name, word, root)


def _words(value: str) -> list[str]:
    try:
        return shlex.split(value)
    except ValueError:
        return value.split()


def _check_word(name: str, word: str, root: str) -> None:
    """Refuse an absolute path outside of the folder, and a relative one that leads upward."""
    found = _OPTION_PATH.fullmatch(word)
    path = found[1] if found is not None else ""
    is_outside = path.startswith("/") and not f"{os.path.normpath(path)}/".startswith(f"{root}/")
    if is_outside or (".." in path.split("/") and not path.startswith("/")):
        raise ActionError(f"{name} points to {path[:120]}, which is outside of its package")


def _add(out: tarfile.TarFile, name: str, data: bytes, is_executable: bool) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    info.mode = 0o755 if is_executable else 0o644
    out.addfile(info, io.BytesIO(data))


def _add_link(out: tarfile.TarFile, name: str, target: str) -> None:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = tarfile.SYMTYPE, target
    out.addfile(info)


def unpack(tree: Path, root: Path) -> None:
    """Unpack a tar that `write_tree` wrote; what is there already stays.

    Raises:
        ActionError: the tar is damaged.
    """
    made: set[Path] = set()
    try:
        with tarfile.open(tree, "r:") as tar:
            for member in _members(tar):
                place = root / member.name
                if place.parent not in made:
                    place.parent.mkdir(parents=True, exist_ok=True)
                    made.add(place.parent)
                    # A folder can be a link of another package.
                    if not f"{os.path.realpath(place.parent)}/".startswith(f"{os.path.realpath(root)}/"):
                        raise ActionError(f"{tree.name}: {member.name!r} in it is below a link that leads out")
                if os.path.lexists(place):
                    continue
                if member.issym():
                    place.symlink_to(member.linkname)
                elif (file := tar.extractfile(member)) is not None:
                    place.write_bytes(file.read())
                    place.chmod(member.mode)
    except (tarfile.TarError, EOFError, ValueError) as err:
        raise ActionError(f"{tree.name} is damaged: {err}") from err


def _members(tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """Yield files before links: a folder that is a link in one package can be a real one in another."""
    members = tar.getmembers()
    yield from (member for member in members if not member.issym())
    yield from (member for member in members if member.issym())
