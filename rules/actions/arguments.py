"""Arguments that several programs take."""

import argparse
from collections.abc import Sequence
from pathlib import Path


class Parser(argparse.ArgumentParser):
    """Reads arguments as Bazel passes them: long lists by a file, a line each.

    Where a package's settings hold another line end that Unicode knows, such as a form feed, argparse's own reader
    would take one argument for two.
    """

    def parse_args(self, args: Sequence[str]) -> argparse.Namespace:  # type: ignore[override] # always given
        """Parse arguments, those of parameter files in place of the files."""
        return super().parse_args([argument for given in args for argument in _read(given)])


def _read(argument: str) -> list[str]:
    if not argument.startswith("@"):
        return [argument]
    text = Path(argument[1:]).read_bytes().decode()
    return text.removesuffix("\n").split("\n") if text else []


def of_backend(description: str) -> argparse.ArgumentParser:
    """Return a parser with what every program that calls a backend is given."""
    parser = Parser(description=description)
    add = parser.add_argument
    add("--package", required=True, help="canonical name")
    add("--version", required=True, help="planned version")
    add("--source", type=Path, required=True, help="source archive, prepared")
    add("--build-dir", default=".", help="folder in the source that holds the project")
    add("--tool", type=Path, action="append", default=[], help="tar of an installed build requirement")
    add("--interpreter", required=True, help="base interpreter")
    add("--cc-tools", type=Path, required=True, help="JSON of the programs on PATH")
    add("--rust-sysroot", default="", help="sysroot whose bin goes on PATH")
    add("--toolchain-env", action="append", default=[], help="NAME=VALUE of a toolchain")
    add("--env", action="append", default=[], help="NAME=TEMPLATE of the package's settings, in order")
    add("--config-setting", action="append", default=[], help="NAME=VALUE for the backend")
    add("--jobs", type=int, default=1, help="processes that the build may start at a time")
    add("--debug-information", action="store_true", help="compile extensions with -g where the interpreter was")
    add("--on-disk", action="store_true", help="keep what the build writes out of memory")
    add("--timeout", type=float, default=14400, help="seconds that the hook may take")
    add("--inside", type=Path, required=True, help="module that the environment's interpreter loads first")
    add("--log", type=Path, required=True, help="log to write")
    add_crates(parser)
    return parser


def add_crates(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that name a source's crates."""
    add = parser.add_argument
    add("--cargo-root", help="folder in the project that holds Cargo.lock; without it there are no crates")
    add("--crate", type=Path, action="append", default=[], help="archive of a registry's crate")
    add("--git", action="append", default=[], help="SOURCE=ARCHIVE, a git source as Cargo.lock names it")


def pairs(arguments: list[str]) -> list[tuple[str, str]]:
    """Return NAME=VALUE arguments taken apart."""
    return [(name, value) for name, _, value in (argument.partition("=") for argument in arguments)]
