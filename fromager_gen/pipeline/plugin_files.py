"""Take over what plugins left in actions: what they logged, and what they wrote to the work directory.

The code of a source runs in the same action, and can write the same files. So nothing that this program reads is
replaced, and nothing is logged in its name.
"""

import json
import logging
from collections.abc import Iterable
from pathlib import Path

from fromager_gen.bazel import Outcome
from fromager_gen.files import copy
from fromager_gen.graph import Node
from fromager_gen.names import folder, is_file_name, override_name
from fromager_gen.plugins import Plugins
from fromager_gen.terminal import share_handlers

_log = logging.getLogger(__name__)
# The output folder of an action in which a plugin took part is named TARGET.plugin, see rules/private/plugin.bzl.
_SUFFIX = ".plugin"
_LOG, _WORK_DIR = "log", "work-dir"
# The package `fromager`, whose functions log for plugins.
_API = "fromager"
_MOST_LOGGED = 8 << 20
# Files of the work directory that have other types are read by this program.
_TYPES = (".csv", ".log", ".md", ".txt", ".yaml")
_OWN = ("constraints.txt", "build-sequence-summary.md")


def keep_plugin_files(outcome: Outcome, nodes: Iterable[Node], work_dir: Path, plugins: Plugins) -> None:
    """Log again what the plugins of packages logged, and copy their files to the work directory.

    Raises:
        WriteError: a file can't be written.
    """
    for node in nodes:
        files = outcome.of_plugins.get(folder(node.name, node.version), [])
        plugin = plugins.of(node.name) if files else None
        for path in files if plugin is not None else ():
            top = next((parent for parent in path.parents if parent.name.endswith(_SUFFIX)), None)
            if top is None or not path.resolve().is_relative_to(top.resolve()):
                continue
            inside = path.relative_to(top)
            if inside.parts == (_LOG,) and plugin is not None:
                _log_again(path, node, plugin.module.partition(".")[0])
            elif inside.parts[0] == _WORK_DIR:
                _keep(path, Path(*inside.parts[1:]), node, work_dir)


def _keep(path: Path, place: Path, node: Node, work_dir: Path) -> None:
    """Copy a file into the folder of its package in the work directory, or next to it, unless we own such files."""
    own_folder = f"{override_name(node.name)}-{node.version}"
    is_next_to_it = len(place.parts) == 1 and place.suffix in _TYPES and place.name not in _OWN
    if not (is_next_to_it or place.parts[0] == own_folder) or not all(map(is_file_name, place.parts)):
        _log.warning("%s: the file %s of its plugin is not copied to the work directory", node, place)
        return
    copy(path, work_dir / place)


def _log_again(path: Path, node: Node, package: str) -> None:
    """Log the records of a plugin, in the names of its own package and of the package `fromager` alone."""
    try:
        with path.open("rb") as file:
            lines = file.read(_MOST_LOGGED).decode(errors="replace").splitlines()
        for line in lines:
            record = json.loads(line)
            name = str(record["logger"])
            top = name.partition(".")[0]
            logger = logging.getLogger(name if top in (package, _API) else _API)
            share_handlers(logger.name.partition(".")[0])
            text = "".join(one if one.isprintable() or one == "\n" else repr(one)[1:-1] for one in str(record["text"]))
            level = min(max(int(record["level"]), logging.DEBUG), logging.CRITICAL)
            logger.log(level, "%s-%s: %s", node.name, node.version, text)
    except (OSError, ValueError, TypeError, KeyError) as err:
        _log.debug("%s: the log of its plugin can't be read: %s", node, err)
