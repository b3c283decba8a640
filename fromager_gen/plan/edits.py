"""Decide what the actions of `patch` do to each package version, and which constraints they use."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from packaging.requirements import InvalidRequirement

from fromager_gen.graph import Node
from fromager_gen.lock import Lock
from fromager_gen.overrides import PIN, Overrides, edits_json
from fromager_gen.plan.model import Submodule
from fromager_gen.standards import requirement


def with_constraints(overrides: Overrides, graph: Iterable[Node]) -> Overrides:
    """Return overrides with the constraints in a graph. In a bootstrap, they are known already and stay."""
    own = (one.edits or one.by_version or one.build_tag for one in overrides.packages.values())
    if not overrides.build_tag_template and not any(own):
        return overrides
    found = {}
    for node in graph:
        try:
            specifier = str(requirement(node.constraint).specifier) if node.constraint else ""
        except InvalidRequirement:
            continue  # of a graph that was not made from constraints files
        if specifier:
            found[node.name] = specifier
    return replace(overrides, constraints={**found, **overrides.constraints})


def problems_of_edits(node: Node, overrides: Overrides) -> list[str]:
    """Return the problems with the actions for a package version."""
    edits = overrides.edits_for(node.name, node.version)
    if node.is_published:
        return [f"{edit.where}: {node} is pre-built, so `patch` can't apply to it" for edit in edits]
    return [
        f"{edit.where}: {PIN} names {name}, which has no constraint. Add one to the constraints file, or "
        "`ignore_missing: true` to the action"
        for edit in edits
        if edit.action == PIN and not edit.ignore_missing
        for name in edit.arguments["requirements"]
        if name not in overrides.constraints
    ]


def fields_of_source(node: Node, lock: Lock, overrides: Overrides) -> dict[str, Any]:
    """Return fields of a package's plan: changes to its source by settings, and to the requirements of its wheel."""
    source, pins = overrides.settings(node.name, node.version).source, overrides.pins_for(node.name, node.version)
    texts = (f"{'?' if pin.is_optional else ''}{name} {pin.specifier}" for name, pin in sorted(pins.items()))
    return {
        "edits": edits_json(overrides.edits_for(node.name, node.version), pins),
        "pin_requires": tuple(texts),
        "submodules": tuple(Submodule(path, repository) for path, repository in lock.submodules(node.key)),
        "needs_pkg_info": node.url.startswith("git+") or (source is not None and source.is_tarball),
    }
