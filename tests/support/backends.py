"""Build backends in a source tree, and the environment and the world in which they are called."""

import functools
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from actions.source.project import BuildSystem
from actions.world import environment
from actions.world.hook import HookRunner
from actions.world.world import World
from support.samples import tar_gz

INTERPRETER = str(Path(sys.base_prefix, "bin", f"python{sys.version_info.major}.{sys.version_info.minor}"))
ACTIONS = Path(__file__).parents[2] / "rules" / "actions"
METADATA = "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nRequires-Dist: dep\n"
# A backend with all hooks; the tests replace or remove some of them.
GOOD = f"""
import os
def _info(folder):
    os.makedirs(os.path.join(folder, "demo-1.0.dist-info"))
    with open(os.path.join(folder, "demo-1.0.dist-info", "METADATA"), "w") as file:
        file.write({METADATA!r})
    return "demo-1.0.dist-info"
def get_requires_for_build_wheel(config_settings=None):
    return ["one", "two>=2"]
def prepare_metadata_for_build_wheel(folder, config_settings=None):
    return _info(folder)
def build_wheel(folder, config_settings=None, metadata_directory=None):
    import zipfile
    with zipfile.ZipFile(os.path.join(folder, "demo-1.0-py3-none-any.whl"), "w") as wheel:
        wheel.writestr("demo-1.0.dist-info/METADATA", {METADATA!r})
        wheel.writestr("demo-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\n")
        wheel.writestr("demo-1.0.dist-info/RECORD", "")
    return "demo-1.0-py3-none-any.whl"
"""
SYSTEM = BuildSystem("backend", ["."], [])


def without(hook: str) -> str:
    """Return the good backend without one of its hooks."""
    return f"{GOOD}\ndel {hook}\n"


def answering(hook: str, *body: str) -> str:
    """Return the good backend with another body of one hook."""
    return f"{GOOD}\ndef {hook}(*args, **more):\n" + "".join(f"    {line}\n" for line in body)


class Called:
    """A source tree with a backend, and a runner of its hooks in an environment."""

    def __init__(
        self, folder: Path, text: str, timeout: float = 60, variables: Mapping[str, str] | None = None
    ) -> None:
        self.source, self.out, self.log = folder / "source", folder / "out", folder / "log"
        for path in (self.source, self.out):
            path.mkdir()
        (self.source / "backend.py").write_text(text)
        environment.make(folder / "env", INTERPRETER, [], "")
        self.runner = HookRunner(folder / "env" / "bin" / "python", variables or {}, self.log, timeout)

    def requires(self, **settings: object) -> object:
        return self.runner.build_requires(self.source, SYSTEM, settings)

    def metadata(self) -> str:
        return self.runner.metadata(self.source, SYSTEM, self.out, {})

    def wheel(self, **settings: object) -> None:
        self.runner.build_wheel(self.source, SYSTEM, self.out, settings)


class Action:
    """The folders and arguments of an action that calls a backend; its world is below the test's folder."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, text: str = GOOD) -> None:
        self.folder, self.out, self.log = folder, folder / "answer", folder / "log"
        self.root = folder / "world"
        self.tools = folder / "tools"
        self.tools.mkdir()
        (self.tools / "cc").symlink_to("/bin/false")
        (self.tools / "sh").symlink_to("/bin/sh")
        self.source(text)
        # In Bazel's sandbox an action has its own /tmp and its own network.
        monkeypatch.setattr("actions.world.world.World", functools.partial(World, self.root))
        monkeypatch.setattr(socket, "if_nameindex", lambda: [(1, "lo")])

    def source(
        self, text: str, table: str = 'requires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    ) -> None:
        files = {"demo-1.0/pyproject.toml": f"[build-system]\n{table}", "demo-1.0/backend.py": text}
        tar_gz(self.folder / "demo-1.0.tar.gz", files)

    def arguments(self, *more: str) -> list[str]:
        named = {
            "package": "demo",
            "version": "1.0",
            "source": self.folder / "demo-1.0.tar.gz",
            "inside": ACTIONS / "inside.py",
            "log": self.log,
        }
        programs = [f"--program={program}" for program in sorted(self.tools.iterdir())]
        return [*(f"--{name}={value}" for name, value in named.items()), *programs, *more]
