"""Build a collection a second time, under conditions that differ from those of the first build on purpose."""

import logging
import os
import shutil
import socket
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from fromager_gen.bazel import Bazel
from fromager_gen.compare import Mark
from fromager_gen.contract import LOCK_FILE, REVERSED_FILE_ORDER, TOOLCHAINS_LOCK
from fromager_gen.errors import BuildError
from fromager_gen.files import copy
from fromager_gen.graph import Node
from fromager_gen.lock import read_lock
from fromager_gen.overrides import read_overrides
from fromager_gen.pipeline.build import Prepared
from fromager_gen.pipeline.generate import lock_toolchains, plan_graph, workspace_files
from fromager_gen.pipeline.on_workers import check_ran_on_workers
from fromager_gen.render import REMOTE_RC
from fromager_gen.terminal import say, warn
from fromager_gen.write import write_workspace

_log = logging.getLogger(__name__)

USER_OPTIONS = "user.bazelrc"
# The name that Bazel gives to a sandbox's host with --sandbox_fake_hostname.
_SANDBOX_HOST = "localhost"
_USER = "verifier"
# A zone in the form of POSIX, which needs no data about zones, and whose minutes no other zone has.
_ZONE = "VER-05:37"
# Folders in HOME that tools of the machine need, by the variable that names them. HOME is another one.
_TOOLS = {"CARGO_HOME": ".cargo", "PYENV_ROOT": ".pyenv", "RUSTUP_HOME": ".rustup"}
NOT_VARIED = "not varied"
# Workers have folders, users and variables of their own.
NOT_SEEN = "not applicable on workers"


@dataclass(frozen=True)
class Condition:
    """One condition of both builds."""

    name: str
    first: str
    second: str

    @property
    def is_varied(self) -> bool:
        """Whether the builds differ in it."""
        return self.second not in (NOT_VARIED, NOT_SEEN)


@dataclass(frozen=True)
class Second:
    """The prepared second build."""

    prepared: Prepared
    conditions: tuple[Condition, ...]
    flags: tuple[str, ...]
    remote: str | None = None
    """Configuration with which it runs on workers."""

    @property
    def marks(self) -> list[Mark]:
        """The conditions whose values may be found in wheels."""
        names = {"workspace", "HOME", "user", "host name", "Bazel's folder"}
        return [Mark(*_values(one)) for one in self.conditions if one.name in names and one.is_varied]

    def wheels(self, nodes: Sequence[Node]) -> dict[str, Path]:
        """Build the wheels of packages, and return them by the graph's key.

        Raises:
            BuildError: a package could not be built, or not on a worker where it must be.
        """
        try:
            outcome = self.prepared.build(nodes, ["wheel"], self.flags)
            if outcome.error:
                raise outcome.error
        except BuildError as err:
            raise BuildError(f"the second build failed, the first did not: {err}") from err
        if self.remote is not None:
            check_ran_on_workers(nodes, self.prepared.bazel.execution_logs, self.remote)
        return {node.key: outcome.of(node, "wheel")[0] for node in nodes}


def _values(condition: Condition) -> tuple[str, str, str]:
    return condition.name, condition.first, condition.second


@contextmanager
def second_build(first: Prepared, base: Path, flags: Sequence[str], remote: str | None) -> Iterator[Second]:
    """Prepare a second build of a workspace. Its Bazel is ended at the end, and its outputs are removed.

    Args:
        first: the workspace of the first build.
        base: folder for the second build, which no other run uses.
        flags: options for `bazel build` that the user gave.
        remote: configuration with which the second build runs on workers; None for this machine.
    """
    base = base.absolute()
    options = replace(first.options, jobs=first.options.jobs + 1, work_dir=base / "a-folder-with-a-longer-path")
    home, root = base / "home", base / "bazel"
    bazel = replace(
        first.bazel,
        workspace=options.workspace,
        startup=(f"--output_user_root={root}", *_user_bazelrc()),
        environment=_environment(home),
        umask=_other_umask(),
    )
    _end(bazel, root)  # of a run that was killed
    home.mkdir(parents=True, exist_ok=True)
    prepared = Prepared(first.graph, options, bazel, first.overrides)
    repository_cache = first.bazel.info("repository_cache")
    write_second_workspace(first, prepared)
    differing = tuple(conditions(first, prepared, (first.bazel.info("output_base"), str(root)), remote))
    own = [f"--repository_cache={repository_cache}", *_flags(remote)]
    try:
        yield Second(prepared, differing, (*flags, *own), remote)
    finally:
        _end(bazel, root)
        _remove(options.workspace)  # the logs of failed builds are kept
        _remove(home)
        with suppress(OSError):
            options.work_dir.rmdir()


def _user_bazelrc() -> list[str]:
    """Return the option for the user's own file of options, which Bazel looks for in HOME."""
    path = Path.home() / ".bazelrc"
    return [f"--bazelrc={path}"] if path.is_file() else []


def _environment(home: Path) -> dict[str, str]:
    """Return the variables of the second build; the tools of the machine are found with them as before."""
    kept = {name: value for name, value in os.environ.items() if name not in ("LC_ALL", "LC_CTYPE", "LANGUAGE")}
    tools = {
        name: os.environ.get(name) or str(folder)
        for name, place in _TOOLS.items()
        if name in os.environ or (folder := Path.home() / place).is_dir()
    }
    netrc = Path(os.environ.get("NETRC") or Path.home() / ".netrc")
    if netrc.is_file():
        tools["NETRC"] = str(netrc)
    own = {"HOME": str(home), "USER": _USER, "LOGNAME": _USER, "LANG": _other_language(), "TZ": _ZONE}
    return {**kept, **tools, **own}


def _language() -> str:
    return next((os.environ[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if os.environ.get(name)), "C")


def _other_language() -> str:
    return "C.UTF-8" if _language() in ("C", "POSIX") else "C"


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _other_umask() -> int:
    return 0o077 if _umask() != 0o077 else 0o022


def _flags(remote: str | None) -> list[str]:
    """Return the options of the second build: no results of the first one, and another order of files."""
    # Commands that build write workspaces with a copy of the rules, so the flag is in the workspace itself.
    order = f"--//rules:file_order={REVERSED_FILE_ORDER}"
    common = [order, "--disk_cache=", "--noremote_accept_cached", "--noremote_upload_local_results"]
    if remote is not None:
        # What runs here is not compared with workers.
        return [f"--config={remote}", *common, "--noremote_local_fallback"]
    return [*common, "--remote_cache=", "--remote_executor=", "--sandbox_fake_hostname"]


def write_second_workspace(first: Prepared, second: Prepared) -> None:
    """Write the workspace of the second build, with the lock and the options of the first."""
    source, target = first.bazel.workspace, second.bazel.workspace
    target.mkdir(parents=True, exist_ok=True)
    for name in (TOOLCHAINS_LOCK, USER_OPTIONS, REMOTE_RC):
        if (source / name).is_file():
            # Files of options can contain credentials.
            copy(source / name, target / name, is_private=name != TOOLCHAINS_LOCK)
    options, graph = second.options, second.graph
    overrides = read_overrides(options.override_paths)
    lock = read_lock(source / LOCK_FILE)
    plan = plan_graph(options, graph, lock, overrides)
    toolchains = lock_toolchains(options, target, None)
    files = workspace_files(plan, lock, options.patches_dir, toolchains, overrides.plugins)
    write_workspace(files, target, taken_over={LOCK_FILE, TOOLCHAINS_LOCK})


def conditions(first: Prepared, second: Prepared, folders: tuple[str, str], remote: str | None) -> Iterator[Condition]:
    """Yield the conditions of both builds.

    Args:
        first: the first build.
        second: the second build.
        folders: Bazel's folders for the outputs of both.
        remote: configuration with which the second build runs on workers.
    """
    variables: Mapping[str, str] = second.bazel.environment or {}

    def of_machine(name: str, one: str, other: str) -> Condition:
        return Condition(name, one, other if remote is None else NOT_SEEN)

    host = socket.gethostname()
    yield of_machine("workspace", str(first.bazel.workspace.absolute()), str(second.bazel.workspace))
    yield of_machine("Bazel's folder", *folders)
    yield Condition("caches", "those of the team", "none, except for downloads")
    if remote is None:
        yield Condition("host name", host, _SANDBOX_HOST if host != _SANDBOX_HOST else NOT_VARIED)
    else:
        yield Condition("machine", host, f"workers of --config={remote}")
    yield Condition("processes of a build (-j)", str(first.options.jobs), str(second.options.jobs))
    yield of_machine("HOME", os.environ.get("HOME", ""), variables["HOME"])
    yield of_machine("user", os.environ.get("USER", ""), variables["USER"])
    yield of_machine("language", _language(), variables["LANG"])
    yield of_machine("time zone", os.environ.get("TZ") or "that of the machine", variables["TZ"])
    yield of_machine("umask", f"{_umask():04o}", f"{second.bazel.umask:04o}")
    yield Condition("time", "earlier", datetime.now(UTC).isoformat(timespec="seconds"))
    yield Condition("order of files in folders", "that of the archive", f"{REVERSED_FILE_ORDER}, for builds in memory")


def _end(bazel: Bazel, root: Path) -> None:
    """End a Bazel server, and remove its outputs."""
    if root.exists():
        say(f"removing {root}")
        if bazel.workspace.is_dir():
            bazel.shutdown()
        _remove(root)


def _remove(folder: Path) -> None:
    """Remove a folder; Bazel makes its outputs read-only. What can't be removed is logged, since the build is done."""
    left: list[str] = []

    def again(_function: object, path: str, found: tuple[object, BaseException, object]) -> None:
        """Make a path and its folder writable and remove it again, unless they are writable already."""
        one = Path(path)
        try:
            if not os.path.lexists(one):
                return
            writable = [_make_writable(way) for way in (one.parent, one) if way.is_relative_to(folder)]
            if not any(writable):
                left.append(f"{path}: {found[1]}")
            elif one.is_dir() and not one.is_symlink():
                shutil.rmtree(one, onerror=again)
            else:
                one.unlink()
        except OSError as err:
            left.append(f"{path}: {err}")

    shutil.rmtree(folder, onerror=again)
    for problem in left:
        _log.debug("not removed: %s", problem)
    if left:
        more = f", and {len(left) - 1} more" if len(left) > 1 else ""
        warn(f"{folder} can't be removed completely: {left[0]}{more}")


def _make_writable(path: Path) -> bool:
    """Let this user list, read and write a folder. Return whether that changed anything."""
    mode = path.lstat().st_mode
    if not stat.S_ISDIR(mode) or mode & stat.S_IRWXU == stat.S_IRWXU:
        return False
    path.chmod(stat.S_IMODE(mode) | stat.S_IRWXU)
    return True
