"""Decide which external dependencies each package's build gets."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from fromager_gen.errors import InputError
from fromager_gen.external import (
    FORTRAN,
    Dependency,
    Known,
    Vocabulary,
    build_dependencies,
    conflicts,
    conflicts_in,
    known_needs,
    read_dependency,
)
from fromager_gen.graph import Graph, Node
from fromager_gen.overrides import GRAFT, LEAVE, OWN_FILE, Overrides, PackageSettings

_log = logging.getLogger(__name__)
# Backends that compile nothing: their packages do not get the dependencies of all packages.
_PURE = {"flit-core", "hatchling", "pdm-backend", "poetry-core", "uv-build"}
_RUST = "dep:virtual/compiler/rust"
# Where the dependencies of all packages are declared, for messages.
ALL_PACKAGES = f"{OWN_FILE}: external"


class Needs(NamedTuple):
    """The external needs of one package version."""

    declared: tuple[Dependency, ...]
    origins: Mapping[str, str]
    """Where each is declared, by its name, for messages. ALL_PACKAGES comes last."""
    known: Known | None
    """What the knowledge file says, whether or not it is used."""

    @property
    def is_rust(self) -> bool:
        """Whether Rust is declared."""
        return _RUST in self.origins


def needs_of(node: Node, overrides: Overrides, of_source: tuple[str, ...] = ()) -> Needs:
    """Return the external needs of a package version.

    A list in our settings of the package replaces what is known and what the source states. Dependencies of all
    packages, and those in Fromager's `requires_external`, are always added.

    Args:
        node: the package version.
        overrides: the settings.
        of_source: dependencies of the source's own table `external`.

    Raises:
        InputError: a dependency of `requires_external` is not valid; the message names the settings.
    """
    settings, names = overrides.settings(node.name, node.version), overrides.vocabulary
    known = known_needs(node.name, node.version)
    declared: list[tuple[str, Iterable[Dependency]]] = []
    if settings.external is not None:
        declared.append((f"{settings.where}: external", settings.external))
    else:
        declared.append(("the source's [external] table", _of_source(of_source, names)))
        if known is not None:
            declared.append((known.source, _parsed(known.requires, names)))
    declared.append((f"{settings.where}: requires_external", _of_fromager(settings, names)))
    declared.append((ALL_PACKAGES, overrides.external if _may_compile(node) else ()))
    found: list[Dependency] = []
    origins: dict[str, str] = {}
    for origin, dependencies in declared:
        for one in dependencies:
            found.append(one)
            origins.setdefault(one.name, origin)
    return Needs(build_dependencies(found), origins, known)


def _of_fromager(settings: PackageSettings, names: Vocabulary) -> Iterator[Dependency]:
    """Yield the dependencies among the texts of `requires_external`, which are free texts for Fromager."""
    for text in settings.requires_external:
        try:
            one = read_dependency(text, names) if text.startswith("dep:") else None
        except InputError as err:
            raise InputError(f"{settings.where}: requires_external: {err}") from None
        if one is not None:
            yield one


def _of_source(texts: Iterable[str], names: Vocabulary) -> Iterator[Dependency]:
    """Yield the known dependencies of a source's table; its authors may use names that nobody can map yet."""
    for text in texts:
        try:
            one = read_dependency(text, names)
        except InputError as err:
            _log.debug("a dependency of a source is left out: %s", err)
            continue
        if one is not None:
            yield one


def _parsed(texts: Iterable[str], names: Vocabulary) -> Iterator[Dependency]:
    return (one for text in texts if (one := read_dependency(text, names)) is not None)


def _may_compile(node: Node) -> bool:
    """Return whether a package may compile something, by its direct build requirements."""
    backends = {edge.key.partition("==")[0] for edge in node.edges if edge.kind == "build-system"}
    return not backends or not backends <= _PURE


def problems_of_needs(graph: Graph, overrides: Overrides) -> list[str]:
    """Return the contradictions among the external dependencies of a graph."""
    found, problems = [], []
    for node in graph:
        if node.pre_built:
            continue
        try:
            declared = needs_of(node, overrides).declared
        except InputError as err:
            problems.append(str(err))
            continue
        problems += [f"{node}: {problem}" for problem in conflicts_in(declared, overrides.vocabulary)]
        found += [(str(node), one) for one in declared]
    return problems + list(conflicts(found))


def fields_of_needs(
    node: Node, overrides: Overrides, is_for_platform: bool, of_source: tuple[str, ...]
) -> dict[str, Any]:
    """Return fields of a package's plan: its external dependencies, and what becomes of their libraries.

    Args:
        node: the package version.
        overrides: the settings.
        is_for_platform: whether wheels get the tag of a platform, which says that they run without other libraries.
        of_source: dependencies of the source's own table `external`.
    """
    needs = needs_of(node, overrides, of_source)
    if not needs.declared:
        return {}
    settings = overrides.settings(node.name, node.version)
    libraries = settings.external_libraries or overrides.external_libraries or (GRAFT if is_for_platform else LEAVE)
    # An empty list says that the package needs nothing.
    known = needs.known if needs.known is not None and settings.external != () else Known()
    config = {name: (value,) for name, value in known.config_settings}
    texts = tuple(map(str, needs.declared))
    entries = overrides.vocabulary.entries
    loaded = (str(one) for one in needs.declared if one.name == FORTRAN or "programs" not in entries[one.name])
    left = tuple(loaded) if libraries == LEAVE else ()
    return {
        "external": texts,
        "grafts": libraries == GRAFT,
        "env": (*known.env, *settings.env),
        "config_settings": config | {name: tuple(values) for name, values in settings.config_settings.items()},
        "requires_external": (
            *settings.requires_external,
            *(text for text in left if text not in settings.requires_external),
        ),
    }
