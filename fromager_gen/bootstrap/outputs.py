"""Write the output files of a bootstrap, in Fromager's formats and places."""

import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from packaging.requirements import Requirement

from fromager_gen.files import write_text
from fromager_gen.graph import BUILD_KINDS, Edge, Graph, Node, graph_json
from fromager_gen.names import override_name
from fromager_gen.overrides import Overrides
from fromager_gen.resolve import Collection, Question, Resolution, applies

_log = logging.getLogger(__name__)
QUESTIONS = "bootstrap-questions.json"


def write_outputs(
    work_dir: Path,
    resolution: Resolution,
    collection: Collection,
    installs: Mapping[str, Sequence[str]],
    overrides: Overrides,
    rest: str | None = None,
) -> None:
    """Write all output files; graph.json is last, so that an interrupted first run leaves no graph.

    Args:
        work_dir: folder to write to.
        resolution: the complete resolution.
        collection: the requirements of the run.
        installs: install requirements by the graph's key.
        overrides: settings, which determine the kinds of sources.
        rest: the text of constraints.txt if the requirements of the top level contradict each other.

    Raises:
        WriteError: a file can't be written.
    """
    graph = resolution.graph
    for path, text in requirement_files(graph, installs, collection.variables).items():
        write_text(work_dir / path, text)
    merged = work_dir / "merged-constraints.txt"
    chosen = work_dir / "constraints.txt"
    for earlier in (merged, chosen):
        earlier.unlink(missing_ok=True)
    if collection.constraints.by_name:
        write_text(merged, collection.constraints.merged())
    write_text(work_dir / "build-order.json", json.dumps(build_order_rows(graph, overrides), indent=2))
    if collection.together:
        write_text(chosen, "".join(f"{one.key}\n" for _, one in sorted(resolution.installed.items())))
    elif rest is not None:
        write_text(chosen, rest)
    else:
        _log.info("skipping constraints.txt generation as requested")
    write_text(work_dir / "graph.json", graph_json(graph))


def build_order_rows(graph: Graph, overrides: Overrides) -> list[dict[str, object]]:
    """Return the rows of build-order.json: each package after its build requirements.

    The order is Fromager's: the last of each list of requirements first, and a package before its install requirements.
    """
    rows: dict[str, dict[str, object]] = {}
    # A stack of (edge, built): each node is visited twice, before and after its build requirements.
    todo: list[tuple[Edge, bool]] = [(edge, False) for edge in graph.toplevel]
    begun: set[str] = set()
    while todo:
        edge, built = todo.pop()
        node = graph.nodes[edge.key]
        if built:
            rows[edge.key] = _row(node, edge.req, overrides)
            todo += [(other, False) for other in node.edges if other.kind == "install"]
        elif edge.key not in begun:
            begun.add(edge.key)
            todo.append((edge, True))
            todo += [(other, False) for kind in BUILD_KINDS for other in node.edges if other.kind == kind]
    return list(rows.values())


def _row(node: Node, requirement: str, overrides: Overrides) -> dict[str, object]:
    kind = "prebuilt" if node.pre_built else "sdist"
    if overrides.settings(node.name, node.version).download_url and not node.pre_built:
        kind = "override"
    if node.url.startswith("git+"):
        kind = "git"
    return {
        "req": requirement,
        "constraint": node.constraint or "",
        "dist": node.name,
        "version": node.version,
        "prebuilt": node.pre_built,
        "source_url": node.url,
        "source_url_type": kind,
    }


def requirement_files(
    graph: Graph, installs: Mapping[str, Sequence[str]], variables: Mapping[str, str]
) -> dict[str, str]:
    """Return the text of each package's requirements files, by path relative to the work directory."""
    texts: dict[str, str] = {}
    for node in graph:
        folder = f"{override_name(node.name)}-{node.version}"
        lists = {kind: {edge.req for edge in node.edges if edge.kind == kind} for kind in BUILD_KINDS}
        for kind, requirements in lists.items():
            if not node.pre_built:
                texts[f"{folder}/{kind}-requirements.txt"] = _text(requirements)
        held = (Requirement(text) for text in installs[node.key])
        texts[f"{folder}/requirements.txt"] = _text({str(one) for one in held if applies(one, (), variables)})
    return texts


def _text(requirements: set[str]) -> str:
    return "".join(f"{requirement}\n" for requirement in sorted(requirements))


def write_questions(path: Path, questions: Sequence[Question]) -> None:
    """Write the questions of this run, which the next run asks at once."""
    rows = [{"key": one.key, "target": one.target, "environment": one.environment} for one in questions]
    write_text(path, json.dumps({"questions": rows}, indent=1) + "\n")


def read_questions(path: Path) -> list[Question]:
    """Return the questions of an earlier run, or none if the file is missing or damaged, since it only saves time."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["questions"]
        return [Question(str(row["key"]), str(row["target"]), tuple(map(str, row["environment"]))) for row in rows]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as err:
        _log.debug("no questions of an earlier run: %s", err)
        return []
