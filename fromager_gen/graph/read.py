"""Read graph.json in every form that Fromager writes or has written, and reject anything else."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from packaging.version import Version

from fromager_gen.addresses import is_address
from fromager_gen.errors import GraphError, InputError, listed
from fromager_gen.files import sha256_of_text
from fromager_gen.graph.model import BUILD_KINDS, KINDS, ROOT, Edge, Graph, Node
from fromager_gen.graph.old import converted, is_old
from fromager_gen.names import problem_of_name, problem_of_version

# The largest known graph has 300 nodes in 0.3 MB; a million edges fit into this limit.
MAX_BYTES = 256 << 20
_KNOWN_KEYS = {"download_url", "pre_built", "version", "canonicalized_name", "constraint", "edges"}
_SCHEMES = ("http", "https", "git+http", "git+https", "git+ssh", "git+file")


class InvalidGraphError(GraphError):
    """The file is a JSON object with a root, but its nodes or edges are not valid."""

    def __init__(self, title: str, problems: list[str]) -> None:
        """Create the error of all problems of a file, the first of which are listed."""
        super().__init__(listed(title, problems))
        self.problems = tuple(problems)


def read_graph(path: Path) -> Graph:
    """Read a graph file.

    Raises:
        InputError: the file does not exist.
        GraphError: the file can't be read or is not a graph; the message lists every problem.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise GraphError(f"{path} has {path.stat().st_size:,} bytes; a graph has at most {MAX_BYTES:,}")
        text = path.read_bytes().decode()
    except FileNotFoundError as err:
        raise InputError(
            f"{path} does not exist: make a graph with `fromager-gen bootstrap`, or name another file"
        ) from err
    except OSError as err:
        raise GraphError(f"{path} can't be read: {err.strerror}") from err
    except UnicodeDecodeError as err:
        raise GraphError(f"{path} is not a graph: it is not UTF-8 text") from err
    return parse_graph(text, str(path))


def parse_graph(text: str, name: str) -> Graph:
    """Parse the text of a graph; messages call it ``name``.

    Raises:
        GraphError: as `read_graph`.
    """
    document = _load(text, name)
    if ROOT not in document:
        raise GraphError(f"{name} is not a graph: it has no root, the node whose key is empty")
    problems: list[str] = []
    if is_old(document):
        document = converted(document, problems)
        if problems:
            raise InvalidGraphError(f"{name} is not a valid graph of Fromager before 0.30", problems)
    reached = _reach(document, problems)
    nodes = {}
    for key in reached:
        node = _node(key, document[key], problems)
        if node is not None:
            nodes[key] = node
    _refuse_equal_versions(nodes, problems)
    if problems:
        raise InvalidGraphError(f"{name} is not a valid graph", problems)
    root = nodes.pop(ROOT)
    if not nodes:
        raise GraphError(f"{name} has no packages: its root has no edges")
    partial = frozenset(_partial(document, nodes))
    warnings = tuple(_warnings(document, reached, partial))
    return Graph(dict(sorted(nodes.items())), root.edges, warnings, partial, sha256_of_text(text))


def _load(text: str, name: str) -> dict[str, Any]:
    if not text.strip():
        raise GraphError(f"{name} is empty")
    try:
        document = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as err:
        reason = "it is nested too deeply" if isinstance(err, RecursionError) else str(err)
        raise GraphError(f"{name} is damaged or not JSON: {reason}. Was the run that wrote it interrupted?") from err
    if not isinstance(document, dict):
        raise GraphError(f"{name} is not a graph: it is a {type(document).__name__}, not an object of nodes")
    return document


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        (key, _), *_ = Counter(key for key, _ in pairs).most_common(1)
        raise ValueError(f"the key {key!r} appears twice")
    return result


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not valid JSON")


def _reach(document: Mapping[str, Any], problems: list[str]) -> list[str]:
    """Return the keys that are reachable from the root; edges to missing nodes are problems."""
    seen = {ROOT: None}
    todo = [ROOT]
    while todo:
        key = todo.pop()
        node = document[key]
        edges = node.get("edges") if isinstance(node, dict) else None
        if not isinstance(edges, list):
            problems.append(f"node {key!r} is not an object with a list of edges")
            continue
        for edge in edges:
            target = edge.get("key") if isinstance(edge, dict) else None
            if not isinstance(target, str) or target not in document:
                problems.append(f"node {key!r} has an edge to {target!r}, which is not in the graph")
            elif target not in seen:
                seen[target] = None
                todo.append(target)
    return list(seen)


def _node(key: str, raw: Any, problems: list[str]) -> Node | None:
    if not isinstance(raw, dict) or not isinstance(raw.get("edges"), list):
        return None  # `_reach` has reported it
    name, version, url = (raw.get(k) for k in ("canonicalized_name", "version", "download_url"))
    pre_built = raw.get("pre_built", False)
    if not isinstance(name, str) or not isinstance(version, str) or not isinstance(url, str):
        problems.append(f"node {key!r} lacks canonicalized_name, version or download_url as a string")
        return None
    if not isinstance(pre_built, bool):
        problems.append(f"node {key!r}: pre_built is {pre_built!r}, not true or false")
    if key == ROOT:
        if name or url:
            problems.append(f"the root must not be a package, but it is {name!r} from {url!r}")
    else:
        problems += [f"node {key!r}: {p}" for p in (problem_of_name(name), problem_of_version(version)) if p]
        if key != f"{name}=={version}":
            problems.append(f"node {key!r} holds {name!r} {version!r}")
    problem = _problem_of_url(url, *(("file",) if pre_built else ()))
    if problem:
        problems.append(f"node {key!r}: {problem}")
    edges = tuple(dict.fromkeys(edge for raw_edge in raw["edges"] if (edge := _edge(key, raw_edge, problems))))
    return Node(key, name, version, url, bool(pre_built), edges, _constraint(key, raw, problems))


def _constraint(key: str, raw: Mapping[str, Any], problems: list[str]) -> str | None:
    constraint = raw.get("constraint")
    if constraint is not None and not (isinstance(constraint, str) and constraint.isprintable()):
        problems.append(f"node {key!r}: constraint is {constraint!r}, not a requirement or null")
        return None
    return constraint or None


def _problem_of_url(url: str, *more: str) -> str | None:
    """Return why an address is not valid; a pre-built wheel may be in `wheels-repo`, with a file address."""
    if url and not is_address(url, *_SCHEMES, *more):
        return f"download_url {url!r} is not an http, https or git address"
    return None


def _edge(key: str, raw: Any, problems: list[str]) -> Edge | None:
    if not isinstance(raw, dict) or not isinstance(raw.get("key"), str):
        return None  # `_reach` has reported it
    target, kind, req = raw["key"], raw.get("req_type"), raw.get("req")
    if target == ROOT:
        problems.append(f"node {key!r} has an edge to the root")
        return None
    if key == ROOT and kind == "install":
        kind = "toplevel"  # from `migrate-graph` of Fromager
    if kind not in KINDS or (kind == "toplevel") != (key == ROOT):
        problems.append(f"node {key!r} has an edge to {target!r} of the unknown or misplaced kind {kind!r}")
        return None
    if not isinstance(req, str) or not req.isprintable():
        problems.append(f"node {key!r} has an edge to {target!r} whose requirement is {req!r}")
        return None
    return Edge(target, kind, req)


def _refuse_equal_versions(nodes: Mapping[str, Node], problems: list[str]) -> None:
    """Reject `1.0` next to `1.0.0`: they are the same version, and would be one wheel from two sources."""
    seen: dict[tuple[str, Version], str] = {}
    for key, node in nodes.items():
        if key == ROOT or problem_of_version(node.version):
            continue
        other = seen.setdefault((node.name, Version(node.version)), key)
        if other != key:
            problems.append(f"nodes {other!r} and {key!r} are the same version")


def _partial(document: Mapping[str, Any], nodes: Mapping[str, Node]) -> Iterator[str]:
    """Yield the names of packages whose install edges may be missing.

    Before Fromager wrote constraints, it wrote only a build edge if a package required another one both for its build
    and to be installed: https://github.com/python-wheel-build/fromager/issues/694.
    """
    if not any("constraint" in document[key] for key in nodes):
        yield from (node.name for node in nodes.values() if node.children(*BUILD_KINDS))


def _warnings(document: Mapping[str, Any], reached: list[str], partial: frozenset[str]) -> list[str]:
    found = []
    if partial:
        found.append(
            "the graph is from an old Fromager, which left out install edges to packages that have build edges, so the "
            "requirements of built wheels are not compared with the graph"
        )
    lost = sorted(set(document) - set(reached))
    if lost:
        found.append(f"{len(lost)} nodes are not reachable from the root and are left out: {', '.join(lost[:5])}")
    unknown = {key for name in reached for key in document[name]} - _KNOWN_KEYS
    if unknown:
        found.append(f"unknown node keys are ignored: {', '.join(sorted(unknown))}")
    return found
