"""Find out in one build what an earlier run in the same place found out, as far as it still matters."""

import logging
import threading
from collections.abc import Iterable, Sequence

from fromager_gen.bootstrap.asking import Asker
from fromager_gen.errors import GenError, LockError
from fromager_gen.graph import Graph, build_closure, subset
from fromager_gen.resolve import Asked, Candidate, Question, Recipes

_log = logging.getLogger(__name__)


def replay(earlier: Graph, asked: Iterable[Asked], questions: Sequence[Question], asker: Asker) -> None:
    """Ask again what an earlier run asked, for Bazel to answer from its caches, and read the same sources.

    What can't be answered or read any more is not an error: this run may not need it.

    Args:
        earlier: the graph of that run; another collection may have been bootstrapped in the same place.
        asked: the requirements of this run.
        questions: what was asked of that graph's packages.
        asker: keeps the answers, and reads sources.
    """
    graph = still_asked(earlier, asked)
    questions = repeatable(graph, questions)
    if not questions:
        return
    finder = asker.reader.finder
    # The index is asked while Bazel answers. A thread that does not outlive the program: Ctrl-C waits for no index.
    prefetch = threading.Thread(target=finder.prefetch, args=({node.name for node in graph},), daemon=True)
    prefetch.start()
    try:
        _ask(graph, questions, asker)
    except GenError as err:
        _log.debug("the questions of the last run are not asked again: %s", err)
    prefetch.join()
    _read(graph, asker)


def _ask(graph: Graph, questions: Sequence[Question], asker: Asker) -> None:
    asker.progress.begin("asking what was asked in the last run", len(questions))
    environments = {node.key: build_closure(graph, node) for node in graph if not node.pre_built}
    recipes = Recipes(environments, graph.nodes)
    outcome = asker.bench.build_again(graph, [(graph.nodes[question.key], question.target) for question in questions])
    for question in questions:
        answer = asker.read(question, graph.nodes[question.key], outcome, must=False)
        if answer is not None:
            asker.take(question, answer, recipes, sure=True)


def _read(graph: Graph, asker: Asker) -> None:
    """Most of what was taken last time will be taken again: read it in one go, as far as the index still has it."""
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
        except GenError as err:  # what is still needed is read again, and then it matters
            _log.debug("not all sources of the last run could be read: %s", err)


def still_asked(earlier: Graph, asked: Iterable[Asked]) -> Graph:
    """Return the part of an earlier graph below those of its top level that are asked for again."""
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
