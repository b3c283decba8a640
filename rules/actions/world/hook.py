"""Run one hook of a build backend, keep its log, and end it when it hangs."""

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

# A log is read by people: past this size only its end can matter, and it must not fill a disk.
MAX_LOG = 32 << 20
_TAIL_LINES = 60
_GRACE_SECONDS = 5
# What programs say where there is no network.
_NETWORK = re.compile(
    r"Network is unreachable|name resolution|Could not resolve host|getaddrinfo failed|Name or service not"
)
_HINT = "\nA build has no network: what it fetches must be switched off, be in the source, or be a build requirement."
_NO_MODULE = re.compile(r"ModuleNotFoundError: No module named '([^']{1,100})'")
# Modules that were there for every build once, and what brings them now.
_FORMER = {
    "distutils": "Python 3.12 has dropped it and setuptools brings it: name setuptools",
    "pkg_resources": "setuptools 82 has dropped it: name setuptools<82",
}
T = TypeVar("T")


def _nothing() -> None:
    """Most hooks have nothing done beside them."""


class HookRunner:
    """Calls hooks in the build environment, all of their output going to one log file."""

    def __init__(
        self,
        python: Path,
        variables: Mapping[str, str],
        log: Path,
        timeout: float,
    ) -> None:
        """Take the environment's interpreter, the build's variables, the log's path and a limit in seconds."""
        self._python = python
        self._variables = dict(variables)
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
        """Call ``build_wheel``; the wheel is written to ``out``. When the backend has begun, call ``meanwhile``.

        Raises:
            ActionError: the hook failed, hung, or the backend could not be imported; with the end of the log.
        """
        name = "build_wheel"
        self._call(name, source, system, lambda hooks: hooks.build_wheel(str(out), dict(settings) or None), meanwhile)

    def build_requires(self, source: Path, system: BuildSystem, settings: Mapping[str, object]) -> object:
        """Call ``get_requires_for_build_wheel`` and return its answer, which is whatever the backend says.

        Raises:
            ActionError: as `build_wheel`.
        """
        name = "get_requires_for_build_wheel"
        return self._call(
            name, source, system, lambda hooks: hooks.get_requires_for_build_wheel(dict(settings) or None)
        )

    def metadata(self, source: Path, system: BuildSystem, out: Path, settings: Mapping[str, object]) -> object:
        """Call ``prepare_metadata_for_build_wheel``, or ``build_wheel`` where there is none; return the folder's name.

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
                f"The graph gives this build {_found(self._python)}{self._tail()}"
            ) from err
        except subprocess.CalledProcessError as err:
            raise ActionError(
                f"{name} of {system.backend} failed with exit code {err.returncode}{self._tail()}"
            ) from err
        except subprocess.TimeoutExpired as err:
            raise ActionError(
                f"{name} of {system.backend} did not end in {self._timeout:g} s; where it needs longer, build with "
                f"--//rules:build_timeout=SECONDS{self._tail()}"
            ) from err
        # A backend that writes the file of the answer itself makes anything of it.
        except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError) as err:
            raise ActionError(f"{name} of {system.backend} gave no answer: {err!r}{self._tail()}") from err
        return answer

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
        """pyproject-hooks' way to start a process: a group of its own, so that nothing outlives the build."""
        process = subprocess.Popen(
            cmd,
            cwd=cwd,
            env={**self._variables, **(extra_environ or {})},
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
            # A process that the backend left behind holds the pipe; it ends here, or with the sandbox.
            _kill_group(process)
            reader.join(_GRACE_SECONDS)
            if process.stdout and not reader.is_alive():
                process.stdout.close()
        if code:
            raise subprocess.CalledProcessError(code, cmd)

    def _tail(self) -> str:
        lines = self._log.read_bytes().decode("utf-8", "replace").splitlines() if self._log.exists() else []
        if not lines:
            return ". It printed nothing."
        last = lines[-_TAIL_LINES:]
        shown = "\n".join(f"  | {line[:500]}" for line in last)
        hint = _HINT if any(_NETWORK.search(line[:500]) for line in last) else ""
        missing = next((found[1] for line in last if (found := _NO_MODULE.search(line[:500]))), None)
        if missing is not None:
            hint += _missing_module(missing, self._python)
        return f". The last {len(last)} of {len(lines)} lines of its log:\n{shown}{hint}"


def _missing_module(module: str, python: Path) -> str:
    """Say what a build that imports a module has, and how to give it the module."""
    advice = _FORMER.get(module.partition(".")[0], "If the build needs it, name its package")
    return (
        f"\nNo module {module!r} in the build environment, which has {_found(python)}. {advice} in the setting "
        "project_override.update_build_requires and bootstrap again."
    )


def _why(error: BackendUnavailable) -> str:
    """Return the last line of the import's traceback; a module that is not in the source has only a message."""
    lines = str(error.traceback or "").strip().splitlines()
    return lines[-1] if lines else str(error)


def _found(python: Path) -> str:
    site = next(python.parent.parent.glob("lib/python*/site-packages"))
    names = sorted(path.name.removesuffix(".dist-info") for path in site.glob("*.dist-info"))
    return ", ".join(names) or "no build requirement at all"


def _wait(process: subprocess.Popen[bytes], timeout: float) -> int:
    """Wait in a thread, which notices the end at once: with a timeout `Popen.wait` looks again every 50 ms."""
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
    """Copy a build's output to its log; past the limit start the log over, keeping that it was cut."""
    written = 0
    with path.open("ab", buffering=0) as log:
        while chunk := os.read(source.fileno(), 1 << 16):
            if written > MAX_LOG:
                log.truncate(0)
                written = log.write(b"[the log passed its limit; what stood above this line was dropped]\n")
            written += log.write(chunk)
