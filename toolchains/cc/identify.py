"""Identify what a compiler of the machine uses of it, without its paths.

The programs themselves are inputs of an action. A compiler has more parts, which it finds by itself: the programs that
it starts, the C library, headers and libraries. ``python identify.py PROGRAMS`` prints a JSON text about them, where
PROGRAMS is the folder that contains `cc` and the other programs. The repository rule runs it where Bazel runs, and each
build runs it where it is executed.
"""

import hashlib
import json
import os
import subprocess
import sys

# The programs that gcc starts by itself. It finds `as` and `ld` on PATH.
_PARTS = {"cc": ("cc1", "collect2"), "c++": ("cc1plus",)}
_DPKG, _APK, _RPM = "/var/lib/dpkg/status", "/lib/apk/db/installed", "/usr/bin/rpm"


def identify(programs: str) -> str:
    """Return a text that is equal on machines whose compilers have the same effect.

    Args:
        programs: folder with the programs of the toolchain by their names.
    """
    found: dict[str, object] = {"libc": _libc()} | _packages()
    for name, parts in _PARTS.items():
        compiler = f"{programs}/{name}"
        if os.path.exists(compiler):
            found[f"target of {name}"] = _printed([compiler, "-dumpmachine"])
            found |= {f"{part} of {name}": _part(compiler, part) for part in parts}
    return json.dumps(found, indent=1, sort_keys=True)


def _printed(command: list[str]) -> str:
    environment = {"LC_ALL": "C", "PATH": os.path.dirname(command[0])}
    try:
        result = subprocess.run(command, capture_output=True, check=False, env=environment, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return result.stdout.decode(errors="replace").strip()


def _part(compiler: str, part: str) -> str | None:
    """Return the digest of a program that the compiler starts; None if it has no such part of its own."""
    path = _printed([compiler, f"-print-prog-name={part}"])
    return _digest(path) if os.path.isabs(path) and os.path.isfile(path) else None


def _digest(path: str) -> str:
    """Return a digest of a program's size, head and tail.

    The head of an ELF file contains the build ID, which differs for each build. To read the whole of a compiler would
    take longer than a small build.
    """
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        head = file.read(1 << 16)
        file.seek(max(0, size - (1 << 16)))
        return hashlib.sha256(b"%d\n%b%b" % (size, head, file.read())).hexdigest()


def _libc() -> str:
    """Return the name and version of the C library; empty if it states none, such as musl."""
    try:
        return os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (OSError, ValueError):
        return ""


def _packages() -> dict[str, str]:
    """Return a digest of the installed development packages and their versions; nothing if no database is visible."""
    if os.path.isfile(_DPKG):
        found = _records(_DPKG, "\nPackage: ", ("\nVersion: ", "\nArchitecture: "))
    elif os.path.isfile(_APK):
        found = _records(_APK, "\nP:", ("\nV:",))
    elif os.path.isfile(_RPM):
        found = sorted(_printed([_RPM, "-qa", "*-devel"]).split())
    else:
        return {}
    return {"development packages": hashlib.sha256("\n".join(found).encode()).hexdigest()}


def _records(path: str, start: str, fields: tuple[str, ...]) -> list[str]:
    """Return the name and fields of each development package in a database of records.

    The formats: https://man7.org/linux/man-pages/man5/deb822.5.html and https://wiki.alpinelinux.org/wiki/Apk_spec.
    """
    with open(path, encoding="utf-8", errors="replace") as file:
        records = f"\n{file.read()}".split(start)[1:]
    development = [record for record in records if record.partition("\n")[0].endswith("-dev")]
    values = [[record.partition(field)[2].partition("\n")[0] for field in fields] for record in development]
    return sorted(
        " ".join([record.partition("\n")[0], *found]) for record, found in zip(development, values, strict=True)
    )


if __name__ == "__main__":
    print(identify(sys.argv[1]), end="")
