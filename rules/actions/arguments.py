"""Requests: the arguments that a rule passes to a program, parsed into one immutable value.

Requests are named tuples, since the import of `dataclasses` takes 11 ms: a twentieth of a short build.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from actions.contract import BUILD_TIMEOUT, DEFAULT_JOBS

Pairs = tuple[tuple[str, str], ...]


class Parser(argparse.ArgumentParser):
    """Parser of arguments as Bazel passes them: each option followed by its value, or all of them in a params file.

    A value can be any text from a package's settings. argparse alone would take a value that starts with a dash for an
    option. Its reader of files would split a value at a form feed or at any other line end of Unicode:
    https://bazel.build/rules/lib/builtins/Args#use_param_file
    """

    def values(self, args: Sequence[str]) -> dict[str, Any]:
        """Return the values of the arguments by name; lists become tuples.

        Args:
            args: the arguments, or only ``@FILE``, where FILE holds one argument a line.
        """
        if len(args) == 1 and args[0].startswith("@"):
            text = Path(args[0][1:]).read_bytes().decode()
            args = text.removesuffix("\n").split("\n") if text else []
        found = vars(self.parse_args(list(self._joined(args))))
        return {name: tuple(value) if isinstance(value, list) else value for name, value in found.items()}

    def add_list(self, name: str, type: Any = str, help: str = "") -> None:
        """Add an option that can be given any number of times."""
        self.add_argument(name, type=type, action="append", default=[], help=help)

    def _joined(self, args: Sequence[str]) -> Iterator[str]:
        """Join each option and its value into one word."""
        left = iter(args)
        for word in left:
            action = self._option_string_actions.get(word)
            value = next(left, None) if action is not None and action.nargs is None else None
            yield word if value is None else f"{word}={value}"


class CratesRequest(NamedTuple):
    """The crates of a source that are laid out in it."""

    cargo_root: str
    """Folder in the project that contains Cargo.lock."""
    cargo_lock: Path | None
    """Cargo.lock to put there; None if the source's own is used."""
    crate: tuple[Path, ...]
    """Archives of the registry's crates."""
    git: Pairs
    """Git sources as Cargo.lock names them, each with the path of its archive."""


class PluginRequest(NamedTuple):
    """A plugin, and the functions of it that a program calls."""

    archive: Path
    module: str
    functions: tuple[str, ...]
    context: str
    """JSON of the variant and the package's settings."""
    out: Path
    """Folder for the log of the functions and the files that they write to the work directory."""


class BackendRequest(NamedTuple):
    """The arguments of every program that calls a build backend."""

    package: str
    version: str
    source: Path
    build_dir: str
    tool: tuple[Path, ...]
    program: tuple[Path, ...]
    """Programs of hermetic toolchains, by their base names."""
    machine_program: tuple[Path, ...]
    """Links to programs of the machine, or copies of them."""
    place: Pairs
    """Absolute path in the build's world, and the file that is put there."""
    machine_folder: Pairs
    """Absolute path in the build's world, and a file of the machine whose folder is put there."""
    python_tree: tuple[Path, ...]
    """Tars of the pinned interpreter's files, and of the headers and variables of the Python that wheels are for."""
    external_tree: tuple[Path, ...]
    """Tars of the files of external dependencies."""
    external: tuple[str, ...]
    """Names of the external dependencies that the package declares."""
    dependencies: Path | None
    """How external dependencies are found, to explain that one is missing."""
    fingerprint: Pairs
    """Name of a toolchain, and the file with its fingerprint."""
    identify: tuple[Path, ...]
    """For each fingerprint, the Python program that makes it."""
    toolchain_env: Pairs
    env: Pairs
    config_setting: Pairs
    jobs: int
    debug_information: bool
    on_disk: bool
    reverse_order: bool
    """Whether each folder of the environment and the source lists its files in reverse order."""
    timeout: float
    """Time limit of the hook in seconds."""
    inside: Path
    log: Path
    out: Path
    crates: CratesRequest | None
    """None if the source has no crates to lay out."""
    plugin: PluginRequest | None
    """None if no function of a plugin is called."""


def backend_parser(description: str | None) -> Parser:
    """Return a parser with the arguments of `BackendRequest`."""
    parser = Parser(description=description)
    add = parser.add_argument
    add("--package", required=True, help="canonical name")
    add("--version", required=True, help="planned version")
    add("--source", type=Path, required=True, help="source archive, prepared")
    add("--build-dir", default=".", help="folder in the source that contains the project")
    parser.add_list("--tool", Path, help="tar of an installed build requirement")
    parser.add_list("--program", Path, help="program on PATH")
    parser.add_list("--machine-program", Path, help="program of the machine on PATH")
    parser.add_list("--place", help="PATH=FILE, a file of a toolchain at a constant absolute path")
    parser.add_list("--machine-folder", help="PATH=FILE, a link to a file of the machine whose folder is at this path")
    parser.add_list("--python-tree", Path, help="tar of files of a pinned Python")
    parser.add_list("--external-tree", Path, help="tar of files of an external dependency")
    parser.add_list("--external", help="name of an external dependency that the package declares")
    add("--dependencies", type=Path, help="how external dependencies are found")
    parser.add_list("--fingerprint", help="TOOLCHAIN=FILE, the fingerprint of a toolchain of the machine")
    parser.add_list("--identify", Path, help="Python program that makes the fingerprint")
    parser.add_list("--toolchain-env", help="NAME=VALUE of a toolchain")
    parser.add_list("--env", help="NAME=TEMPLATE of the package's settings, in order")
    parser.add_list("--config-setting", help="NAME=VALUE for the backend")
    add("--jobs", type=int, default=DEFAULT_JOBS, help="most processes that the build runs at a time")
    add("--debug-information", action="store_true", help="compile extensions with -g if the interpreter was")
    add("--on-disk", action="store_true", help="write the build's files to the disk and not to memory")
    add("--reverse-order", action="store_true", help="reverse the order of the files in each folder")
    add("--timeout", type=float, default=BUILD_TIMEOUT, help="time limit of the hook in seconds")
    add("--inside", type=Path, required=True, help="module that the environment's interpreter loads first")
    add("--log", type=Path, required=True, help="log to write")
    add("--out", type=Path, required=True, help="file or folder to write")
    add("--plugin", type=Path, help="zip of a plugin")
    add("--plugin-module", help="module with the plugin's functions")
    parser.add_list("--plugin-function", help="function of the plugin to call")
    add("--plugin-context", default="{}", help="what the plugin can ask for, as JSON")
    add("--plugin-out", type=Path, help="folder for the plugin's log and other files")
    add_crates(parser)
    return parser


def backend_request(values: dict[str, Any]) -> BackendRequest:
    """Remove the arguments of `backend_parser` from a program's values and return them."""
    crates, plugin = optional_crates(values), _optional_plugin(values)
    for name in ("place", "machine_folder", "fingerprint", "toolchain_env", "env", "config_setting"):
        values[name] = pairs(values[name])
    fields = {name: values.pop(name) for name in BackendRequest._fields[:-2]}
    return BackendRequest(**fields, crates=crates, plugin=plugin)


def _optional_plugin(values: dict[str, Any]) -> PluginRequest | None:
    names = ("plugin", "plugin_module", "plugin_function", "plugin_context", "plugin_out")
    found = [values.pop(name) for name in names]
    return PluginRequest(*found) if found[0] is not None else None


def add_crates(parser: Parser) -> None:
    """Add the arguments of `CratesRequest`."""
    parser.add_argument("--cargo-root", help="folder in the project that contains Cargo.lock; required for crates")
    parser.add_argument("--cargo-lock", type=Path, help="Cargo.lock to put there; default: the source's own")
    parser.add_list("--crate", Path, help="archive of a registry's crate")
    parser.add_list("--git", help="SOURCE=ARCHIVE, a git source as Cargo.lock names it")


def optional_crates(values: dict[str, Any]) -> CratesRequest | None:
    """Remove the arguments of `add_crates` from a program's values and return them; None if there are no crates."""
    if values["cargo_root"] is None:
        for name in CratesRequest._fields:
            del values[name]
        return None
    return crates_request(values)


def crates_request(values: dict[str, Any]) -> CratesRequest:
    """Remove the arguments of `add_crates` from a program's values and return them."""
    found = {name: values.pop(name) for name in CratesRequest._fields}
    found["cargo_root"] = found["cargo_root"] or "."
    # A git source can contain a `=`, the path of an archive never does.
    found["git"] = tuple((source, path) for source, _, path in (text.rpartition("=") for text in found["git"]))
    return CratesRequest(**found)


def pairs(arguments: Sequence[str]) -> Pairs:
    """Split NAME=VALUE arguments into pairs."""
    return tuple((name, value) for name, _, value in (argument.partition("=") for argument in arguments))
