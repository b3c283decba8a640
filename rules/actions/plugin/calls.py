"""Call functions of a plugin, each in a process of its own in the build's closed world.

The process runs ``call_plugin``, which imports the plugin's module. It gets the call as JSON, and answers with JSON.
"""

import json
import os
import shutil
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from actions.arguments import BackendRequest, PluginRequest
from actions.contract import PYTHON_FLAGS
from actions.errors import ActionError
from actions.world.world import World

if TYPE_CHECKING:
    from actions.world.hook import HookRunner

# Limits of what is copied out of the work directory.
_MOST_FILES = 1000
_LARGEST_FILE = 16 << 20


class Plugin:
    """The functions of one package's plugin, for one build."""

    def __init__(self, request: BackendRequest, plugin: PluginRequest, place: World, source: Path) -> None:
        """Unpack the plugin into the build's world; ``source`` is the folder of the unpacked source."""
        self._request, self._plugin, self._source = request, plugin, source
        self._folder = place.root / "plugin"
        self._work_dir = place.root / "work-dir"
        self._place = place
        for folder in (self._folder, self._work_dir):
            folder.mkdir()
        try:
            with zipfile.ZipFile(plugin.archive) as archive:
                archive.extractall(self._folder / "modules")
        except zipfile.BadZipFile as err:
            raise ActionError(f"the plugin {plugin.archive.name} is damaged: {err}") from err

    def has(self, function: str) -> bool:
        """Return whether the plugin has a function that replaces a step of this action."""
        return function in self._plugin.functions

    def call(
        self,
        function: str,
        runner: "HookRunner",
        more: Mapping[str, object] | None = None,
        meanwhile: Callable[[], object] = lambda: None,
    ) -> Any:
        """Call a function, and return its result as data of JSON; the package `fromager` checks its form.

        Args:
            function: name of the function.
            runner: runs the process, with the variables of the build.
            more: data of this call in addition to that of the build.
            meanwhile: is called after the process has started.

        Raises:
            ActionError: the function failed, or returned something else than it should. The text contains the end of
                the log.
        """
        call = {**self._data(function), "extra_environ": runner.variables, **(more or {})}
        asked, answered = self._folder / "call.json", self._folder / "answer.json"
        asked.write_text(json.dumps(call), encoding="utf-8")
        answered.unlink(missing_ok=True)
        flags = [flag for flag in PYTHON_FLAGS if flag != "-E"]  # the seed of hashes is a variable
        command = [os.path.abspath(sys.executable), *flags, _programs(), "call_plugin", str(asked), str(answered)]
        environment = {key: value for key, value in runner.variables.items() if not key.startswith("PYTHON")}
        what = f"{function} of the plugin {self._plugin.module}"
        runner.run(what, command, self._work_dir, {**environment, "PYTHONHASHSEED": "0"}, meanwhile)
        try:
            return json.loads(answered.read_text(encoding="utf-8"))
        except (OSError, ValueError) as err:
            raise ActionError(f"{what} gave no answer: {err}") from err

    def _data(self, function: str) -> dict[str, object]:
        request, place = self._request, self._place
        return {
            "modules": str(self._folder / "modules"),
            "log": str(self._folder / "log"),
            "module": self._plugin.module,
            "function": function,
            "package": request.package,
            "version": request.version,
            "context": json.loads(self._plugin.context),
            "source_root": str(self._source),
            "build_dir": request.build_dir,
            "root": str(place.root),
            "work_dir": str(self._work_dir),
            "out": str(place.out),
            "env": str(place.env),
            "jobs": request.jobs,
            "config_settings": _lists(request.config_setting),
        }

    def keep(self, without: Path | None = None) -> None:
        """Copy the log, and the files that the functions wrote to the work directory, to the action's output.

        Args:
            without: a folder in the work directory that is an output of its own.
        """
        out, count = self._plugin.out, 0
        if without is not None:
            shutil.rmtree(without)
        for parent, folders, files in os.walk(self._work_dir):
            folders.sort()
            for path in (Path(parent, name) for name in sorted(files)):
                if path.is_symlink() or not path.is_file():
                    continue
                count += 1
                if count > _MOST_FILES or path.stat().st_size > _LARGEST_FILE:
                    raise ActionError(
                        f"{self._plugin.module} wrote too many or too large files to the work directory: at most "
                        f"{_MOST_FILES} files are kept, each of at most {_LARGEST_FILE:,} bytes"
                    )
                place = out / "work-dir" / path.relative_to(self._work_dir)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, place)
        log = self._folder / "log"
        if log.is_file() and not log.is_symlink():
            shutil.copyfile(log, out / "log")


def _programs() -> str:
    """Return the path of the programs: the file that has all of them, or the folder of this package."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    packed = os.path.dirname(package)
    return packed if os.path.isfile(packed) else package


def _lists(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found
