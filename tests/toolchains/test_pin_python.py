"""A Python is pinned by what is in its archives; what is not a Python is refused, and the lock stays as it was."""

import io
import json
import tarfile
from pathlib import Path

import pytest
from support import command, debian
from support.servers import Server

from fromager_gen.contract import TOOLCHAINS_LOCK
from fromager_gen.toolchains import read_toolchains

NAME = "cpython.tar.gz"


def contents(
    version: str = "3.13.2", suffix: str = "", multiarch: str = "x86_64-linux-gnu", top: str = "python/"
) -> dict[str, str]:
    """Return the files of a Python by their names, as far as they are looked at."""
    name = "python" + ".".join(version.split(".")[:2]) + suffix
    variables = {"MULTIARCH": multiarch, "HOST_GNU_TYPE": multiarch.replace("-linux", "-unknown-linux")}
    return {
        f"{top}bin/{name}": "",
        f"{top}lib/{name}/os.py": "",
        f"{top}lib/{name}/json/__init__.py": "",
        f"{top}lib/{name}/_sysconfigdata_{suffix}_linux_{multiarch}.py": f"# made\nbuild_time_vars = {variables}\n",
        f"{top}include/{name}/patchlevel.h": f'#define PY_VERSION      "{version}"\n',
    }


def packed(files: dict[str, str], mode: str = "w:gz") -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode=mode) as tar:  # type: ignore[call-overload]
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    return data.getvalue()


def add(folder: Path, *addresses: str) -> None:
    command.output("toolchains", "add", "python", *addresses, "--output", folder)


def refused(folder: Path, *addresses: str) -> str:
    return str(command.error("toolchains", "add", "python", *addresses, "--output", folder))


@pytest.mark.parametrize(
    ("files", "facts"),
    [
        (contents(), ("3.13", "3.13.2", "x86_64", "glibc", "python", True)),
        (contents(top=""), ("3.13", "3.13.2", "x86_64", "glibc", "", True)),
        (contents("3.13.2", "t"), ("3.13t", "3.13.2", "x86_64", "glibc", "python", True)),
        (
            contents("3.14.0rc1", top="python/install/"),
            ("3.14", "3.14.0rc1", "x86_64", "glibc", "python/install", True),
        ),
        (contents(multiarch="aarch64-linux-musl"), ("3.13", "3.13.2", "aarch64", "musl", "python", True)),
    ],
    ids=["usual", "at the root", "free-threaded", "full", "other platform"],
)
def test_an_archive_says_what_it_is(server: Server, tmp_path: Path, files: dict[str, str], facts: object) -> None:
    add(tmp_path, server.say(f"/{NAME}", packed(files)))

    (one,) = read_toolchains(tmp_path / TOOLCHAINS_LOCK).python
    assert (one.name, one.version, one.cpu, one.libc, one.prefix, one.has_program) == facts


def test_debian_packages_are_one_python(server: Server, tmp_path: Path) -> None:
    whole = {f"./{name}": text for name, text in contents("3.11.2", top="usr/", multiarch="aarch64-linux-gnu").items()}
    parts = [dict([item]) for item in whole.items() if "/bin/" not in item[0]]
    packages = [debian.package(packed(part, "w:xz")) for part in parts]
    addresses = [server.say(f"/lib_3.11-1%2Bb{n}_arm64.deb", package) for n, package in enumerate(packages)]

    add(tmp_path, *addresses)
    lock = read_toolchains(tmp_path / TOOLCHAINS_LOCK)
    assert (lock.python[0].cpu, lock.python[0].prefix, lock.python[0].has_program) == ("aarch64", "usr", False)
    assert [lock.files[name].filename for name in lock.python[0].files] == [
        f"lib_3.11-1+b{n}_arm64.deb" for n in range(4)
    ]
    assert "Python 3.11.2 on aarch64 with glibc: only to build wheels for it" in command.output(
        "toolchains", "list", "--output", tmp_path
    )


def test_a_version_replaces_its_predecessor_and_leaves_others(server: Server, tmp_path: Path) -> None:
    for version in ("3.13.1", "3.12.8", "3.13.2"):
        add(tmp_path, server.say(f"/{version}/{NAME}", packed(contents(version))))
    lock = read_toolchains(tmp_path / TOOLCHAINS_LOCK)

    assert [one.version for one in lock.python] == ["3.12.8", "3.13.2"]
    assert {file.url.rsplit("/", 2)[1] for file in lock.files.values()} == {"3.12.8", "3.13.2"}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (packed({"python/README": ""}), "this is not a whole Python: there is no lib/python3.X/os.py in it"),
        (packed(dict(list(contents().items())[:3])), "it lacks lib/python3.13/_sysconfigdata_*.py"),
        (
            packed({n: t for n, t in contents().items() if "json" not in n}),
            "it lacks lib/python3.13/json, a part",
        ),
        (packed(dict(list(contents().items())[:4])), "it lacks the headers, such as include/python3.13/patchlevel.h"),
        (packed(contents() | contents("3.12.1")), "there are several Pythons in it: python/lib/python3.12, python/lib"),
        (packed(contents(multiarch="riscv64-linux-gnu")), "is for the CPU 'riscv64', not for aarch64 or x86_64"),
        (packed(contents() | {"../x": ""}), "the name '../x' in it is not a path below its root"),
        (packed(contents() | {"/etc/x": ""}), "the name '/etc/x' in it is not a path"),
        (packed(contents("3.13.1;x")), "is not valid"),
        (packed(contents(top='x"]) + fail("/')), "is not valid"),
        (packed(contents())[:-40], "is damaged"),
        (b"text", "is damaged"),
        (b"", "is damaged"),
    ],
)
def test_what_is_not_a_python_is_refused(server: Server, tmp_path: Path, data: bytes, says: str) -> None:
    said = refused(tmp_path, server.say(f"/{NAME}", data))

    assert says in said and server.url in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("ftp://host/x.tar.gz", "is not an https, http or file address"),
        ("x.tar.gz", "is not an https, http or file address"),
        ("https://host/x.zip", "the name of the file does not end with .tar.gz"),
    ],
)
def test_an_address_that_is_none_is_refused(tmp_path: Path, address: str, says: str) -> None:
    assert says in refused(tmp_path, address)


def test_another_hash_is_refused(server: Server, tmp_path: Path) -> None:
    address = server.say(f"/{NAME}", packed(contents()))

    assert f"expected {'ab' * 32}" in refused(tmp_path, f"{address}#sha256={'ab' * 32}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("cpu", "mips", "the unknown CPU 'mips'"),
        ("libc", "bionic", "the unknown C library 'bionic'"),
        ("files", ["other"], "the unknown file 'other'"),
        ("version", "3.13", "'3.13' of a Python is not valid"),
        ("prefix", "../x", "'../x' of a Python is not valid"),
        ("has_program", "yes", "neither true nor false"),
    ],
)
def test_a_damaged_entry_is_refused(server: Server, tmp_path: Path, name: str, value: object, says: str) -> None:
    add(tmp_path, server.say(f"/{NAME}", packed(contents())))
    lock = tmp_path / TOOLCHAINS_LOCK
    document = json.loads(lock.read_text())
    document["python"][0][name] = value
    lock.write_text(json.dumps(document))
    said = str(command.error("toolchains", "list", "--output", tmp_path))

    assert says in said and str(lock) in said
