"""What an earlier run in the same place left behind, as far as it has to do with this one."""

from collections.abc import Iterable, Sequence

from fromager_gen.graph import Graph
from fromager_gen.graph.subset import subset
from fromager_gen.resolve.requirements import Asked
from fromager_gen.resolve.resolution import Question


def still_asked(earlier: Graph, asked: Iterable[Asked]) -> Graph:
    """Return the part of an earlier graph below those of its top level that are asked for again.

    Args:
        earlier: the graph; another collection may have been bootstrapped in the same place.
        asked: the requirements of this run.
    """
    requirements = [(one.name, one.requirement.specifier) for one in asked]
    nodes = {edge.key: earlier.nodes[edge.key] for edge in earlier.toplevel}
    kept = [
        node
        for node in nodes.values()
        if any(
            node.name == name and versions.contains(node.version, prereleases=True) for name, versions in requirements
        )
    ]
    return earlier if len(kept) == len(nodes) else subset(earlier, kept, dependents=False)


def repeatable(earlier: Graph, questions: Sequence[Question]) -> list[Question]:
    """Return those questions of an earlier run that its graph's sources answer as those of this run do.

    What a tag or branch of git names may be another commit by now: what was asked of it, or with it, is asked anew.
    """
    of_git = {node.key for node in earlier if node.url.startswith("git+")}
    return [
        question
        for question in questions
        if question.key in earlier.nodes and of_git.isdisjoint((question.key, *question.environment))
    ]
