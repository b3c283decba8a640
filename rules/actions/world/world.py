"""The closed world of a build: a constant path, a new set of environment variables and no network.

Compilers and backends write paths, times and names of the machine into their output. So every build of a package sees
the same ones, on any machine and in any sandbox.
"""

import json
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from actions.contract import BUILD_ROOT
from actions.errors import ActionError

if TYPE_CHECKING:
    from tempfile import TemporaryDirectory

# Bazel's sandbox and that of a remote worker give each action its own /tmp, so this absolute path is the same
# everywhere: https://bazel.build/docs/sandboxing
ROOT = Path(BUILD_ROOT)
# SOURCE_DATE_EPOCH of builds: 1980-01-01, the earliest time that a zip file can store.
EPOCH = "315532800"


class World(NamedTuple):
    """The folders of one build, all below ``ROOT``."""

    root: Path = ROOT

    @property
    def env(self) -> Path:
        """The build environment: `bin`, `lib/pythonX.Y/site-packages`, `include`."""
        return self.root / "env"

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self.env / "bin" / "python"

    @property
    def source(self) -> Path:
        """The folder for the unpacked source."""
        return self.root / "src"

    @property
    def out(self) -> Path:
        """The folder for the backend's wheel."""
        return self.root / "out"

    def make(self, on_disk: bool) -> None:
        """Create the folders.

        Bazel mounts a file system in memory at ``root`` if it can (the generated .bazelrc asks for it), since a build
        environment has thousands of small files. A build of many gigabytes has only its environment in memory.

        Args:
            on_disk: whether the build itself writes to the disk.

        Raises:
            ActionError: the folder is in use, so the action does not have its own /tmp.
        """
        self.root.mkdir(exist_ok=True)
        if any(self.root.iterdir()):
            raise ActionError(
                f"{self.root} is in use: this action shares /tmp with others. Builds need a sandbox. Run Bazel with "
                "--spawn_strategy=remote,linux-sandbox, as the generated .bazelrc does, and use remote workers that "
                "give each action its own /tmp."
            )
        for name in ("env", "bin"):
            (self.root / name).mkdir()
        for name in ("src", "out", "home", "tmp"):
            if on_disk:
                target = self.root.with_name(f"{self.root.name}-disk") / name
                target.mkdir(parents=True)
                (self.root / name).symlink_to(target)
            else:
                (self.root / name).mkdir()

    def link_tools(self, tools: Path) -> None:
        """Put the toolchain's programs, and no other program of the machine, on the build's PATH.

        A program is a link. A command with arguments, such as `ccache gcc`, is a shell script.
        """
        for name, tool in json.loads(tools.read_text()).items():
            if isinstance(tool, str):
                os.symlink(tool, f"{self.root}/bin/{name}")
            else:
                import shlex  # imported here: few toolchains have such a command

                script = Path(self.root, "bin", name)
                script.write_text(f'#!/bin/sh\nexec {shlex.join(tool)} "$@"\n')
                script.chmod(0o755)

    def variables(self, version: str, jobs: int, dist: str, path: list[str]) -> dict[str, str]:
        """Return the variables of a build, without those of toolchains and of the package's settings."""
        tmp = str(self.root / "tmp")
        scm_name = "".join(c if c.isalnum() else "_" for c in dist).upper()
        return {
            "PATH": ":".join([str(self.env / "bin"), *path, str(self.root / "bin")]),
            "HOME": str(self.root / "home"),
            **dict.fromkeys(("TMPDIR", "TMP", "TEMP"), tmp),
            "VIRTUAL_ENV": str(self.env),
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "SOURCE_DATE_EPOCH": EPOCH,
            "PYTHONHASHSEED": "0",
            "PYTHONNOUSERSITE": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PIP_NO_INDEX": "1",
            "PIP_CONFIG_FILE": "/dev/null",
            "CARGO_NET_OFFLINE": "true",
            "CARGO_HOME": str(self.root / "home" / ".cargo"),
            "MAX_JOBS": str(jobs),
            "MAKEFLAGS": f"-j{jobs}",
            "CMAKE_BUILD_PARALLEL_LEVEL": str(jobs),
            "CARGO_BUILD_JOBS": str(jobs),
            "NPY_NUM_BUILD_JOBS": str(jobs),
            # A source archive has no git history, from which these tools would take the version.
            "PBR_VERSION": version,
            "PDM_BUILD_SCM_VERSION": version,
            "SETUPTOOLS_SCM_PRETEND_VERSION": version,
            f"SETUPTOOLS_SCM_PRETEND_VERSION_FOR_{scm_name}": version,
            "__version__": version,
        }


def scratch() -> "TemporaryDirectory[str]":
    """Return a temporary folder, in memory if Bazel mounts a file system there: trees have many small files."""
    import tempfile  # imported here, since the import is slow and most builds do not need it

    return tempfile.TemporaryDirectory(dir=ROOT if ROOT.is_mount() else None)


def refuse_network() -> None:
    """Check that this action can't reach a network.

    Raises:
        ActionError: there is a network interface other than loopback. If Bazel's sandbox can't start, Bazel may run
            actions without a sandbox, and then it does not block their network.
    """
    # The system call works in a hermetic sandbox too, which has no /proc.
    others = sorted(name for _, name in socket.if_nameindex() if name != "lo")
    if others:
        raise ActionError(
            f"the network is open to this action ({', '.join(others)}): it does not run in a sandbox. Builds need "
            "--spawn_strategy=remote,linux-sandbox and block-network, which the generated .bazelrc and the rules set, "
            "and a kernel that allows user namespaces."
        )
