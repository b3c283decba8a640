"""Run the global hooks of Fromager's plugins on this machine: entry points of the group ``fromager.hooks``.

The names and arguments of the hooks are those of Fromager:
https://fromager.readthedocs.io/en/latest/hooks.html
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from packaging.requirements import Requirement

from fromager_gen.errors import BuildError
from fromager_gen.plugins.host import HostContext, load
from fromager_gen.plugins.modules import Modules
from fromager_gen.plugins.plugin import HOOKS, owner
from fromager_gen.terminal import share_handlers

_log = logging.getLogger(__name__)
_GROUP = "fromager.hooks"


@dataclass
class Hooks:
    """The hooks of all installed distributions. Their modules are imported at the first call."""

    context: HostContext
    _entries: tuple[EntryPoint, ...] = field(default_factory=lambda: tuple(entry_points(group=_GROUP)))
    _loaded: dict[str, list[tuple[str, Callable[..., object]]]] | None = None

    def post_bootstrap(self, name: str, version: str, sdist: Path | None, wheel: Path | None) -> None:
        """Report a package of a bootstrap.

        Args:
            name: canonical name of the package.
            version: its version.
            sdist: its prepared source, or None for a pre-built package.
            wheel: its wheel, or None if it was not built.

        Raises:
            BuildError: a hook can't be imported, or it fails.
        """
        self._run("post_bootstrap", name, version, sdist_filename=sdist, wheel_filename=wheel)

    def post_build(self, name: str, version: str, sdist: Path, wheel: Path) -> None:
        """Report a package that was built. See `post_bootstrap`."""
        self._run("post_build", name, version, sdist_filename=sdist, wheel_filename=wheel)

    def prebuilt_wheel(self, name: str, version: str, wheel: Path) -> None:
        """Report a pre-built wheel. See `post_bootstrap`."""
        self._run("prebuilt_wheel", name, version, wheel_filename=wheel)

    def _run(self, hook: str, name: str, version: str, **files: Path | None) -> None:
        if not self._entries:
            return
        if self._loaded is None:
            self._loaded = _load(self._entries)
        _log.info("%s-%s: starting %s hooks", name, version, hook)
        for where, function in self._loaded.get(hook, []):
            try:
                function(
                    ctx=self.context.work_context(),
                    req=Requirement(f"{name}=={version}"),
                    dist_name=name,
                    dist_version=version,
                    **{key: path.resolve() if path is not None else None for key, path in files.items()},
                )
            except Exception as err:
                _log.debug("the hook %s failed", where, exc_info=True)
                raise BuildError(
                    f"{name} {version}: the hook {hook} of {where} failed: {type(err).__name__}: {err}"
                ) from err


def problems_of_hooks() -> Iterator[str]:
    """Yield the problems of the installed hooks: a name that is never called, or a module that does not exist."""
    for entry in entry_points(group=_GROUP):
        if entry.name not in HOOKS:
            yield f"hook {entry.name!r} of {entry.value} ({owner(entry)}) is never called; hooks are {', '.join(HOOKS)}"
        else:
            modules = Modules(entry.module.partition(".")[0], ())
            if not modules.add(entry.module):
                yield f"hook {entry.name!r} of {entry.value} ({owner(entry)}): there is no module {entry.module}"


def _load(entries: Iterable[EntryPoint]) -> dict[str, list[tuple[str, Callable[..., object]]]]:
    """Import hooks, and return each with its place, by the name of the hook.

    Raises:
        BuildError: a module can't be imported, or does not have the function.
    """
    found: dict[str, list[tuple[str, Callable[..., object]]]] = {}
    for entry in sorted(entries, key=lambda one: (one.name, one.value)):
        where = f"{entry.value} ({owner(entry)})"
        share_handlers(entry.module.partition(".")[0])
        try:
            function = load(entry)
        except Exception as err:
            what = f"{type(err).__name__}: {err}"
            raise BuildError(f"the hook {entry.name} of {where} can't be imported: {what}") from err
        _log.info("loaded hook %r: from %s (%s)", entry.name, entry.module, owner(entry))
        found.setdefault(entry.name, []).append((where, function))
    return found
