"""Convert graphs of Fromager before 0.30: lists of requirements by package, without nodes and addresses.

The form is ``{"NAME==VERSION": [[KIND, NAME, VERSION, REQUIREMENT], ...], ...}``. The key of the root is empty, and a
package without requirements may be absent.
"""

from collections.abc import Mapping
from typing import Any

from packaging.requirements import InvalidRequirement
from packaging.utils import InvalidName, canonicalize_name
from packaging.version import InvalidVersion

from fromager_gen.graph.model import BUILD_KINDS, ROOT
from fromager_gen.standards import requirement, version

_FIELDS = 4
_ROOT_KINDS = ("toplevel", "install")
_OTHER_KINDS = ("install", *BUILD_KINDS)


def is_old(document: Mapping[str, Any]) -> bool:
    """Return whether the JSON of a graph has the old form; it must have a root."""
    return isinstance(document[ROOT], list)


def converted(document: Mapping[str, Any], problems: list[str]) -> dict[str, Any]:
    """Return the JSON of the current form. The addresses are empty, and no package is pre-built.

    Names and versions are normalized. Requirements of the root become those of the top level.

    Args:
        document: a graph in the old form.
        problems: problems are appended to this list; their keys and entries are omitted.
    """
    nodes: dict[str, Any] = {}
    for key, entries in document.items():
        node = _node_of(key, nodes, problems)
        if not isinstance(entries, list):
            problems.append(f"node {key!r} is a {type(entries).__name__}, not a list of requirements")
            continue
        for entry in entries:
            edge = _edge(key, entry, nodes, problems)
            if edge is not None and node is not None:
                node["edges"].append(edge)
    return nodes


def _node_of(key: str, nodes: dict[str, Any], problems: list[str]) -> dict[str, Any] | None:
    """Return the new node of an old key, or None if the key is not valid."""
    if key == ROOT:
        return _node(ROOT, "", "0", nodes)
    name, _, version_text = key.partition("==")
    try:
        return _added(name, version_text, nodes)
    except ValueError as err:
        problems.append(f"node {key!r}: {err}")
        return None


def _edge(key: str, entry: Any, nodes: dict[str, Any], problems: list[str]) -> dict[str, str] | None:
    is_entry = isinstance(entry, list) and len(entry) == _FIELDS and all(isinstance(field, str) for field in entry)
    if not is_entry:
        problems.append(f"node {key!r}: {str(entry)[:80]!r} is not a list of kind, name, version and requirement")
        return None
    kind, name, version_text, req = entry
    if kind not in (_ROOT_KINDS if key == ROOT else _OTHER_KINDS):
        problems.append(f"node {key!r} has an edge to {name!r} of the unknown or misplaced kind {kind!r}")
        return None
    try:
        node = _added(name, version_text, nodes)
    except ValueError as err:
        problems.append(f"node {key!r}: its requirement {req!r}: {err}")
        return None
    target = f"{node['canonicalized_name']}=={node['version']}"
    return {"key": target, "req_type": "toplevel" if key == ROOT else kind, "req": _normalized(req)}


def _added(name: str, version_text: str, nodes: dict[str, Any]) -> dict[str, Any]:
    """Return the node of a package version; it is added if there is none yet.

    Raises:
        ValueError: the name or the version is not valid.
    """
    try:
        canonical, normal = str(canonicalize_name(name, validate=True)), str(version(version_text))
    except InvalidName:
        raise ValueError(f"{name[:80]!r} is not a valid package name") from None
    except InvalidVersion:
        raise ValueError(f"{version_text[:80]!r} is not a valid PEP 440 version") from None
    return _node(f"{canonical}=={normal}", canonical, normal, nodes)


def _node(key: str, name: str, version_text: str, nodes: dict[str, Any]) -> dict[str, Any]:
    empty = {
        "download_url": "",
        "pre_built": False,
        "version": version_text,
        "canonicalized_name": name,
        "constraint": None,
        "edges": [],
    }
    found: dict[str, Any] = nodes.setdefault(key, empty)
    return found


def _normalized(req: str) -> str:
    try:
        return str(requirement(req))
    except InvalidRequirement:
        return req
