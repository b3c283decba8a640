"""The closed world of a build: a constant path, a new set of environment variables and no network.

Compilers and backends write paths, times and names of the machine into their output. So every build of a package sees
the same ones, on any machine and in any sandbox.
"""

import filecmp
import os
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from actions.arguments import Pairs
from actions.contract import BUILD_ROOT
from actions.errors import ActionError

if TYPE_CHECKING:
    from tempfile import TemporaryDirectory

# Bazel's sandbox and that of a remote worker give each action its own /tmp, so this absolute path is the same
# everywhere: https://bazel.build/docs/sandboxing
ROOT = Path(BUILD_ROOT)
# SOURCE_DATE_EPOCH of builds: 1980-01-01, the earliest time that a zip file can store.
EPOCH = "315532800"
# Folders of a machine's programs, as in the default PATH of a system.
_USUAL = ("/usr/local/bin", "/usr/bin", "/bin")


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

    @property
    def home(self) -> Path:
        """The folder of the base interpreter."""
        return self.root / "python"

    @property
    def external(self) -> Path:
        """The folder for the files of external dependencies."""
        return self.root / "external"

    @property
    def cross(self) -> Path:
        """The folder for files about the platform of the wheel, if it is not the one that builds."""
        return self.root / "cross"

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

    def place_tools(self, programs: Sequence[Path], machine_programs: Sequence[Path], places: Pairs) -> None:
        """Put the toolchains' programs, and no other program of the machine, on the build's PATH.

        Args:
            programs: files that are inputs, each with the name that builds know it by.
            machine_programs: files that are links to programs of the machine, or copies of them.
            places: absolute paths, each with the file that builds find there.
        """
        found = {path.name: os.path.realpath(path) for path in programs}
        found = _of_the_machine(machine_programs) | found
        for name, path in found.items():
            os.symlink(path, f"{self.root}/bin/{name}")
        for place, file in places:
            os.makedirs(os.path.dirname(place), exist_ok=True)
            os.symlink(os.path.realpath(file), place)

    def place_folders(self, folders: Pairs) -> None:
        """Make links to folders of the machine.

        Args:
            folders: absolute paths, each with a link to a file in the folder.

        Raises:
            ActionError: the file is a copy: this action runs on another machine, or in a sandbox that hides this one.
        """
        for place, file in folders:
            path = os.path.realpath(file)
            if path.startswith(_inputs()):
                raise ActionError(
                    f"the tools that a build finds in {place} are not inputs, and this action does not see the folder "
                    "of the machine that has them. Use pinned tools for remote builds and for --config=hermetic."
                )
            os.makedirs(os.path.dirname(place), exist_ok=True)
            os.symlink(os.path.dirname(path), place)

    def variables(self, version: str, jobs: int, dist: str) -> dict[str, str]:
        """Return the variables of a build, without those of toolchains and of the package's settings."""
        tmp = str(self.root / "tmp")
        scm_name = "".join(c if c.isalnum() else "_" for c in dist).upper()
        return {
            "PATH": f"{self.env}/bin:{self.root}/bin",
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


def _of_the_machine(programs: Sequence[Path]) -> dict[str, str]:
    """Return the paths of programs of the machine by their names. A program finds its other parts by its own location.

    Where Bazel runs, the inputs are links to them. A remote worker and the hermetic sandbox have copies instead, and
    the same programs in the usual folders, though not always by the same links.
    """
    found = {path.name: os.path.realpath(path) for path in programs}
    copies = {name: path for name, path in found.items() if path.startswith(_inputs())}
    if copies:
        sizes: dict[int, list[str]] = {}
        for entry in (entry for folder in _USUAL if os.path.isdir(folder) for entry in os.scandir(folder)):
            if entry.is_file():
                sizes.setdefault(entry.stat().st_size, []).append(os.path.realpath(entry.path))
        for name, copy in copies.items():
            same = (path for path in sizes.get(os.path.getsize(copy), ()) if filecmp.cmp(path, copy, shallow=False))
            found[name] = next(same, copy)
    return found


def _inputs() -> str:
    """Return the start of the paths of this action's inputs; some workers run actions in ``/``."""
    return os.path.join(os.path.realpath("."), "")


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
