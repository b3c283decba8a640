"""``toolchains``: pin and list the toolchains of a workspace."""

from pathlib import Path

import click

from fromager_gen.cli.options import FOLDER, index_address
from fromager_gen.pipeline import toolchains as pipeline

_workspace_option = click.option(
    "--output", "workspace", type=FOLDER, required=True, help="Workspace whose toolchains.lock.json is used."
)


@click.group()
def toolchains() -> None:
    """Pin the toolchains of a workspace, for `--toolchains=hermetic`."""


@toolchains.group()
def add() -> None:
    """Pin a toolchain by the address and hash of its files."""


@add.command()
@_workspace_option
@click.argument("addresses", metavar="ADDRESS...", nargs=-1, required=True)
def posix(workspace: Path, addresses: tuple[str, ...]) -> None:
    """Pin the shell, and the other POSIX programs that builds call, in the Debian packages at ADDRESS.

    \b
        fromager-gen toolchains add posix --output workspace \\
            https://HOST/busybox-static_1.35.0-4_amd64.deb \\
            https://HOST/make_4.3-4.1_amd64.deb https://HOST/libc6_2.36-9_amd64.deb

    Each ADDRESS is an https or file URL, optionally with the expected hash: URL#sha256=HASH. busybox-static has the
    shell and most programs. Programs with shared libraries, such as make, also need the packages of these libraries.
    Builds then see no other programs. The ones for the same CPU are replaced.
    """  # noqa: D301 - click needs the backslash
    pipeline.add("posix", workspace, addresses)


@add.command()
@_workspace_option
@click.argument("addresses", metavar="ADDRESS...", nargs=-1, required=True)
def python(workspace: Path, addresses: tuple[str, ...]) -> None:
    """Pin the Python in the archive at ADDRESS, in the form of python-build-standalone, or in several Debian packages.

    \b
        fromager-gen toolchains add python https://HOST/cpython-3.12.1-x86_64-install_only.tar.gz --output workspace

    Each ADDRESS is an https or file URL, optionally with the expected hash: URL#sha256=HASH. The version, CPU and C
    library are read from the files. A Python of the same version for the same platform is replaced.
    """  # noqa: D301 - click needs the backslash
    pipeline.add("python", workspace, addresses)


@add.command()
@_workspace_option
@click.argument("addresses", metavar="ADDRESS...", nargs=-1, required=True)
def rust(workspace: Path, addresses: tuple[str, ...]) -> None:
    """Pin the Rust in the archives at ADDRESS, in the form of Rust's own distribution: rustc, cargo and rust-std.

    \b
        fromager-gen toolchains add rust --output workspace \\
            https://HOST/dist/rustc-1.95.0-x86_64-unknown-linux-gnu.tar.xz \\
            https://HOST/dist/cargo-1.95.0-x86_64-unknown-linux-gnu.tar.xz \\
            https://HOST/dist/rust-std-1.95.0-x86_64-unknown-linux-gnu.tar.xz

    Each ADDRESS is an https or file URL, optionally with the expected hash: URL#sha256=HASH. The versions and targets
    are read from the files. A rust-std of another target extends the Rust of its version; another version of Rust
    replaces the one for the same CPU.
    """  # noqa: D301 - click needs the backslash
    pipeline.add("rust", workspace, addresses)


@add.command()
@_workspace_option
@click.argument("addresses", metavar="ADDRESS...", nargs=-1, required=True)
def sysroot(workspace: Path, addresses: tuple[str, ...]) -> None:
    """Pin headers and libraries in the Debian packages at ADDRESS, for packages that must use libstdc++.

    \b
        fromager-gen toolchains add sysroot --output workspace \\
            https://HOST/libc6_2.36-9_amd64.deb https://HOST/libc6-dev_2.36-9_amd64.deb \\
            https://HOST/libstdc++6_12.2.0-14_amd64.deb ...

    Each ADDRESS is an https or file URL, optionally with the expected hash: URL#sha256=HASH. The packages are libc6,
    libc6-dev, libgcc-s1, libgcc-N-dev, libstdc++6, libstdc++-N-dev and linux-libc-dev, and others with libraries. The
    pinned compilers use them, in place of their own libc++, for platforms with at least their version of glibc.
    """  # noqa: D301 - click needs the backslash
    pipeline.add("sysroot", workspace, addresses)


@add.command()
@_workspace_option
@click.option(
    "--arch",
    "archs",
    multiple=True,
    required=True,
    help="GPU architecture to compile for, such as 80, 90a or 120. Repeatable.",
)
@click.option(
    "--index-url", metavar="URL", callback=index_address,
    help="URL of the package index that has the wheels.  [default: index in pip's configuration]",
)  # fmt: skip
@click.argument("version")
def cuda(workspace: Path, archs: tuple[str, ...], index_url: str | None, version: str) -> None:
    """Pin CUDA VERSION, such as 13.5, out of the wheels of the package index: nvcc, its headers and the runtime.

    \b
        fromager-gen toolchains add cuda 13.5 --arch 80 --arch 90 --output workspace

    X.Y is the newest release of this version. The metapackage cuda-toolkit of the index states the versions of the
    wheels. Versions stand beside each other, and a platform such as linux_x86_64_glibc_2_28_cuda_13_5 selects one.
    """  # noqa: D301 - click needs the backslash
    pipeline.add_cuda(workspace, version, archs, index_url)


@toolchains.command()
@_workspace_option
@click.option(
    "--index-url", metavar="URL", callback=index_address,
    help="URL of the package index that has the compilers.  [default: index in pip's configuration]",
)  # fmt: skip
def update(workspace: Path, index_url: str | None) -> None:
    """Pin all toolchains of a workspace again: the compilers that this fromager-gen is tested with, and each ADDRESS.

    \b
        fromager-gen toolchains update --output workspace

    Lists the files that changed. An archive that was replaced at its address gets its new hash.
    """  # noqa: D301 - click needs the backslash
    pipeline.update(workspace, index_url)


@toolchains.command("list")
@_workspace_option
def list_toolchains(workspace: Path) -> None:
    """List the pinned toolchains of a workspace."""
    for line in pipeline.listed_toolchains(workspace):
        click.echo(line)
