"""Carry the Starlark sources inside the wheel."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BundleHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds ``rules/`` and ``toolchains/`` as ``fromager_gen/bundle/``.

    A hook and not hatch's ``force-include`` table, because that one also copies into an editable
    install: a second set of rules that goes stale while the checkout's own are edited.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the folders, for a real wheel only; hatch fails where one is missing."""
        if version == "editable":
            return
        for folder in ("rules", "toolchains"):
            source = str(Path(self.root, folder))
            build_data["force_include"][source] = f"fromager_gen/bundle/{folder}"
