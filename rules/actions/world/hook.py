"""Run one hook of a build backend, write its log, and stop it after a time limit.

The hooks are described in https://peps.python.org/pep-0517/.
"""

import contextlib
import functools
import os
import re
import signal
import subprocess
import threading
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, TypeVar

from pyproject_hooks import BackendUnavailable, BuildBackendHookCaller

from actions.errors import ActionError
from actions.source.project import BuildSystem
from actions.world import priority

# A larger log is of no use to a reader except for its end, and it must not fill the disk.
MAX_LOG = 32 << 20
_TAIL_LINES = 60
_GRACE_SECONDS = 5
# Messages of programs that find no network.
_NETWORK = re.compile(
    r"Network is unreachable|name resolution|Could not resolve host|getaddrinfo failed|Name or service not"
)
_HINT = "\nA build has no network. Turn the download off, or provide the files in the source or as a build requirement."
_NO_MODULE = re.compile(r"ModuleNotFoundError: No module named '([^']{1,100})'")
# Modules that every build environment once had, and the package that provides each now.
_FORMER = {
    "distutils": "Python 3.12 removed it and setuptools provides it: add setuptools",
    "pkg_resources": "setuptools 82 removed it: add setuptools<82",
}
T = TypeVar("T")


def _nothing() -> None:
    """Do nothing: most hooks have no work that runs in parallel."""


class HookRunner:
    """Calls hooks in the build environment and writes all of their output to one log file."""

    def __init__(
        self,
        python: Path,
        variables: Mapping[str, str],
        log: Path,
        timeout: float,
    ) -> None:
        """Take the environment's interpreter, the build's variables, the log's path and a time limit in seconds."""
        self._python = python
        self.variables = dict(variables)
        self._log = log
        self._timeout = timeout

    def build_wheel(
        self,
        source: Path,
        system: BuildSystem,
        out: Path,
        settings: Mapping[str, object],
        meanwhile: Callable[[], object] = _nothing,
    ) -> None:
        """Call ``build_wheel``, which writes the wheel to ``out``. Call ``meanwhile`` after the backend has started.

        Raises:
            ActionError: the backend could not be imported, or the hook failed or exceeded the time limit. The text
                contains the end of the log.
        """
        name = "build_wheel"
        self._call(name, source, system, lambda hooks: hooks.build_wheel(str(out), dict(settings) or None), meanwhile)

    def build_requires(self, source: Path, system: BuildSystem, settings: Mapping[str, object]) -> object:
        """Call ``get_requires_for_build_wheel`` and return its unchecked result.

        Raises:
            ActionError: as `build_wheel`.
        """
        name = "get_requires_for_build_wheel"
        return self._call(
            name, source, system, lambda hooks: hooks.get_requires_for_build_wheel(dict(settings) or None)
        )

    def build_sdist(self, source: Path, system: BuildSystem, out: Path, settings: Mapping[str, object]) -> object:
        """Call ``build_sdist``, which writes an sdist to ``out``; return the name of its file.

        Raises:
            ActionError: as `build_wheel`.
        """
        return self._call(
            "build_sdist", source, system, lambda hooks: hooks.build_sdist(str(out), dict(settings) or None)
        )

    def metadata(self, source: Path, system: BuildSystem, out: Path, settings: Mapping[str, object]) -> object:
        """Call ``prepare_metadata_for_build_wheel``, or else ``build_wheel``; return the name of the metadata's folder.

        Raises:
            ActionError: as `build_wheel`.
        """
        name = "prepare_metadata_for_build_wheel"
        return self._call(
            name, source, system, lambda hooks: hooks.prepare_metadata_for_build_wheel(str(out), dict(settings) or None)
        )

    def _call(
        self,
        name: str,
        source: Path,
        system: BuildSystem,
        hook: Callable[[BuildBackendHookCaller], T],
        meanwhile: Callable[[], object] = _nothing,
    ) -> T:
        try:
            with warnings.catch_warnings(record=True) as raised:
                warnings.simplefilter("always")
                answer = hook(self._caller(source, system, meanwhile))
            with self._log.open("a") as log:
                log.writelines(f"warning: {warning.message}\n" for warning in raised)
        except BackendUnavailable as err:
            raise ActionError(
                f"the backend {system.backend} can't be imported: {_why(err)}\n"
                f"The graph provides for this build: {_found(self._python)}{self._tail()}"
            ) from err
        except subprocess.SubprocessError as err:
            raise self._failure(f"{name} of {system.backend}", err) from err
        # A backend can overwrite the file in which pyproject-hooks returns the result.
        except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError) as err:
            raise ActionError(f"{name} of {system.backend} returned no valid result: {err!r}{self._tail()}") from err
        return answer

    def run(
        self,
        what: str,
        cmd: Sequence[str],
        cwd: Path,
        environment: Mapping[str, str],
        meanwhile: Callable[[], object] = _nothing,
    ) -> None:
        """Run another program than a backend, with variables of its own; ``what`` names it in errors.

        Raises:
            ActionError: the program failed or exceeded the time limit. The text contains the end of the log.
        """
        try:
            self._start(cmd, str(cwd), environment, meanwhile)
        except subprocess.SubprocessError as err:
            raise self._failure(what, err, of_backend=False) from err

    def _failure(self, what: str, error: subprocess.SubprocessError, of_backend: bool = True) -> ActionError:
        """Return the error for a program that failed, or that exceeded the time limit."""
        if isinstance(error, subprocess.CalledProcessError):
            return ActionError(f"{what} failed with exit code {error.returncode}{self._tail(of_backend)}")
        return ActionError(
            f"{what} did not end in {self._timeout:g} s. If it needs more time, build with "
            f"--//rules:build_timeout=SECONDS{self._tail()}"
        )

    def _caller(self, source: Path, system: BuildSystem, meanwhile: Callable[[], object]) -> BuildBackendHookCaller:
        return BuildBackendHookCaller(
            str(source),
            system.backend,
            backend_path=system.backend_path,
            runner=functools.partial(self._run, meanwhile),
            python_executable=str(self._python),
        )

    def _run(
        self,
        meanwhile: Callable[[], object],
        cmd: Sequence[str],
        cwd: str | None = None,
        extra_environ: Mapping[str, str] | None = None,
    ) -> None:
        """Run a process for pyproject-hooks."""
        self._start(cmd, cwd, {**self.variables, **(extra_environ or {})}, meanwhile)

    def _start(
        self, cmd: Sequence[str], cwd: str | None, environment: Mapping[str, str], meanwhile: Callable[[], object]
    ) -> None:
        """Run a process in its own process group, so that no process outlives the build."""
        process = subprocess.Popen(
            cmd,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        threading.Thread(target=priority.hand_on, args=(process.pid,), daemon=True).start()
        reader = threading.Thread(target=_copy_bounded, args=(process.stdout, self._log), daemon=True)
        reader.start()
        try:
            meanwhile()
            code = _wait(process, self._timeout)
        finally:
            # A process that the backend left running keeps the pipe open. It is killed here, or with the sandbox.
            _kill_group(process)
            reader.join(_GRACE_SECONDS)
            if process.stdout and not reader.is_alive():
                process.stdout.close()
        if code:
            raise subprocess.CalledProcessError(code, cmd)

    def _tail(self, of_backend: bool = True) -> str:
        lines = self._log.read_bytes().decode("utf-8", "replace").splitlines() if self._log.exists() else []
        if not lines:
            return ". It printed nothing."
        last = lines[-_TAIL_LINES:]
        shown = "\n".join(f"  | {line[:500]}" for line in last)
        hint = _HINT if any(_NETWORK.search(line[:500]) for line in last) else ""
        missing = next((found[1] for line in last if (found := _NO_MODULE.search(line[:500]))), None)
        if missing is not None and of_backend:
            hint += _missing_module(missing, self._python)
        return f". The last {len(last)} of {len(lines)} lines of its log:\n{shown}{hint}"


def _missing_module(module: str, python: Path) -> str:
    """Describe the environment of a build that lacks a module, and how to add the module."""
    advice = _FORMER.get(module.partition(".")[0], "If the build needs it, add its package")
    return (
        f"\nThe build environment has no module {module!r}; it has {_found(python)}. {advice} to the setting "
        "project_override.update_build_requires and bootstrap again."
    )


def _why(error: BackendUnavailable) -> str:
    """Return the last line of the import's traceback, or the error's message if there is no traceback."""
    lines = str(error.traceback or "").strip().splitlines()
    return lines[-1] if lines else str(error)


def _found(python: Path) -> str:
    site = next(python.parent.parent.glob("lib/python*/site-packages"))
    names = sorted(path.name.removesuffix(".dist-info") for path in site.glob("*.dist-info"))
    return ", ".join(names) or "no build requirements"


def _wait(process: subprocess.Popen[bytes], timeout: float) -> int:
    """Wait in a thread, which notices the end at once; `Popen.wait` with a timeout polls every 50 ms."""
    waiter = threading.Thread(target=process.wait, daemon=True)
    waiter.start()
    waiter.join(timeout)
    if process.returncode is None:
        raise subprocess.TimeoutExpired(process.args, timeout)
    return process.returncode


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _copy_bounded(source: IO[bytes], path: Path) -> None:
    """Copy a build's output to its log; start the log again when it exceeds the limit, and note that."""
    written = 0
    with path.open("ab", buffering=0) as log:
        while chunk := os.read(source.fileno(), 1 << 16):
            if written > MAX_LOG:
                log.truncate(0)
                written = log.write(b"[the log exceeded its limit; the output above this line was removed]\n")
            written += log.write(chunk)
