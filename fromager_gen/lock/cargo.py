"""What is cargo's to know: the default registry's name and where its crates are downloaded."""

import json
import logging
import os
import re
import shlex
import shutil
import subprocess
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from fromager_gen.addresses import hide_credentials
from fromager_gen.contract import CRATE_REPOSITORY, GIT_REPOSITORY
from fromager_gen.errors import LockError, ToolError
from fromager_gen.lock.commits import lock_commit
from fromager_gen.lock.model import LockedFile, is_git_source

_log = logging.getLogger(__name__)
_TIMEOUT = 300
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_VERSION = re.compile(r"[0-9][0-9A-Za-z.+-]{0,100}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Registry:
    """Cargo's default registry, as the machine's settings have it."""

    source: str
    """What Cargo.lock calls it."""
    dl: str
    """Address of a crate, with cargo's markers in it."""

    def url(self, name: str, version: str, checksum: str) -> str:
        """Return a crate's address."""
        if "{" not in self.dl:
            return f"{self.dl}/{name}/{version}/download"
        lower = name.lower()
        prefixes = {1: "1", 2: "2", 3: f"3/{name[:1]}"}
        prefix = prefixes.get(len(name), f"{name[:2]}/{name[2:4]}")
        lower_prefix = {1: "1", 2: "2", 3: f"3/{lower[:1]}"}.get(len(name), f"{lower[:2]}/{lower[2:4]}")
        address = self.dl
        for marker, value in {
            "crate": name, "version": version, "prefix": prefix, "lowerprefix": lower_prefix,
            "sha256-checksum": checksum,
        }.items():  # fmt: skip
            address = address.replace(f"{{{marker}}}", value)
        return address


def default_registry(crate: dict[str, str]) -> Registry:
    """Ask cargo, by letting it fetch one crate into an empty home with the user's settings; 0.3 s.

    Raises:
        LockError: there is no cargo, its registry can't be reached, or the crate's name or version can't be right.
    """
    _check(crate)
    name, version = crate["name"], crate["version"]
    with tempfile.TemporaryDirectory() as folder:
        home, project = _home(Path(folder)), Path(folder, "project")
        (project / "src").mkdir(parents=True)
        (project / "src" / "lib.rs").touch()
        (project / "Cargo.toml").write_text(
            f'[package]\nname = "ask"\nversion = "0.0.0"\nedition = "2021"\n[dependencies]\n"{name}" = "={version}"\n'
        )
        _cargo(["fetch", "--quiet", "--manifest-path", str(project / "Cargo.toml")], home)
        lock = tomllib.loads((project / "Cargo.lock").read_text())
        source = next(package["source"] for package in lock["package"] if "source" in package)
        configs = list(home.glob("registry/index/*/config.json"))
        if len(configs) != 1:
            raise LockError(f"cargo's index tells no download address: {len(configs)} config.json below {home}")
        return Registry(source, json.loads(configs[0].read_text())["dl"])


def make_cargo_lock(top: Path, manifest: Path, exclude_newer: datetime | None = None) -> Path:
    """Let cargo choose the crates of a source that has no Cargo.lock; return the Cargo.lock it has written.

    Where a Cargo.lock of an earlier choice lies there, cargo keeps what still fits.

    It runs no code of the source: `generate-lockfile` builds nothing, and settings that the source brings are not read.

    Args:
        top: folder that the source is unpacked in.
        manifest: a Cargo.toml in it.
        exclude_newer: time after which a crate was published that is not taken.

    Raises:
        LockError: cargo is missing, or it can't choose; with cargo's own message.
    """
    kept = _lock_above(manifest, top) is not None
    command = ["update", "--workspace"] if kept else ["generate-lockfile"]
    arguments = [*command, "--quiet", "--manifest-path", str(manifest)]
    variables = {"CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS": "fallback"}  # crates that the toolchain can compile
    if exclude_newer is not None and not kept:
        time = exclude_newer.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")  # noqa: UP017 - as in ages.py
        arguments += ["-Zunstable-options", "--publish-time", time]
        variables["RUSTC_BOOTSTRAP"] = "1"  # lets a stable cargo take the option, which it has since 1.93
    with tempfile.TemporaryDirectory() as folder:
        _cargo(arguments, _home(Path(folder)), variables)
    made = _lock_above(manifest, top)
    if made is None:
        raise LockError(f"cargo generate-lockfile wrote no Cargo.lock for {manifest.name}")
    return made


def _lock_above(manifest: Path, top: Path) -> Path | None:
    folders = (folder for folder in manifest.parents if folder.is_relative_to(top))
    return next((folder / "Cargo.lock" for folder in folders if (folder / "Cargo.lock").is_file()), None)


def _home(folder: Path) -> Path:
    """Return an empty home for cargo with the user's settings in it."""
    home = folder / "home"
    home.mkdir()
    user = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
    for setting in ("config.toml", "config", "credentials.toml"):
        if (user / setting).is_file():
            shutil.copy(user / setting, home / setting)
    return home


def _cargo(arguments: list[str], home: Path, variables: Mapping[str, str] | None = None) -> None:
    """Run cargo in the root folder: it reads settings of the folder it is started in, and of every folder above.

    A folder of temporary files may lie below settings of another user:
    https://doc.rust-lang.org/cargo/reference/config.html#hierarchical-structure
    """
    _log.debug("cargo %s", shlex.join(arguments))
    environment = {**os.environ, **(variables or {}), "CARGO_HOME": str(home)}
    try:
        subprocess.run(
            ["cargo", *arguments],
            cwd="/", env=environment, check=True, capture_output=True, text=True, errors="replace",
            timeout=_TIMEOUT, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except FileNotFoundError:
        raise ToolError(
            "it has Rust in it, and cargo, which knows where crates are and chooses those of a source without "
            "Cargo.lock, is not on PATH: install Rust (rustup, or Debian's cargo)"
        ) from None
    except subprocess.CalledProcessError as err:
        raise LockError(f"cargo {arguments[0]} failed: {hide_credentials(err.stderr.strip()[-1500:])}") from err
    except subprocess.TimeoutExpired:
        raise LockError(f"cargo {arguments[0]} did not end in {_TIMEOUT} s") from None


def lock_crate(crate: dict[str, str], registry: Registry) -> tuple[str, LockedFile]:
    """Return the repository and entry of a registry's crate; its checksum is the archive's sha256.

    Raises:
        LockError: it is of another registry, or its name, version or checksum can't be right.
    """
    _check(crate)
    name, version, checksum = crate["name"], crate["version"], crate["checksum"]
    if crate["source"] != registry.source:
        raise LockError(
            f"crate {name} {version} is of {crate['source']}, and cargo's default registry is {registry.source}; "
            "others are not supported. Name a replacement for it in cargo's settings, or patch Cargo.lock."
        )
    file = LockedFile(f"{name}-{version}.crate", checksum, url=registry.url(name, version, checksum))
    return f"{CRATE_REPOSITORY}{crate_id(name, version)}", file


def _check(crate: dict[str, str]) -> None:
    """Refuse what Cargo.lock says where it would be anything but a name, version or hash in a file of ours."""
    for key, form in (("name", _NAME), ("version", _VERSION), ("checksum", _SHA256)):
        if not form.fullmatch(crate[key]):
            raise LockError(f"crate {crate['name']!r} {crate['version']!r}: {crate[key]!r} can't be right")


def crate_id(name: str, version: str) -> str:
    """Return a crate's name and version in the alphabet of repositories."""
    return f"{name}_{version.replace('+', '_')}"


def git_repository(source: str) -> str:
    """Return the repository of a git source: one for a commit, whatever branches or tags it was found by."""
    return f"{GIT_REPOSITORY}{source.partition('#')[2][:16]}"


def lock_git_source(source: str) -> LockedFile:
    """Return the entry of a git source, ``git+URL?branch=X#COMMIT`` in Cargo.lock.

    Raises:
        LockError: it names no commit, or the commit can't be had.
    """
    address, _, commit = source.removeprefix("git+").partition("#")
    if not is_git_source(source):
        raise LockError(f"Cargo.lock's source {source!r} is neither a registry nor a git commit")
    return lock_commit(address.partition("?")[0], commit, f"{commit[:16]}.tar")
