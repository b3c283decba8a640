"""Ask cargo for its default registry and its download addresses, and let it choose crates."""

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
    """Cargo's default registry according to the machine's settings."""

    source: str
    """Name of the registry in Cargo.lock."""
    dl: str
    """Template for the address of a crate: https://doc.rust-lang.org/cargo/reference/registry-index.html."""

    def url(self, name: str, version: str, checksum: str) -> str:
        """Return the download address of a crate."""
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
    """Ask cargo for its default registry: it fetches one crate into an empty home with the user's settings.

    This takes 0.3 s.

    Raises:
        ToolError: cargo is not installed.
        LockError: the registry can't be reached, or the crate's name or version is not valid.
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
            raise LockError(f"cargo's index has no download address: {len(configs)} config.json below {home}")
        return Registry(source, json.loads(configs[0].read_text())["dl"])


def make_cargo_lock(top: Path, manifest: Path, exclude_newer: datetime | None = None) -> Path:
    """Let cargo choose the crates of a source that has no Cargo.lock, and return the Cargo.lock that it writes.

    If the folder has a Cargo.lock from an earlier choice, cargo keeps the crates that still fit.

    No code of the source runs: `cargo generate-lockfile` builds nothing, and cargo settings in the source are not read.
    https://doc.rust-lang.org/cargo/commands/cargo-generate-lockfile.html

    Args:
        top: folder that the source is unpacked in.
        manifest: a Cargo.toml in it.
        exclude_newer: crates that were published after this time are left out.

    Raises:
        ToolError: cargo is not installed.
        LockError: cargo can't choose; the message is that of cargo.
    """
    kept = _lock_above(manifest, top) is not None
    command = ["update", "--workspace"] if kept else ["generate-lockfile"]
    arguments = [*command, "--quiet", "--manifest-path", str(manifest)]
    variables = {
        "CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS": "fallback"
    }  # prefer crates that the toolchain can compile
    if exclude_newer is not None and not kept:
        time = exclude_newer.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")  # noqa: UP017 - as in ages.py
        arguments += ["-Zunstable-options", "--publish-time", time]
        variables["RUSTC_BOOTSTRAP"] = "1"  # lets a stable cargo accept the option, which it has since 1.93
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
    """Create a home for cargo that has only the user's settings, and return it."""
    home = folder / "home"
    home.mkdir()
    user = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
    for setting in ("config.toml", "config", "credentials.toml"):
        if (user / setting).is_file():
            shutil.copy(user / setting, home / setting)
    return home


def _cargo(arguments: list[str], home: Path, variables: Mapping[str, str] | None = None) -> None:
    """Run cargo in the root folder.

    Cargo reads settings in its current folder and in every folder above it. A folder for temporary files may be below
    settings of another user. https://doc.rust-lang.org/cargo/reference/config.html#hierarchical-structure
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
            "its source has Rust, and cargo, which locates crates and chooses those of a source without Cargo.lock, "
            "is not on PATH: install Rust (rustup, or Debian's cargo)"
        ) from None
    except subprocess.CalledProcessError as err:
        raise LockError(f"cargo {arguments[0]} failed: {hide_credentials(err.stderr.strip()[-1500:])}") from err
    except subprocess.TimeoutExpired:
        raise LockError(f"cargo {arguments[0]} did not finish within {_TIMEOUT} s") from None


def lock_crate(crate: dict[str, str], registry: Registry) -> tuple[str, LockedFile]:
    """Return the repository and lock entry of a registry's crate; its checksum is the archive's sha256.

    Raises:
        LockError: the crate is from another registry, or its name, version or checksum is not valid.
    """
    _check(crate)
    name, version, checksum = crate["name"], crate["version"], crate["checksum"]
    if crate["source"] != registry.source:
        raise LockError(
            f"crate {name} {version} is from {crate['source']}, but cargo's default registry is {registry.source}; "
            "others are not supported. Name a replacement for it in cargo's settings, or patch Cargo.lock."
        )
    file = LockedFile(f"{name}-{version}.crate", checksum, url=registry.url(name, version, checksum))
    return f"{CRATE_REPOSITORY}{crate_id(name, version)}", file


def _check(crate: dict[str, str]) -> None:
    """Reject values of Cargo.lock that are not a plain name, version or hash, since they end up in generated files."""
    for key, form in (("name", _NAME), ("version", _VERSION), ("checksum", _SHA256)):
        if not form.fullmatch(crate[key]):
            raise LockError(f"crate {crate['name']!r} {crate['version']!r}: {crate[key]!r} is not a valid {key}")


def crate_id(name: str, version: str) -> str:
    """Return a crate's name and version with only the characters that repository names may have."""
    return f"{name}_{version.replace('+', '_')}"


def git_repository(source: str) -> str:
    """Return the repository of a git source, which is the same for all branches and tags of a commit."""
    return f"{GIT_REPOSITORY}{source.partition('#')[2][:16]}"


def lock_git_source(source: str) -> LockedFile:
    """Return the lock entry of a git source, such as ``git+URL?branch=X#COMMIT`` in Cargo.lock.

    Raises:
        LockError: the source names no commit, or the commit can't be fetched.
    """
    address, _, commit = source.removeprefix("git+").partition("#")
    if not is_git_source(source):
        raise LockError(f"the source {source!r} in Cargo.lock is neither a registry nor a git commit")
    return lock_commit(address.partition("?")[0], commit, f"{commit[:16]}.tar")
