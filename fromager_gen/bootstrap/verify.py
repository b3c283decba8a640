"""Compare built wheels with the resolution: a wheel may have other requirements than its source stated."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from packaging.metadata import parse_email
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from fromager_gen.bootstrap.store import wheel_metadata
from fromager_gen.errors import ResolutionError, listed
from fromager_gen.graph import Graph
from fromager_gen.resolve import applies, parsed
from fromager_gen.source import install_of_metadata


def verify(
    graph: Graph, known: Mapping[str, Sequence[str]], wheels: Mapping[str, Path], variables: Mapping[str, str]
) -> list[str]:
    """Compare wheels with the resolution, and return a warning for each required extra that does not exist.

    Args:
        graph: the graph.
        known: install requirements that were resolved, by key.
        wheels: built wheels, by key.
        variables: variables of markers.

    Raises:
        ResolutionError: the requirements of a wheel differ; the message lists the differences.
    """
    texts = {key: wheel_metadata(path) for key, path in wheels.items()}
    built = {
        key: install_of_metadata(text, graph.nodes[key].name, graph.nodes[key].version) for key, text in texts.items()
    }
    changed = contradictions(graph, known, built, variables)
    if changed:
        raise ResolutionError(
            listed("wheels that contradict the resolution", changed)
            + "\nThe source's metadata differs from that of its wheel: patch PKG-INFO and pyproject.toml and run again."
        )
    return missing_extras(graph, texts)


def contradictions(
    graph: Graph, known: Mapping[str, Sequence[str]], built: Mapping[str, Sequence[str]], variables: Mapping[str, str]
) -> list[str]:
    """Compare the requirements of wheels with the resolution, and return a line with the differences of each wheel.

    Args:
        graph: the graph.
        known: install requirements that were resolved, by key.
        built: install requirements of the wheels, by key.
        variables: variables of markers.
    """
    extras = _extras(graph)
    found = []
    for key, requirements in built.items():
        before, after = (_held(texts, extras.get(key, ()), variables) for texts in (known[key], requirements))
        if before != after:
            lost, new = (", ".join(sorted(one)) or "nothing" for one in (before - after, after - before))
            found.append(f"{graph.nodes[key]}: the wheel no longer requires {lost}; it now requires {new}")
    return found


def missing_extras(graph: Graph, built: Mapping[str, bytes]) -> list[str]:
    """Return a line for each package that is required with extras that it does not have; pip warns of them, too.

    Args:
        graph: the graph.
        built: METADATA of the wheels, by key.
    """
    found = []
    for parent, edges in (("the top level", graph.toplevel), *((str(node), node.edges) for node in graph)):
        for edge in edges:
            extras = parsed(edge.req).extras
            if not extras or edge.key not in built:
                continue
            has = sorted(map(canonicalize_name, parse_email(built[edge.key])[0].get("provides_extra", [])))
            missing = sorted(extra for extra in extras if canonicalize_name(extra) not in has)
            if missing:
                lacks, names = ", ".join(missing), ", ".join(has) or "none"
                found.append(f"{graph.nodes[edge.key]} has no extra {lacks}, which {parent} requires; it has {names}")
    return list(dict.fromkeys(found))


def _extras(graph: Graph) -> dict[str, set[str]]:
    """Return the extras that a graph requires, by key."""
    found: dict[str, set[str]] = {}
    for edge in (*graph.toplevel, *(edge for node in graph for edge in node.edges)):
        found.setdefault(edge.key, set()).update(parsed(edge.req).extras)
    return found


def _held(texts: Sequence[str], extras: Iterable[str], variables: Mapping[str, str]) -> set[str]:
    """Return the requirements whose markers hold, in a normalized form."""
    held = (Requirement(text) for text in texts)
    return {
        f"{canonicalize_name(one.name)}{sorted(map(canonicalize_name, one.extras)) or ''}{one.url or one.specifier}"
        for one in held
        if applies(one, extras, variables)
    }
