"""Replay the questions of an earlier run in the same folder, in one build."""

import logging
import threading
from collections.abc import Iterable, Sequence

from fromager_gen.bootstrap.asking import Asker
from fromager_gen.errors import GenError, LockError
from fromager_gen.graph import Graph, build_closure, subset
from fromager_gen.resolve import Asked, Candidate, Question, Recipes

_log = logging.getLogger(__name__)


def replay(earlier: Graph, asked: Iterable[Asked], questions: Sequence[Question], asker: Asker) -> None:
    """Ask the questions of an earlier run again, so that Bazel answers from its caches, and read the same sources.

    Questions and sources that fail are not an error, because this run may not need them.

    Args:
        earlier: the graph of the earlier run, which may have been for another collection.
        asked: the requirements of this run.
        questions: the questions about packages of that graph.
        asker: stores the answers, and reads sources.
    """
    graph = still_asked(earlier, asked)
    questions = repeatable(graph, questions)
    if not questions:
        return
    finder = asker.reader.finder
    # Ask the index while Bazel answers. The thread is a daemon, so that Ctrl-C does not wait for the index.
    prefetch = threading.Thread(target=finder.prefetch, args=({node.name for node in graph},), daemon=True)
    prefetch.start()
    try:
        _ask(graph, questions, asker)
    except GenError as err:
        _log.debug("the questions of the last run are not asked again: %s", err)
    prefetch.join()
    _read(graph, asker)


def _ask(graph: Graph, questions: Sequence[Question], asker: Asker) -> None:
    asker.progress.begin("asking the questions of the last run", len(questions))
    environments = {node.key: build_closure(graph, node) for node in graph if not node.pre_built}
    recipes = Recipes(environments, graph.nodes)
    outcome = asker.bench.build_again(graph, [(graph.nodes[question.key], question.target) for question in questions])
    for question in questions:
        answer = asker.read(question, graph.nodes[question.key], outcome, must=False)
        if answer is not None:
            asker.take(question, answer, recipes, sure=True)


def _read(graph: Graph, asker: Asker) -> None:
    """Read the sources of the last run that are still on the index, since most will be chosen again."""
    urls = {node.key: node.url for node in graph}
    same: dict[str, Candidate] = {}
    for name in sorted({node.name for node in graph}):
        try:
            found = asker.reader.finder.candidates(name)
        except LockError as err:
            _log.debug("%s is not read ahead: %s", name, err)
            continue
        same.update({one.key: one for one in found if one.url == urls.get(one.key) and one.sha256})
    if same:
        try:
            asker.reader.read(list(same.values()))
        except GenError as err:  # sources that are needed are read again, and errors are raised then
            _log.debug("not all sources of the last run could be read: %s", err)


def still_asked(earlier: Graph, asked: Iterable[Asked]) -> Graph:
    """Return the part of an earlier graph below the top-level packages that are required again."""
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
    """Return the questions of an earlier run whose sources are certain to be the same in this run.

    A tag or branch of git may be another commit by now, so questions about it, or with it, are left out.
    """
    of_git = {node.key for node in earlier if node.url.startswith("git+")}
    return [
        question
        for question in questions
        if question.key in earlier.nodes and of_git.isdisjoint((question.key, *question.environment))
    ]
