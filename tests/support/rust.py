"""A package with Rust, and archives in the shape of Rust's own distribution, made of the Rust of this machine.

https://forge.rust-lang.org/infra/other-installation-methods.html#standalone-installers
"""

import gzip
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

from support.workspaces import GraphBuilder

SETUPTOOLS = "setuptools==80.9.0"
CARGO_TOML = """
[package]
name = "rusty"
version = "1.0.0"
edition = "2021"

[lib]
name = "rusty"
crate-type = ["cdylib"]

[dependencies]
itoa = "1"
"""
PYPROJECT = """
[build-system]
requires = ["setuptools", "setuptools-rust"]
build-backend = "setuptools.build_meta"

[project]
name = "rusty"
version = "1.0"

[[tool.setuptools-rust.ext-modules]]
target = "rusty"
binding = "NoBinding"
"""
LIB_RS = """
#[no_mangle]
pub extern "C" fn digits(number: u32) -> usize {
    itoa::Buffer::new().format(number).len()
}
"""
COMPONENTS = ("cargo", "rustc", "rust-std")


def rust_source(folder: Path) -> dict[str, str | bytes]:
    """Return a source with a Cargo.lock; cargo resolves its crate with the registry that this machine uses."""
    (folder / "src").mkdir()
    (folder / "src" / "lib.rs").write_text(LIB_RS)
    (folder / "Cargo.toml").write_text(CARGO_TOML)
    subprocess.run(["cargo", "generate-lockfile", "--quiet"], cwd=folder, check=True)
    lock = (folder / "Cargo.lock").read_text()
    return {"pyproject.toml": PYPROJECT, "Cargo.toml": CARGO_TOML, "src/lib.rs": LIB_RS, "Cargo.lock": lock}


def add_rust_package(graph: GraphBuilder, url: str) -> None:
    """Add the package and its build requirements, except setuptools."""
    graph.add("semantic-version", "2.10.0", build=(SETUPTOOLS,))
    graph.add("setuptools-rust", "1.11.1", build=(SETUPTOOLS,), install=("semantic-version==2.10.0", SETUPTOOLS))
    graph.add("rusty", "1.0", url, build=(SETUPTOOLS, "setuptools-rust==1.11.1"))


def check_rust_library(wheel: Path, folder: Path) -> Path:
    """Call the function of the package's library; return the library."""
    with zipfile.ZipFile(wheel) as packed:
        (library,) = [member for member in packed.namelist() if member.endswith(".so")]
        path = Path(packed.extract(library, folder))
    call = "import ctypes, sys; sys.exit(ctypes.CDLL(sys.argv[1]).digits(12345) != 5)"
    subprocess.run([sys.executable, "-c", call, path], check=True)
    return path


def machines_sysroot() -> Path:
    """Return the folder of this machine's Rust, also behind the shims of rustup."""
    run = subprocess.run(["rustc", "--print", "sysroot"], capture_output=True, text=True, check=True)
    return Path(run.stdout.strip())


def release() -> str:
    """Return the version of this machine's Rust."""
    return subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout.split()[1]


def make_archives(sysroot: Path, version: str, triple: str, folder: Path) -> list[Path]:
    """Write the archives of rustc, cargo and the standard library, which rustup's manifests list.

    Args:
        sysroot: a Rust that rustup installed.
        version: the version in the names.
        triple: the machine that the programs run on.
        folder: folder to write to.
    """
    return [_archive(sysroot, component, version, triple, folder) for component in COMPONENTS]


def _archive(sysroot: Path, component: str, version: str, triple: str, folder: Path) -> Path:
    name = f"{component}-{version}-{triple}"
    inner = f"{component}-{triple}" if component == "rust-std" else component
    manifest = sysroot / "lib" / "rustlib" / f"manifest-{component}-{triple}"
    path = folder / f"{name}.tar.gz"
    with gzip.open(path, "wb", compresslevel=1) as packed, tarfile.open(fileobj=packed, mode="w|") as tar:
        for file in _listed(manifest.read_text(), sysroot):
            tar.add(sysroot / file, f"{name}/{inner}/{file}")
    return path


def _listed(manifest: str, sysroot: Path) -> Iterable[str]:
    for line in manifest.splitlines():
        kind, _, name = line.partition(":")
        if kind == "file" and not name.startswith("share/"):
            yield name
        elif kind == "dir":
            yield from (path.relative_to(sysroot).as_posix() for path in sorted((sysroot / name).rglob("*")))
