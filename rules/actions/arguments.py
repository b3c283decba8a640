"""Arguments that several programs take."""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path


class Parser(argparse.ArgumentParser):
    """Reads arguments as Bazel passes them: option and value in turns, a long list by a file, a line each.

    A value is whatever a package's settings say. argparse takes one with a dash in front for an option, and its reader
    of files one with a form feed, or another line end that Unicode knows, for two.
    """

    def parse_args(self, args: Sequence[str]) -> argparse.Namespace:  # type: ignore[override] # always given
        """Parse arguments, or those of the one file that is given in their place."""
        if len(args) == 1 and args[0].startswith("@"):
            text = Path(args[0][1:]).read_bytes().decode()
            args = text.removesuffix("\n").split("\n") if text else []
        return super().parse_args(list(self._joined(args)))

    def _joined(self, args: Sequence[str]) -> Iterator[str]:
        """Yield each option that has a value as one word with it."""
        left = iter(args)
        for word in left:
            action = self._option_string_actions.get(word)
            value = next(left, None) if action is not None and action.nargs is None else None
            yield word if value is None else f"{word}={value}"


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
    add("--cargo-lock", type=Path, help="Cargo.lock to put there; without it the source's own counts")
    add("--crate", type=Path, action="append", default=[], help="archive of a registry's crate")
    add("--git", action="append", default=[], help="SOURCE=ARCHIVE, a git source as Cargo.lock names it")


def pairs(arguments: list[str]) -> list[tuple[str, str]]:
    """Return NAME=VALUE arguments taken apart."""
    return [(name, value) for name, _, value in (argument.partition("=") for argument in arguments)]
