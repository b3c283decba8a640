"""Run functions of plugins on this machine, with the package `fromager` that they import."""

import importlib
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any

from packaging.specifiers import SpecifierSet

from fromager_gen.plugins.plugin import API
from fromager_gen.terminal import share_handlers


@dataclass(frozen=True)
class HostContext:
    """The folders, the variant, the settings and the constraints of a run."""

    work_dir: Path
    wheels_repo: Path
    sdists_repo: Path
    variant: str
    settings: Mapping[str, str] = field(default_factory=dict)
    """Settings as JSON, by canonical name of the package."""
    constraints: Mapping[str, SpecifierSet] | None = None
    """Constraints by canonical name; None where they are not known, and asking for them is an error."""

    @classmethod
    def of_settings(cls, variant: str, settings: Mapping[str, str]) -> "HostContext":
        """Return the context for a function of the settings, with the folders that Fromager has without options."""
        return cls(Path("work-dir"), Path("wheels-repo"), Path("sdists-repo"), variant, settings)

    def work_context(self) -> Any:
        """Return the `WorkContext` that functions of plugins get."""
        settings = {name: json.loads(text or "{}") for name, text in self.settings.items()}
        made = api("context").WorkContext(
            work_dir=self.work_dir,
            wheels_repo=self.wheels_repo,
            sdists_repo=self.sdists_repo,
            variant=self.variant,
            settings=api("packagesettings").Settings(self.variant, settings),
        )
        if self.constraints is not None:
            made.constraints = api("constraints").Constraints(dict(self.constraints))
        return made


def api(name: str) -> ModuleType:
    """Import a module of the package that plugins import, such as ``context``."""
    if str(API) not in sys.path:
        sys.path.insert(0, str(API))  # before Fromager, if it is installed too
    return importlib.import_module(f"fromager.{name}")


def named(value: str) -> Any:
    """Import the object that a setting names, as ``MODULE:NAME`` or ``MODULE.NAME``. It can raise any exception."""
    api("context")  # makes the package importable
    module, _, name = value.rpartition(":" if ":" in value else ".")
    share_handlers(module.partition(".")[0])
    return getattr(importlib.import_module(module), name)


def load(entry: EntryPoint) -> Any:
    """Import what an entry point names. It can raise any exception."""
    api("context")  # makes the package importable
    return entry.load()
