"""Take over what plugins left in actions: what they logged, and what they wrote to the work directory."""

import json
import logging
from collections.abc import Iterable
from pathlib import Path

from fromager_gen.bazel import Outcome
from fromager_gen.files import copy
from fromager_gen.graph import Node
from fromager_gen.names import folder
from fromager_gen.terminal import share_handlers

_log = logging.getLogger(__name__)
# The output folder of an action in which a plugin took part is named TARGET.plugin, see rules/private/plugin.bzl.
_SUFFIX = ".plugin"
_LOG, _WORK_DIR = "log", "work-dir"


def keep_plugin_files(outcome: Outcome, nodes: Iterable[Node], work_dir: Path) -> None:
    """Log again what the plugins of packages logged, and copy their files to the work directory.

    Raises:
        WriteError: a file can't be written.
    """
    for node in nodes:
        for path in outcome.of_plugins.get(folder(node.name, node.version), []):
            top = next((parent for parent in path.parents if parent.name.endswith(_SUFFIX)), None)
            if top is None:
                continue
            inside = path.relative_to(top)
            if inside.parts == (_LOG,):
                _log_again(path, node)
            elif inside.parts[0] == _WORK_DIR:
                copy(path, work_dir.joinpath(*inside.parts[1:]))


def _log_again(path: Path, node: Node) -> None:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        records = [json.loads(line) for line in lines]
        for record in records:
            name = str(record["logger"])
            share_handlers(name.partition(".")[0])
            text = str(record["text"])
            logging.getLogger(name).log(int(record["level"]), "%s-%s: %s", node.name, node.version, text)
    except (OSError, ValueError, TypeError, KeyError) as err:
        _log.debug("%s: the log of its plugin can't be read: %s", node, err)
