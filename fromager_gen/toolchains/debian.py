"""A Debian mirror: the packages of a suite, checked by the signature of the suite, and what they depend on.

https://wiki.debian.org/DebianRepository/Format describes the files, https://www.debian.org/doc/debian-policy/ their
fields.
"""

import hashlib
import lzma
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fromager_gen.addresses import is_address, without_credentials
from fromager_gen.errors import InputError, LockError
from fromager_gen.terminal import say, warn

if TYPE_CHECKING:
    import requests

ARCHITECTURES = {"aarch64": "arm64", "x86_64": "amd64"}
_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_SUITE = re.compile(r"[a-z][a-z0-9/-]{0,60}")
_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]{1,120}")
_PATH = re.compile(r"(?!.*\.\.)(?!.*%2[eEfF])[A-Za-z0-9][A-Za-z0-9+._~%:/-]{1,300}\.deb")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_LARGEST_INDEX = 1 << 29
# Sections of packages whose files a build can need. Other packages serve a running system.
_SECTIONS = {"libs", "libdevel", "oldlibs"}
# Packages that a sysroot or the compilers have, in every version.
_OF_SYSROOT = re.compile(
    r"libc6(-dev)?|libc-dev-bin|linux-libc-dev|libgcc-s1|gcc-\d+-base|libstdc\+\+(6|-\d+-dev)|libgcc-\d+-dev|libcrypt(1|-dev)|"
    r"libnsl-dev|libtirpc-dev|libgomp1|libquadmath0|libitm1|libatomic1|lib[at]san\d+|liblsan0|libubsan1|rpcsvc-proto"
)


class Package(NamedTuple):
    """One package of a suite."""

    name: str
    version: str
    path: str
    """Path of its file below the mirror."""
    sha256: str
    size: int
    depends: tuple[tuple[str, ...], ...]
    """Names of which one is needed, for each dependency."""
    section: str
    source: str


class Suite(NamedTuple):
    """The packages of a suite for one CPU."""

    mirror: str
    name: str
    cpu: str
    packages: Mapping[str, Package]
    provided: Mapping[str, str]
    """The package that provides a virtual one."""

    def package(self, name: str) -> Package:
        """Return a package, or the one that provides it.

        Raises:
            LockError: the suite lacks it.
        """
        package = self._found(name)
        if package is None:
            raise LockError(
                f"{self.name} of {without_credentials(self.mirror)} has no package {name} for {self.cpu}; use "
                "another --suite, or define the dependency in fromager-gen.yaml"
            )
        return package

    def _found(self, name: str) -> Package | None:
        return self.packages.get(name) or self.packages.get(self.provided.get(name, ""))

    def closure(self, wanted: Iterable[str]) -> list[Package]:
        """Return packages with all that they depend on, except for what a sysroot has, sorted.

        Raises:
            LockError: the suite lacks a wanted package.
        """
        found: dict[str, Package] = {}
        waiting = [(name, "") for name in wanted]
        while waiting:
            name, source = waiting.pop()
            package = self._found(name) if source else self.package(name)
            if package is None:
                continue
            is_needed = not source or package.section in _SECTIONS or package.source == source
            if package.name in found or not is_needed or (source and _OF_SYSROOT.fullmatch(package.name)):
                continue
            found[package.name] = package
            waiting += [(self._chosen(names), package.source) for names in package.depends]
        return [found[name] for name in sorted(found)]

    def _chosen(self, names: Sequence[str]) -> str:
        return next((name for name in names if name in self.packages or name in self.provided), names[0])

    def address(self, package: Package) -> str:
        """Return the address of a package's file with its hash."""
        return f"{self.mirror}/{package.path}#sha256={package.sha256}"

    def sysroot(self) -> list[str]:
        """Return the addresses of the packages of a sysroot: the C library, and the newest libstdc++ and libgcc.

        Raises:
            LockError: the suite lacks a package.
        """
        versions = [int(found[1]) for name in self.packages if (found := re.fullmatch(r"libstdc\+\+-(\d+)-dev", name))]
        if not versions:
            raise LockError(f"{self.name} of {without_credentials(self.mirror)} has no libstdc++ for {self.cpu}")
        newest = max(versions)
        names = [
            "libc6", "libc6-dev", "libcrypt-dev", "libcrypt1", "libgcc-s1", f"libgcc-{newest}-dev", "libstdc++6",
            f"libstdc++-{newest}-dev", "linux-libc-dev",
        ]  # fmt: skip
        return [self.address(self.packages[name]) for name in names if name in self.packages]


def machines_mirror() -> tuple[str, str]:
    """Return the mirror and the suite in this machine's apt settings.

    Raises:
        InputError: this machine has none.
    """
    lines = ""
    if shutil.which("apt-get"):
        command = ["apt-get", "indextargets", "--format", "$(SITE) $(RELEASE) $(COMPONENT)", "Created-By: Packages"]
        lines = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60).stdout
    for line in lines.splitlines():
        site, suite, component, *_ = [*line.split(), "", "", ""]
        if site.rstrip("/").endswith("/debian") and component == "main" and "-" not in suite:
            return site.rstrip("/"), suite
    raise InputError("this machine's apt has no Debian mirror; name one: --mirror https://HOST/debian --suite bookworm")


def read_suite(mirror: str, suite: str, cpu: str, client: "requests.Session", keyring: Path | None = None) -> Suite:
    """Read the packages of a suite.

    Args:
        mirror: address of a mirror, such as ``https://HOST/debian``.
        suite: name of a release, such as ``bookworm``.
        cpu: CPU of the packages.
        client: from `net.session`.
        keyring: keys that sign the suite; None for those of the package debian-archive-keyring.

    Raises:
        FetchError: a file can't be downloaded.
        InputError: an argument is not valid.
        LockError: the signature, a hash or a package is not valid.
    """
    mirror = mirror.rstrip("/")
    if not is_address(mirror, "http", "https", "file"):
        raise InputError(f"--mirror {without_credentials(mirror)!r} is not an http, https or file address")
    if not _SUITE.fullmatch(suite):
        raise InputError(f"--suite {suite[:80]!r} is not the name of a Debian release, such as bookworm")
    say(f"reading the packages of {suite} for {cpu}")
    with tempfile.TemporaryDirectory() as folder:
        release = _release(mirror, suite, client, Path(folder), keyring)
        name = f"main/binary-{ARCHITECTURES[cpu]}/Packages.xz"
        sha256 = _hash_in(release, name)
        if sha256 is None:
            raise LockError(f"{suite} of {without_credentials(mirror)} has no {name}")
        data = _downloaded(f"{mirror}/dists/{suite}/{name}", client, Path(folder, "Packages.xz"))
    if hashlib.sha256(data).hexdigest() != sha256:
        raise LockError(
            f"{name} of {without_credentials(mirror)} differs from the hash that the suite states; try again later"
        )
    packages = {one.name: one for one in _packages(_unpacked(data, name))}
    return Suite(mirror, suite, cpu, packages, dict(_provided(_unpacked(data, name))))


def _downloaded(url: str, client: "requests.Session", path: Path) -> bytes:
    from fromager_gen.net import download  # noqa: PLC0415 - slow to import

    download(client, url, path, None, lambda _: None)
    return path.read_bytes()


def _release(mirror: str, suite: str, client: "requests.Session", folder: Path, keyring: Path | None) -> str:
    """Return the text that lists the hashes of a suite, after a check of its signature."""
    signed = folder / "InRelease"
    data = _downloaded(f"{mirror}/dists/{suite}/InRelease", client, signed)
    keys = keyring or _KEYRING
    if keyring is not None or (shutil.which("gpgv") and keys.exists()):
        text = folder / "Release"
        command = ["gpgv", "--keyring", str(keys.absolute()), "--output", str(text), str(signed)]
        try:
            result = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, timeout=60)
        except OSError as err:
            raise LockError(f"gpgv, which checks the signature of {suite}, can't be run: {err}") from err
        if result.returncode:
            raise LockError(
                f"the signature of {suite} of {without_credentials(mirror)} is not valid with the keys in {keys}:\n"
                f"{result.stderr.strip()[:1000]}"
            )
        return text.read_text(encoding="utf-8", errors="replace")
    if not mirror.startswith("https:"):
        raise LockError(
            f"the signature of {suite} can't be checked: gpgv or {keys} is missing. Install gpgv and "
            "debian-archive-keyring, name the keys by --keyring, or use an https mirror"
        )
    warn(f"the signature of {suite} is not checked, since gpgv or {keys} is missing; https protects the download")
    return data.decode("utf-8", "replace")


def _hash_in(release: str, name: str) -> str | None:
    """Return the sha256 of a file that a release lists."""
    section = release.partition("\nSHA256:")[2]
    for line in section.splitlines():
        words = line.split()
        if len(words) == 3 and words[2] == name and _SHA256.fullmatch(words[0]):
            return words[0]
    return None


def _unpacked(data: bytes, name: str) -> str:
    reader = lzma.LZMADecompressor()
    try:
        text = reader.decompress(data, _LARGEST_INDEX)
    except lzma.LZMAError as err:
        raise LockError(f"{name} is damaged: {err}") from err
    if not reader.eof:
        raise LockError(f"{name} is incomplete, or has more than {_LARGEST_INDEX} bytes")
    return text.decode("utf-8", "replace")


def _stanzas(text: str) -> Iterator[dict[str, str]]:
    for stanza in text.split("\n\n"):
        fields = {}
        for line in stanza.splitlines():
            key, colon, value = line.partition(": ")
            if colon and not line[0].isspace():
                fields[key] = value
        if "Package" in fields:
            yield fields


def _packages(text: str) -> Iterator[Package]:
    for fields in _stanzas(text):
        name, path, sha256 = fields["Package"], fields.get("Filename", ""), fields.get("SHA256", "")
        size = fields.get("Size", "")
        if not (_NAME.fullmatch(name) and _PATH.fullmatch(path) and _SHA256.fullmatch(sha256) and size.isdigit()):
            raise LockError(f"the entry of the package {name[:80]!r} is not valid: its file is {path[:120]!r}")
        depends = ", ".join(fields[key] for key in ("Pre-Depends", "Depends") if key in fields)
        source = fields.get("Source", name).partition(" ")[0]
        section = fields.get("Section", "").rpartition("/")[2]
        yield Package(
            name, fields.get("Version", ""), path, sha256, int(size), tuple(_alternatives(depends)), section, source
        )


def _alternatives(text: str) -> Iterator[tuple[str, ...]]:
    for part in text.split(","):
        names = [re.split(r"[\s(:\[]", one.strip(), maxsplit=1)[0] for one in part.split("|")]
        if names[0]:
            yield tuple(names)


def _provided(text: str) -> Iterator[tuple[str, str]]:
    for fields in _stanzas(text):
        for names in _alternatives(fields.get("Provides", "")):
            yield names[0], fields["Package"]
