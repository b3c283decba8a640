"""Debian mirrors: the list of a suite, its signature and hashes, and what packages depend on."""

import hashlib
import lzma
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from support.mirrors import NEEDS_GPG, PACKAGES, Key, Mirror, signing_key
from support.servers import Server

from fromager_gen.errors import FetchError, InputError, LockError
from fromager_gen.toolchains.debian import Suite, read_suite


@pytest.fixture(scope="module")
def key() -> Iterator[Key]:
    with signing_key() as made:
        yield made


@pytest.fixture
def mirror(server: Server) -> Mirror:
    return Mirror(server)


def names(suite: Suite, *wanted: str) -> list[str]:
    return [package.name for package in suite.closure(wanted)]


def read(mirror: Mirror, key: Key, client: requests.Session, text: str = "") -> Suite:
    mirror.publish(key.signed(text or mirror.release()))
    return read_suite(f"{mirror.url}/", mirror.suite_name, "x86_64", client, key.keyring)


@NEEDS_GPG
def test_the_packages_of_a_suite_are_read(mirror: Mirror, key: Key, client: requests.Session) -> None:
    mirror.add("liba-dev", depends="liba (= 1.0-1), libx | liby (>= 2) , zlib1g", Section="libdevel", Source="a (1.0)")
    mirror.add("liba", depends="", Section="contrib/libs", Source="a", Provides="virtual-a (= 1), other-a")
    found = read(mirror, key, client)

    assert found == mirror.suite
    assert found.packages["liba-dev"].depends == (("liba",), ("libx", "liby"), ("zlib1g",))
    assert (found.packages["liba-dev"].source, found.packages["liba"].section) == ("a", "libs")
    assert found.provided == {"virtual-a": "liba", "other-a": "liba"}


@NEEDS_GPG
def test_dependencies_are_read_without_versions_and_architectures(
    mirror: Mirror, key: Key, client: requests.Session
) -> None:
    mirror.text = (
        f"Package: liba\nFilename: pool/a.deb\nSHA256: {'0' * 64}\nSize: 1\nPre-Depends: dpkg (>= 1)\n"
        "Depends: b:any (>= 2), c [amd64] | d(>= 1)\nDescription: x\n Depends: not-a-field\n"
    )

    assert read(mirror, key, client).packages["liba"].depends == (("dpkg",), ("b",), ("c", "d"))


@NEEDS_GPG
def test_a_signature_of_another_key_is_refused(mirror: Mirror, key: Key, client: requests.Session) -> None:
    mirror.add("liba")
    with signing_key() as other, pytest.raises(LockError, match=r"the signature of bookworm of http.* is not valid"):
        mirror.publish(other.signed(mirror.release()))
        read_suite(mirror.url, "bookworm", "x86_64", client, key.keyring)
    assert not [one for one in mirror.server.asked if "Packages" in one]


@NEEDS_GPG
@pytest.mark.parametrize("change", ["text", "unsigned", "empty"])
def test_a_changed_or_missing_signature_is_refused(
    mirror: Mirror, key: Key, client: requests.Session, change: str
) -> None:
    mirror.add("liba")
    text = mirror.release()
    signed = key.signed(text)
    mirror.publish(
        {"text": signed.replace(b"Origin: Test", b"Origin: Tost"), "unsigned": text.encode(), "empty": b""}[change]
    )

    with pytest.raises(LockError, match="is not valid with the keys in"):
        read_suite(mirror.url, "bookworm", "x86_64", client, key.keyring)


@NEEDS_GPG
def test_text_outside_of_the_signed_part_is_not_used(mirror: Mirror, key: Key, client: requests.Session) -> None:
    mirror.add("liba")
    mirror.publish(f"x\nSHA256:\n {'0' * 64} 1 {PACKAGES}\n\n".encode() + key.signed(mirror.release()))

    try:
        found = read_suite(mirror.url, "bookworm", "x86_64", client, key.keyring)
    except LockError as err:
        assert "the signature" in str(err)
    else:
        assert found == mirror.suite


@NEEDS_GPG
def test_a_list_that_differs_from_its_hash_is_refused(mirror: Mirror, key: Key, client: requests.Session) -> None:
    mirror.add("liba")
    text = mirror.release()
    mirror.add("libb")
    mirror.release()

    with pytest.raises(LockError, match=r"Packages\.xz of .* differs from the hash that the suite states"):
        read(mirror, key, client, text)


@NEEDS_GPG
def test_a_suite_without_packages_of_the_cpu_is_refused(mirror: Mirror, key: Key, client: requests.Session) -> None:
    with pytest.raises(LockError, match=r"bookworm of http.* has no main/binary-amd64/Packages\.xz"):
        read(mirror, key, client, mirror.release().replace("binary-amd64", "binary-i386"))


@NEEDS_GPG
@pytest.mark.parametrize(("data", "says"), [(b"x", "is damaged"), (lzma.compress(b"x" * 99)[:-9], "is incomplete")])
def test_a_damaged_list_is_refused(mirror: Mirror, key: Key, client: requests.Session, data: bytes, says: str) -> None:
    mirror.server.say(f"/debian/dists/bookworm/{PACKAGES}", data)
    text = f"Origin: x\nSHA256:\n {hashlib.sha256(data).hexdigest()} 1 {PACKAGES}\n"

    with pytest.raises(LockError, match=rf"Packages\.xz {says}"):
        read(mirror, key, client, text)


@NEEDS_GPG
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("Filename", "../../etc/a.deb"),
        ("Filename", "pool/../../a.deb"),
        ("Filename", "/etc/a.deb"),
        ("Filename", "pool/a.deb#sha256=0"),
        ("Filename", "pool/a.deb?x"),
        ("Filename", "pool/a b.deb"),
        ("Filename", "pool/a.tar"),
        ("Filename", ""),
        ("SHA256", "0" * 63),
        ("SHA256", ""),
        ("Size", "-1"),
        ("Package", "../a"),
        ("Package", 'a", "b'),
    ],
)
def test_a_package_with_a_hostile_field_is_refused(
    mirror: Mirror, key: Key, client: requests.Session, field: str, value: str
) -> None:
    fields = {"Package": "abc", "Filename": "pool/a.deb", "SHA256": "0" * 64, "Size": "1"} | {field: value}
    mirror.text = "".join(f"{name}: {text}\n" for name, text in fields.items())

    with pytest.raises(LockError, match=r"the entry of the package .* is not valid: its file is "):
        read(mirror, key, client)


@pytest.mark.parametrize("suite", ["../bookworm", "Bookworm", "", "a b", "a#b", "a?b", "a" * 80, "-x", "a..b", "a%2e"])
def test_a_suite_with_another_name_is_refused(client: requests.Session, suite: str) -> None:
    with pytest.raises(InputError, match="is not the name of a Debian release"):
        read_suite("http://127.0.0.1:1/debian", suite, "x86_64", client)


@pytest.mark.parametrize("mirror", ["ftp://h.test/debian", "debian", "", "/debian"])
def test_a_mirror_without_an_address_is_refused(client: requests.Session, mirror: str) -> None:
    with pytest.raises(InputError, match="is not an http, https or file address"):
        read_suite(mirror, "bookworm", "x86_64", client)


def test_a_mirror_without_the_suite_is_an_error(mirror: Mirror, client: requests.Session) -> None:
    with pytest.raises(FetchError, match="InRelease"):
        read_suite(mirror.url, "bookworm", "x86_64", client)


def test_without_gpgv_a_mirror_must_have_https(
    mirror: Mirror, client: requests.Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    mirror.publish(mirror.release().encode())

    with pytest.raises(LockError, match=r"can't be checked: gpgv or .* is missing\. Install gpgv"):
        read_suite(mirror.url, "bookworm", "x86_64", client)
    with pytest.raises(LockError, match="gpgv, which checks the signature of bookworm, can't be run"):
        read_suite(mirror.url, "bookworm", "x86_64", client, tmp_path / "keys.gpg")


def test_a_closure_has_libraries_and_leaves_out_the_sysroot(mirror: Mirror) -> None:
    mirror.add_sysroot()
    mirror.add("liba-dev", depends="liba, libc6-dev, tool, a-data, debconf, libgone", Section="libdevel", Source="a")
    mirror.add("liba", depends="libc6 (>= 2), libb, liba-dev")
    mirror.add("libb", Section="oldlibs")
    mirror.add("tool", depends="libt", Section="devel")
    mirror.add("libt")
    mirror.add("a-data", Section="misc", Source="a")
    mirror.add("debconf", Section="admin")

    assert names(mirror.suite, "liba-dev") == ["a-data", "liba", "liba-dev", "libb"]
    assert names(mirror.suite, "tool") == ["libt", "tool"]
    assert names(mirror.suite, "libc6") == ["libc6"]
    assert names(mirror.suite, "libb", "libt") == ["libb", "libt"]


def test_the_first_alternative_that_there_is_is_taken(mirror: Mirror) -> None:
    mirror.add("liba", depends="libgone | libb | libc, virtual | libgone")
    mirror.add("libb")
    mirror.add("libc")
    mirror.add("libv", Provides="virtual, other (= 2)")

    assert names(mirror.suite, "liba") == ["liba", "libb", "libv"]
    assert names(mirror.suite, "virtual") == ["libv"]


def test_a_wanted_package_that_is_missing_is_an_error(mirror: Mirror) -> None:
    mirror.add("liba", depends="libgone")

    assert names(mirror.suite, "liba") == ["liba"]
    with pytest.raises(LockError, match=r"bookworm of http.* has no package libgone for x86_64; use another --suite"):
        mirror.suite.closure(["liba", "libgone"])


def test_a_sysroot_has_the_newest_gcc(mirror: Mirror) -> None:
    with pytest.raises(LockError, match=r"has no libstdc\+\+ for x86_64"):
        mirror.suite.sysroot()
    mirror.add_sysroot()
    found = mirror.suite.sysroot()

    assert len(found) == 7 and not any("libstdc++-11-dev" in address for address in found)
    package = mirror.packages["libstdc++-12-dev"]
    assert f"{mirror.url}/{package.path}#sha256={package.sha256}" in found
