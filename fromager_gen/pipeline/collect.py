"""Copy what a build made out of Bazel's outputs, and say in a summary what there is."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fromager_gen.bazel import Outcome
from fromager_gen.files import copy
from fromager_gen.graph import Node
from fromager_gen.names import folder, override_name
from fromager_gen.pipeline.repos import Repos

SUMMARY = "build-sequence-summary"


@dataclass(frozen=True)
class Collected:
    """One package's wheel in Fromager's folders."""

    node: Node
    wheel: Path
    skipped: bool

    def row(self) -> dict[str, object]:
        """Return a summary's row, as Fromager writes it."""
        return {
            "name": self.node.name,
            "version": self.node.version,
            "prebuilt": self.node.pre_built,
            "download_url": self.node.url,
            "wheel_filename": self.wheel.name,
            "skipped": self.skipped,
        }


def collect(outcome: Outcome, nodes: Iterable[Node], repos: Repos, logs: Path) -> list[Collected]:
    """Copy wheels, sdists and logs of what was built out of Bazel's outputs.

    Raises:
        WriteError: something can't be written.
    """
    collected = []
    for node in nodes:
        built = outcome.of(node, "wheel")
        if not built:
            continue
        present = repos.has(built[0], node.pre_built)
        (wheel,) = repos.add_wheels(built[:1], frozenset({node.name} if node.pre_built else ()))
        repos.add_sdists(outcome.of(node, "sdist"), "downloads")
        repos.add_sdists(outcome.of(node, "rebuilt_sdist"), "builds")
        for log in outcome.logs.get(folder(node.name, node.version), []):
            copy(log, _log_of(node, logs))
        collected.append(Collected(node, wheel, present))
    return collected


def keep_failed_logs(outcome: Outcome, nodes: Iterable[Node], logs: Path) -> dict[str, Path]:
    """Copy the logs of what could not be built to where those of wheels go: in place of a build that went well.

    Returns:
        Where they are now, by the graph's key; a source that could not be fetched has none.

    Raises:
        WriteError: something can't be written.
    """
    kept = {}
    for node in nodes:
        where = folder(node.name, node.version)
        log = outcome.failed_logs.get(where)
        if outcome.has_failed(node) and log is not None and log.is_file():
            kept[node.key] = copy(log, _log_of(node, logs))
    return kept


def _log_of(node: Node, logs: Path) -> Path:
    return logs / f"{override_name(node.name)}-{node.version}.log"


def summary_texts(collected: Sequence[Collected], missing: Sequence[Node] = ()) -> dict[str, str]:
    """Return the summary's files, by name.

    Args:
        collected: what is there.
        missing: what was to be built and is not there; Fromager's own form has no place for it but in the text.
    """
    rows = [one.row() for one in collected]
    lines = [
        "# Build Summary",
        "",
        f"{len(rows)} package{'' if len(rows) == 1 else 's'}",
        "",
        "| package | version | wheel |",
        "| --- | --- | --- |",
    ]
    lines += [f"| {row['name']} | {row['version']} | {row['wheel_filename']} |" for row in rows]
    lines += ["", "Not built:", "", *(f"- {node}" for node in missing)] if missing else []
    return {f"{SUMMARY}.json": json.dumps(rows, indent=2) + "\n", f"{SUMMARY}.md": "\n".join(lines) + "\n"}
