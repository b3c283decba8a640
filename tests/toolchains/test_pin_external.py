"""External dependencies in toolchains.lock.json: the packages and programs that are pinned, and what is refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from support.benches import Recorder
from support.elf import elf
from support.mirrors import PROGRAM, Mirror
from support.servers import Server

from fromager_gen.errors import FetchError, LockError
from fromager_gen.external import Vocabulary, vocabulary
from fromager_gen.toolchains import ToolchainsLock, read_toolchains, toolchains_text
from fromager_gen.toolchains.model import ExternalDependency
from fromager_gen.toolchains.pin_external import upstream, with_external

XML, CMAKE, PATCHELF, PKG_CONFIG = (f"dep:generic/{name}" for name in ("libxml2", "cmake", "patchelf", "pkg-config"))
SINCE_BOOKWORM = ("linux_x86_64_glibc_2_36", "linux_x86_64_glibc_2_39")


@pytest.fixture
def mirror(server: Server) -> Mirror:
    """Return a mirror with the packages of libxml2, cmake and what all dependencies need."""
    made = Mirror(server)
    made.add_sysroot()
    made.add("pkg-config", depends="pkgconf", Section="devel", Source="pkgconf")
    made.add("pkgconf", {"./usr/bin/pkg-config": "pkgconf", "./usr/bin/pkgconf": PROGRAM}, Section="devel")
    made.add("patchelf", {"./usr/bin/patchelf": PROGRAM}, "libstdc++6", Section="devel", Version="0.14.3-1+b1")
    made.add(
        "libxml2-dev",
        {"./usr/bin/xml2-config": b"#!/bin/sh\n", "./usr/sbin/xml2-config": b"x"},
        "libxml2 (= 2.9), libc6-dev, zlib++1g",
        Section="libdevel",
        Version="2.9.14-1.3~deb12u2",
    )
    made.add("libxml2", depends="zlib++1g, libc6")
    made.add("zlib++1g")
    made.add("cmake", {"./usr/bin/cmake": elf(), "./usr/bin/ctest": elf()}, Section="devel", Version="1:3.25.1-1")
    return made


class Counter(Recorder):
    """Records which packages were pinned."""

    def read(self, size: int) -> None:
        """Ignore the number of bytes."""


class Pinner:
    """Pins dependencies of a mirror."""

    def __init__(self, mirror: Mirror, client: requests.Session) -> None:
        self.mirror, self._client, self.recorder = mirror, client, Counter()

    def pin(self, *names: str, lock: ToolchainsLock | None = None, known: Vocabulary | None = None) -> ToolchainsLock:
        known = known or vocabulary()
        found, added = with_external(
            lock or ToolchainsLock(), names, self.mirror.suite, known, self._client, self.recorder
        )
        assert added in found.external
        return found


@pytest.fixture
def pinner(mirror: Mirror, client: requests.Session) -> Pinner:
    return Pinner(mirror, client)


def of(lock: ToolchainsLock, name: str) -> ExternalDependency:
    (one,) = lock.external
    return next(found for found in one.dependencies if found.name == name)


def test_a_library_has_its_packages_and_pkg_config(pinner: Pinner) -> None:
    found = of(pinner.pin(XML), XML)

    assert pinner.recorder.phases == ["pinning Debian packages for x86_64 9"]
    assert "libxml2-dev 2.9.14-1.3~deb12u2" in pinner.recorder.items
    assert found.programs == ("pkg-config", "xml2-config")
    assert found.version == "2.9.14"
    assert found.files == tuple(
        f"external_x86_64_{name}"
        for name in ("libc6", "libgcc-s1", "libstdc__6", "libxml2", "libxml2-dev", "pkg-config", "pkgconf", "zlib__1g")
    )


def test_pkg_config_and_patchelf_are_always_pinned(pinner: Pinner) -> None:
    (one,) = pinner.pin().external

    assert [found.name for found in one.dependencies] == [PATCHELF, PKG_CONFIG]
    assert [found.programs for found in one.dependencies] == [("patchelf",), ("pkg-config",)]
    assert (one.cpu, one.suite, one.targets) == ("x86_64", "bookworm", SINCE_BOOKWORM)


def test_a_program_that_no_loader_starts_needs_no_other_packages(pinner: Pinner) -> None:
    found = of(pinner.pin(CMAKE), CMAKE)

    assert found.files == ("external_x86_64_cmake",)
    assert (found.programs, found.version) == (("cmake",), "3.25.1")


def test_files_have_hashes_sizes_and_addresses(pinner: Pinner) -> None:
    lock = pinner.pin(XML)
    package, file = pinner.mirror.packages["libxml2-dev"], lock.files["external_x86_64_libxml2-dev"]

    assert (file.sha256, file.size) == (package.sha256, package.size)
    assert file.url == f"{pinner.mirror.url}/{package.path}"
    assert all(name in lock.files for one in lock.external for name in one.repositories)


def test_a_sysroot_of_the_suite_is_added_unless_there_is_one(pinner: Pinner) -> None:
    first = pinner.pin()
    pinner.mirror.server.asked.clear()
    again = pinner.pin(XML, lock=first)

    assert [one.glibc for one in first.sysroot] == ["2.36"]
    assert again.sysroot == first.sysroot
    assert not [path for path in pinner.mirror.server.asked if "libgcc-12-dev" in path]


def test_dependencies_of_the_same_cpu_are_replaced(pinner: Pinner) -> None:
    again = pinner.pin(CMAKE, lock=pinner.pin(XML))
    (one,) = again.external

    assert [found.name for found in one.dependencies] == [CMAKE, PATCHELF, PKG_CONFIG]
    assert not [name for name in again.files if "libxml2" in name]


def test_libraries_are_for_platforms_with_the_c_library_of_their_suite(pinner: Pinner, mirror: Mirror) -> None:
    """A sysroot that was pinned before can be older than the suite of the dependencies."""
    mirror.add_sysroot("2.34")
    old = pinner.pin()
    mirror.add_sysroot("2.36")
    (one,) = pinner.pin(XML, lock=old).external

    assert one.targets == SINCE_BOOKWORM


def test_a_release_whose_loader_cannot_start_programs_is_refused(pinner: Pinner, mirror: Mirror) -> None:
    mirror.add_sysroot("2.31")

    with pytest.raises(LockError, match=r"bookworm has glibc 2\.31"):
        pinner.pin(XML)


def test_names_of_the_user_can_have_packages(pinner: Pinner) -> None:
    pinner.mirror.add("my-dev", {"./usr/bin/my-config": b"#!/bin/sh\n", "./usr/bin/bad name": b"x"}, Version="1:7-2")
    entry: dict[str, Any] = {"config_programs": ["my-config", "my-other"], "packages": {"apt-get": ["my-dev"]}}
    known = Vocabulary({**vocabulary().entries, "dep:generic/my": entry})
    found = of(pinner.pin("dep:generic/my", known=known), "dep:generic/my")

    assert found == ExternalDependency("dep:generic/my", ("external_x86_64_my-dev",), ("my-config",), "7")


def test_a_package_whose_hash_differs_is_refused(pinner: Pinner) -> None:
    pinner.mirror.server.say(f"/debian/{pinner.mirror.packages['libxml2'].path}", b"!<arch>\nother")

    with pytest.raises((LockError, FetchError), match=r"libxml2_1\.0-1_amd64\.deb"):
        pinner.pin(XML)


def test_a_package_that_the_mirror_lacks_is_an_error(pinner: Pinner) -> None:
    del pinner.mirror.server.answers[f"/debian/{pinner.mirror.packages['zlib++1g'].path}"]

    with pytest.raises(FetchError, match="zlib"):
        pinner.pin(XML)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("dep:generic/libxml", "'dep:generic/libxml' is not known; near names: dep:generic/libxml2"),
        ("dep:generic/arrow", "dep:generic/arrow has no Debian package; name one in fromager-gen.yaml"),
        ("dep:generic/zstd", "bookworm of http"),
    ],
)
def test_a_dependency_without_a_package_is_refused(pinner: Pinner, name: str, says: str) -> None:
    with pytest.raises(LockError) as caught:
        pinner.pin(name)

    assert says in str(caught.value)
    assert not [path for path in pinner.mirror.server.asked if path.endswith(".deb")]


def test_a_lock_comes_back_whole(pinner: Pinner, tmp_path: Path) -> None:
    lock = pinner.pin(XML, CMAKE)
    (tmp_path / "lock").write_text(toolchains_text(lock))

    assert read_toolchains(tmp_path / "lock") == lock
    assert str(lock.external[0]) == (
        f"External dependencies for x86_64 out of bookworm: {CMAKE}, {XML}, {PATCHELF}, {PKG_CONFIG}"
    )


def first(entry: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = entry["dependencies"][0]
    return found


@pytest.mark.parametrize(
    "damage",
    [
        lambda entry: first(entry).update(programs=["../x"]),
        lambda entry: first(entry).update(programs=["/bin/sh"]),
        lambda entry: first(entry).update(programs=['x", "y']),
        lambda entry: first(entry).update(programs=[1]),
        lambda entry: first(entry).update(files=["external_x86_64_none"]),
        lambda entry: first(entry).update(name="cmake"),
        lambda entry: first(entry).update(name='dep:generic/x"'),
        lambda entry: first(entry).update(version="1\n2"),
        lambda entry: first(entry).pop("version"),
        lambda entry: entry.update(targets=["linux_x86_64_glibc_9"]),
        lambda entry: entry.update(cpu="s390x"),
        lambda entry: entry.update(suite="../bookworm"),
        lambda entry: entry.update(dependencies=1),
    ],
)
def test_a_damaged_lock_is_refused(pinner: Pinner, tmp_path: Path, damage: Callable[[dict[str, Any]], object]) -> None:
    document = json.loads(toolchains_text(pinner.pin(CMAKE)))
    damage(document["external"][0])
    (tmp_path / "lock").write_text(json.dumps(document))

    with pytest.raises(LockError, match="lock"):
        read_toolchains(tmp_path / "lock")


@pytest.mark.parametrize(
    ("version", "wanted"),
    [
        ("1.2.3-4", "1.2.3"),
        ("1:1.2.3-4", "1.2.3"),
        ("1.2-3-4+b1", "1.2-3"),
        ("20230311", "20230311"),
        ("1:2.9", "2.9"),
    ],
)
def test_a_version_is_that_of_the_library_itself(version: str, wanted: str) -> None:
    assert upstream(version) == wanted
