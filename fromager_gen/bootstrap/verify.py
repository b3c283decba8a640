"""Hold built wheels against what was resolved: a build may say other requirements than its source did."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from fromager_gen.bootstrap.outputs import contradictions, missing_extras
from fromager_gen.bootstrap.sources import wheel_metadata
from fromager_gen.errors import ResolutionError, listed
from fromager_gen.graph import Graph
from fromager_gen.resolve.facts import install_of_metadata


def verify(
    graph: Graph, known: Mapping[str, Sequence[str]], wheels: Mapping[str, Path], variables: Mapping[str, str]
) -> list[str]:
    """Compare wheels with what was resolved; return a warning for each extra that is asked for and not there.

    Args:
        graph: the graph.
        known: install requirements that were resolved, by key.
        wheels: built wheels, by key.
        variables: of markers.

    Raises:
        ResolutionError: a wheel requires something else; it says what.
    """
    texts = {key: wheel_metadata(path) for key, path in wheels.items()}
    built = {
        key: install_of_metadata(text, graph.nodes[key].name, graph.nodes[key].version) for key, text in texts.items()
    }
    changed = contradictions(graph, known, built, variables)
    if changed:
        raise ResolutionError(
            listed("wheels that contradict what was resolved", changed)
            + "\nThe source's own metadata was wrong about its wheel: patch PKG-INFO and pyproject.toml, and run again."
        )
    return missing_extras(graph, texts)
