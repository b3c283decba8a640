"""A package index on loopback, generated sdists, and workspaces that Bazel builds."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from fromager_gen.contract import BAZEL_7_CONFIG

# Python version for the packages of the tests.
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
NEEDS_CARGO = pytest.mark.skipif(
    not shutil.which("cargo"), reason="Rust is not installed; only packages with Rust need it"
)
# A small backend in the source that it builds; each test adds its own behavior.
BACKEND = """
import os, sys, zipfile
NAME, VERSION, EXTRA = {name!r}, {version!r}, {extra!r}

def write(folder, name=NAME, version=VERSION, requires=(), data=b""):
    file = f"{{name.replace('-', '_')}}-{{version}}-py3-none-any.whl"
    info = f"{{name.replace('-', '_')}}-{{version}}.dist-info"
    metadata = f"Metadata-Version: 2.1\\nName: {{name}}\\nVersion: {{version}}\\n"
    metadata += "".join(f"Requires-Dist: {{r}}\\n" for r in requires)
    with zipfile.ZipFile(os.path.join(folder, file), "w") as wheel:
        wheel.writestr(f"{{name.replace('-', '_')}}.py", f"version = {{version!r}}\\n" + EXTRA)
        wheel.writestr("data", data)
        wheel.writestr(f"{{info}}/METADATA", metadata)
        wheel.writestr(f"{{info}}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{{info}}/RECORD", "")
    return file

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
{body}
"""


def in_tree_sdist(
    name: str, version: str, body: str = "    return write(wheel_directory)", extra: str = ""
) -> dict[str, str]:
    """Return a source that contains its own backend, so it has no build requirements."""
    return {
        "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
        "backend.py": BACKEND.format(name=name, version=version, body=body, extra=extra),
        "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
    }


def commit(repository: Path, files: Mapping[str, str | bytes], *more: list[str]) -> Path:
    """Commit files to a git repository, created if needed, and run the git commands ``more``; return its folder."""
    repository.mkdir(exist_ok=True)
    for name, text in files.items():
        (repository / name).write_bytes(text.encode() if isinstance(text, str) else text)
    git = ["git", "-C", str(repository), "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for arguments in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "one"], *more):
        subprocess.run([*git, *arguments], check=True)
    return repository


@dataclass
class GraphBuilder:
    """Writes a graph.json in Fromager's format."""

    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(
        self,
        name: str,
        version: str,
        url: str = "",
        build: tuple[str, ...] = (),
        install: tuple[str, ...] = (),
        **more: Any,
    ) -> "GraphBuilder":
        edges = [
            {"key": key, "req_type": kind, "req": key.replace("==", ">=")}
            for kind, keys in (("build-system", build), ("install", install))
            for key in keys
        ]
        self.nodes[f"{name}=={version}"] = {
            "download_url": url, "pre_built": False, "version": version, "canonicalized_name": name,
            "constraint": None, "edges": edges, **more,
        }  # fmt: skip
        return self

    def write(self, path: Path) -> Path:
        root = {"download_url": "", "pre_built": False, "version": "0", "canonicalized_name": "", "constraint": None}
        edges = [{"key": key, "req_type": "toplevel", "req": key} for key in self.nodes]
        path.write_text(json.dumps({"": {**root, "edges": edges}, **self.nodes}, indent=2))
        return path


@dataclass
class Workspace:
    """A generated workspace, and the Bazel that builds it."""

    folder: Path
    bazel: str
    root: Path
    disk_cache: Path
    major: int = 7

    def run(self, *arguments: str, check: bool = True, timeout: float = 800) -> subprocess.CompletedProcess[str]:
        command = [self.bazel, f"--output_user_root={self.root}", *self.configured(*arguments)]
        result = subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, check=False, timeout=timeout,
            env={**os.environ, "SECRET_CANARY": "sesame"},
        )  # fmt: skip
        if check and result.returncode:
            raise AssertionError(f"{' '.join(command)} exited with {result.returncode}\n{result.stderr[-6000:]}")
        return result

    def configured(self, command: str, *arguments: str) -> list[str]:
        """Add what only Bazel 7 knows, and what it needs on machines with few cores."""
        builds = command in ("build", "cquery", "aquery", "test", "query", "fetch")
        return [command, *([f"--config={BAZEL_7_CONFIG}"] if builds and self.major == 7 else []), *arguments]

    def build(self, *targets: str, check: bool = True, cached: bool = True) -> subprocess.CompletedProcess[str]:
        cache = [f"--disk_cache={self.disk_cache}"] if cached else []
        return self.run("build", "--color=no", "--curses=no", *cache, *targets, check=check)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [self.bazel, f"--output_user_root={self.root}", *self.configured(*arguments)]
        return subprocess.Popen(
            command,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def out(self, path: str) -> Path:
        return self.folder / "bazel-bin" / path

    def wheel(self, name: str, version: str) -> Path:
        (wheel,) = self.out(f"packages/{name}/{version}/wheel").glob("*.whl")
        return wheel

    def close(self) -> None:
        stop_server(self.folder)


def generator(*arguments: str | Path, cwd: Path, check: bool = True, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command fromager-gen."""
    command = [sys.executable, "-m", "fromager_gen", *map(str, arguments)]
    result = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, check=False, timeout=800, env={**os.environ, **env}
    )
    assert "Traceback" not in result.stderr, result.stderr
    if check and result.returncode:
        raise AssertionError(f"{' '.join(command)} exited with {result.returncode}\n{result.stderr}")
    return result


def stop_server(workspace: Path) -> None:
    """Stop the Bazel server of a workspace, if there is one, by its process id.

    `bazel shutdown` takes longer, and misses a server that is starting because its client was stopped.
    """
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if f"--workspace_directory={workspace}".encode() in path.read_bytes().split(b"\0"):
                os.kill(int(path.parent.name), signal.SIGKILL)


def interrupt(process: subprocess.Popen[str], number: int = signal.SIGINT) -> int:
    """Send SIGINT, as Ctrl-C does, or another signal, and wait for the process."""
    os.kill(process.pid, number)
    return process.wait(timeout=120)


def find_python(version: str) -> str | None:
    """Return a Python of a version that can create environments: from PATH, or from pyenv if PATH has its shims."""
    found = [shutil.which(f"python{version}"), *map(shutil.which, ("python3", "python"))]
    shims = [Path(path).parents[1] for path in found if path and Path(path).parent.name == "shims"]
    roots = [Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv"), *shims]
    versions = [str(path) for root in roots for path in sorted(root.glob(f"versions/{version}.*/bin/python"))]
    for program in filter(None, [*versions, found[0]]):
        if subprocess.run([program, "-c", "import venv, ensurepip"], check=False, capture_output=True).returncode == 0:
            return program
    return None


Generate = Callable[..., Workspace]
"""The fixture `generate`, which writes the workspace of a graph."""
