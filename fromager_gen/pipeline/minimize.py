"""Write the requirements of a collection without those that other requirements already bring."""

from pathlib import Path

from packaging.requirements import Requirement

from fromager_gen.bootstrap import read_texts
from fromager_gen.errors import InputError
from fromager_gen.graph import minimal_requirements, read_graph
from fromager_gen.net import session
from fromager_gen.resolve import parse_requirements


def minimize(requirements: str, graph: Path) -> tuple[list[Requirement], int]:
    """Return the requirements that must be named, in their order, and the number of all requirements.

    Args:
        requirements: path or address of a requirements file.
        graph: the graph that was resolved from it.

    Raises:
        InputError: a file can't be read, or the file has no requirements or an invalid one.
        GraphError: the graph is damaged.
    """
    with session() as client:
        asked = parse_requirements((), read_texts([requirements], client))
    if not asked:
        raise InputError(f"{requirements} has no requirements; name the file that the graph was resolved from")
    return minimal_requirements(read_graph(graph), [one.requirement for one in asked]), len(asked)
