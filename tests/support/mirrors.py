"""Small Debian mirrors: packages, the list of a suite, and its signature by a key of the test."""

import hashlib
import lzma
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from fromager_gen.toolchains.debian import Package, Suite
from support import debian
from support.elf import INTERPRETER, elf
from support.servers import Server

NEEDS_GPG = pytest.mark.skipif(
    not all(map(shutil.which, ("gpg", "gpgconf", "gpgv"))), reason="gpg and gpgv are not installed"
)
TRIPLE = "x86_64-linux-gnu"
PROGRAM = elf(segment=INTERPRETER)
PACKAGES = "main/binary-amd64/Packages.xz"


class Mirror:
    """The packages of one suite for x86_64."""

    def __init__(self, server: Server, suite: str = "bookworm") -> None:
        self.server, self.suite_name = server, suite
        self.packages: dict[str, Package] = {}
        self.provided: dict[str, str] = {}
        self.text = ""

    def add(self, name: str, files: Mapping[str, bytes | str] | None = None, depends: str = "", **fields: str) -> None:
        """Serve a package; fields are those of the list, such as ``Section``."""
        data = debian.package(debian.tar(files or {f"./usr/share/doc/{name}": b"x"}, "w:xz"))
        stated = {
            "Package": name,
            "Version": "1.0-1",
            "Section": "libs",
            "Filename": f"pool/main/{name[0]}/{name}_1.0-1_amd64.deb",
            "SHA256": hashlib.sha256(data).hexdigest(),
            "Size": str(len(data)),
        } | fields
        self.server.say(f"/debian/{stated['Filename']}", data)
        stated |= {"Depends": depends} if depends else {}
        self.text += "".join(f"{key}: {value}\n" for key, value in stated.items()) + "\n"
        needs = tuple(tuple(one.split()[0] for one in part.split("|")) for part in depends.split(",") if part)
        self.packages[name] = Package(
            name, stated["Version"], stated["Filename"], stated["SHA256"], len(data), needs,
            stated["Section"].rpartition("/")[2], stated.get("Source", name).partition(" ")[0],
        )  # fmt: skip
        self.provided |= {one.split()[0]: name for one in stated.get("Provides", "").split(",") if one}

    @property
    def url(self) -> str:
        """Address of the mirror."""
        return f"{self.server.url}/debian"

    @property
    def suite(self) -> Suite:
        """The suite as it is read from the mirror."""
        return Suite(self.url, self.suite_name, "x86_64", self.packages, self.provided)

    def release(self) -> str:
        """Serve the list of packages; return the text that states its hash."""
        data = lzma.compress(self.text.encode())
        self.server.say(f"/debian/dists/{self.suite_name}/{PACKAGES}", data)
        return (
            f"Origin: Test\nSuite: {self.suite_name}\nMD5Sum:\n {'0' * 32} 1 {PACKAGES}\nSHA256:\n"
            f" {'0' * 64} 1 main/binary-arm64/Packages\n {hashlib.sha256(data).hexdigest()} {len(data)} {PACKAGES}\n"
        )

    def publish(self, data: bytes) -> None:
        """Serve the signed text of the suite."""
        self.server.say(f"/debian/dists/{self.suite_name}/InRelease", data)

    def add_sysroot(self, glibc: str = "2.36") -> None:
        """Add the packages of a C library and of GCC 12."""
        stated = f"\0GNU C Library (Debian GLIBC {glibc}-9) stable release version {glibc}.\0"
        gcc = f"./usr/lib/gcc/{TRIPLE}/12"
        for name, path, content in (
            ("libc6", f"./lib/{TRIPLE}/libc.so.6", elf(content=stated.encode())),
            ("libc6-dev", f"./usr/lib/{TRIPLE}/crti.o", b""),
            ("libgcc-s1", f"./lib/{TRIPLE}/libgcc_s.so.1", b""),
            ("libgcc-12-dev", f"{gcc}/libgcc.a", b""),
            ("libstdc++-11-dev", f"./usr/lib/gcc/{TRIPLE}/11/libstdc++.so", b""),
            ("libstdc++-12-dev", f"{gcc}/libstdc++.so", b""),
            ("libstdc++6", f"./usr/lib/{TRIPLE}/libstdc++.so.6", b""),
            ("linux-libc-dev", "./usr/include/linux/types.h", b""),
        ):
            self.add(name, {path: content}, Version=f"{glibc}-9")


class Key:
    """A key for signatures."""

    def __init__(self, home: str) -> None:
        self._home = home
        self._gpg("--passphrase", "", "--quick-generate-key", "Test <test@example.com>", "ed25519", "sign", "never")
        self.keyring = Path(home, "keyring.gpg")
        self.keyring.write_bytes(self._gpg("--export"))

    def _gpg(self, *options: str, data: bytes = b"") -> bytes:
        command = ["gpg", "--homedir", self._home, "--batch", "--quiet", *options]
        return subprocess.run(command, input=data, check=True, capture_output=True, timeout=120).stdout

    def signed(self, text: str) -> bytes:
        """Return a text with its signature."""
        return self._gpg("--clearsign", data=text.encode())


@contextmanager
def signing_key() -> Iterator[Key]:
    """Make a key for a test."""
    # The path of a socket has at most 107 bytes, so the folder is not that of the test.
    with tempfile.TemporaryDirectory(prefix="gpg") as home:
        try:
            yield Key(home)
        finally:
            subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False, capture_output=True)
