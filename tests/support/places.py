"""A folder in which the bootstrap command runs against an index on loopback."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.indexes import Index
from support.projects import Project
from support.workspaces import PYTHON, generator


@dataclass
class Place:
    """A folder in which the bootstrap command runs."""

    folder: Path
    index: Index
    bazel: str
    home: Path
    options: tuple[str, ...]
    command: str = "bootstrap"

    @property
    def env(self) -> dict[str, str]:
        return {"FROMAGER_GEN_BAZEL": self.bazel, "XDG_CACHE_HOME": str(self.home / "cache")}

    def arguments(self, *arguments: str | Path, before: tuple[str | Path, ...] = ()) -> list[str | Path]:
        index = () if "--index-url" in arguments else ("--index-url", self.index.url)
        return ["--python", PYTHON, *before, self.command, *arguments, *index, *self.options]

    def run(
        self, *arguments: str | Path, before: tuple[str | Path, ...] = (), check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        return generator(*self.arguments(*arguments, before=before), cwd=self.folder, check=check, **self.env)

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "fromager_gen", *map(str, self.arguments(*arguments))]
        return subprocess.Popen(
            command, cwd=self.folder, stderr=subprocess.PIPE, text=True, start_new_session=True,
            env={**os.environ, **self.env},
        )  # fmt: skip

    def start_asking(self, *arguments: str | Path, until: str = "asking backends") -> subprocess.Popen[str]:
        """Start a run and wait until it prints that it asks backends, or another text."""
        process = self.start(*arguments)
        assert process.stderr is not None
        for line in process.stderr:
            if until in line:
                return process
        raise AssertionError(f"it ended without {until!r}")

    def graph(self) -> dict[str, Any]:
        return dict(json.loads((self.folder / "work-dir" / "graph.json").read_text()))

    def edges(self, key: str) -> list[str]:
        return sorted(f"{edge['req_type']} {edge['key']} {edge['req']}" for edge in self.graph()[key]["edges"])

    def wheels(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "wheels-repo" / "downloads").glob("*.whl"))


def add(index: Index, name: str, version: str, **given: Any) -> None:
    index.add_sdist(name, version, Project(name, version, **given).files())
