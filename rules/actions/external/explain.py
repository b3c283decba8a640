"""Explain a failed build: which missing library or program its log names, and which declaration mends it."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from actions.external.definition import Definition, definition, install_lines, split_version

_LINES = 400
_LONGEST_LINE = 1000
_NAME = r"([\w.+-]{2,60})"


class _Clue(NamedTuple):
    """A form of message, and what it names."""

    form: re.Pattern[str]
    kind: str
    """``header``, ``program``, ``module``, ``library`` or ``name``."""


_CLUES = tuple(
    _Clue(re.compile(form), kind)
    for kind, form in (
        ("header", r"fatal error: '?([\w./+-]{1,120}\.\w{1,4})'?(?:: No such file or directory| file not found)"),
        ("header", r"(?:Could not find|cannot find|missing) (?:the )?header '?([\w./+-]{1,120}\.h(?:pp)?)'?"),
        ("module", rf"Package '?{_NAME}'?,? (?:required by '[^']*', )?(?:was )?not found"),
        ("module", rf"No package '{_NAME}' found"),
        ("module", rf"Dependency ['\"]{_NAME}['\"] (?:is required but )?not found"),
        ("module", rf"(?:Run-time|Dependency) (?:dependency )?{_NAME} found: NO"),
        ("library", rf"(?:cannot find|unable to find library) -l{_NAME}"),
        ("library", rf"could not find library {_NAME}"),
        ("program", rf"Program '?{_NAME}'? (?:found: NO|not found)"),
        ("program", rf"{_NAME} (?:executable|program) not found"),
        ("program", rf"(?:sh|bash|make)(?:: (?:line )?\d+)?: {_NAME}: (?:command )?not found"),
        ("program", rf"No such file or directory: '{_NAME}'"),
        ("program", rf"command '{_NAME}' failed: No such file"),
        ("program", rf"Unknown compiler\(s\): \[\['{_NAME}'"),
        ("program", rf"Could not find (?:program |command )?['`]{_NAME}['`]"),
        ("name", rf"Could NOT find {_NAME}"),
        ("name", rf'Could not find a package configuration file provided by "{_NAME}"'),
        ("name", rf"Could not find directory of {_NAME} installation"),
        ("name", rf"headers or library files could not be found for {_NAME}"),
        ("name", rf"make sure the {_NAME} (?:and \w+ )?development packages"),
        ("name", r"make sure the \w+ and (\w+) development packages"),
        ("name", rf"Unable to (?:find|locate) {_NAME}"),
    )
)


def explanations(
    log: str, package: str, declared: Sequence[str], entries: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    """Return a text for each dependency that a log names as missing, the first one first.

    Args:
        log: the end of the log.
        package: name of the package.
        declared: the dependencies that its build got.
        entries: definitions of all known dependencies, by name.
    """
    known = [definition(name, entry) for name, entry in entries.items()]
    has = {split_version(text)[0] for text in declared}
    found: dict[str, str] = {}
    for thing, kind in dict.fromkeys(_clues(log)):
        for one in _of(thing, kind, known):
            if one.name not in found:
                found[one.name] = _text(thing, one, package, one.name in has)
    return list(found.values())


def _clues(log: str) -> Iterator[tuple[str, str]]:
    for line in log.splitlines()[-_LINES:]:
        for clue in _CLUES:
            for thing in clue.form.findall(line[:_LONGEST_LINE]):
                yield thing, clue.kind


def _of(thing: str, kind: str, known: Sequence[Definition]) -> list[Definition]:
    """Return the dependencies that have a thing: those with exactly this one, else those that are likely."""
    exact = [one for one in known if thing in _things(one, kind)]
    likely: Callable[[Definition], bool]
    if kind == "header":
        folder = thing.partition("/")[0]
        likely = lambda one: "/" in thing and any(header.startswith(f"{folder}/") for header in one.headers)  # noqa: E731
    else:
        bare = _bare(thing)
        likely = lambda one: bare in {_bare(name) for name in _spellings(one)}  # noqa: E731
    # A program of a compiler, such as `cc`, is not an external dependency.
    found = exact or [one for one in known if likely(one)]
    return [one for one in found if not one.name.startswith("dep:virtual/compiler/c")][:2]


def _things(one: Definition, kind: str) -> tuple[str, ...]:
    return {
        "header": one.headers,
        "library": one.libraries,
        "module": one.pkg_config,
        "name": (),
        "program": (*one.programs, *one.config_programs),
    }[kind]


def _spellings(one: Definition) -> tuple[str, ...]:
    return one.name.rpartition("/")[2], *one.pkg_config, *one.libraries


def _bare(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower().removeprefix("lib").rstrip("0123456789.-"))


def _text(thing: str, one: Definition, package: str, is_declared: bool) -> str:
    if is_declared:
        return f"The log names {thing!r} of {one.name}, which this build got. Its version may be too old or too new."
    lines = install_lines([one])
    bring = f" It comes with: {'; or '.join(lines[:2])}." if lines else ""
    return (
        f"The log names {thing!r} of {one.name}, which this build does not declare. Declare it: fromager-gen external "
        f"add {package} {one.name}.{bring}"
    )
