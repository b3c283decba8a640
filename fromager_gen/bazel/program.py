"""The only module that starts Bazel."""

import logging
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fromager_gen.bazel.events import Event, Message, follow
from fromager_gen.contract import BAZEL_7_CONFIG, NEWEST_BAZEL, OLDEST_BAZEL
from fromager_gen.errors import BuildError, ToolError
from fromager_gen.execution import Logs, ResultTimes

_log = logging.getLogger(__name__)
_PROBE_SECONDS = 60
_CALL_SECONDS = 300
# Exit codes of builds that started, whose events contain all messages. See https://bazel.build/run/scripts#exit-codes.
_STARTED = (0, 1, 8)
# A retry builds again what the remote cache has lost.
_CACHE_LOST_FILE = 39
_RETRIES = 3


@dataclass(frozen=True)
class Bazel:
    """A Bazel program and the workspace in which it runs."""

    program: str
    workspace: Path
    major: int = 0
    """The major version."""
    startup: tuple[str, ...] = ()
    """Options before the command."""
    environment: Mapping[str, str] | None = None
    """All variables; None for those of this process."""
    umask: int = -1
    """The umask of the server and its actions; -1 for that of this process."""
    # Not arguments, so that a copy with another workspace begins with none.
    execution_logs: list[Path] = field(default_factory=list, init=False, compare=False)
    """Execution logs of the builds until now."""
    result_times: ResultTimes = field(default_factory=ResultTimes, init=False, compare=False)
    """How long the actions took whose results came from caches, in the builds until now."""

    @property
    def _configs(self) -> list[str]:
        return [f"--config={BAZEL_7_CONFIG}"] if self.major == 7 else []

    def build(self, targets: Sequence[str], options: Sequence[str], on_event: Callable[[Event], None]) -> None:
        """Build targets, and report the progress of Bazel as events while it runs.

        Raises:
            BuildError: the build failed. The events contain the reason.
        """
        with tempfile.TemporaryDirectory() as folder:
            events, patterns, errors, calls = (
                Path(folder, name) for name in ("events.json", "targets", "errors", "calls")
            )
            patterns.write_text("".join(f"{target}\n" for target in targets))
            command = [
                self.program, *self.startup, "build", *self._configs, *options, f"--target_pattern_file={patterns}",
                f"--build_event_json_file={events}", "--build_event_publish_all_actions", f"--remote_grpc_log={calls}",
                # Bazel would write the events of each of its own retries over those before.
                "--experimental_remote_cache_eviction_retries=0",
                # Name files by their local path, and not by their address in a remote cache.
                "--nobuild_event_json_file_path_conversion", "--color=no", "--curses=no", "--show_result=0",
            ]  # fmt: skip
            for _ in range(1 + _RETRIES):
                events.write_bytes(b"")
                code = self._run([*command, *self._execution_log(options)], events, errors, on_event)
                self.result_times.add_calls(calls)
                if code != _CACHE_LOST_FILE:
                    break
            if code not in _STARTED:
                # No event contains the reason why Bazel could not start the build.
                on_event(Message(errors.read_text(errors="replace").strip()[-4000:]))
        if code:
            raise BuildError(_reason(code))

    def _execution_log(self, options: Sequence[str]) -> list[str]:
        """Return the option that writes the execution log of a build, which is kept in the workspace."""
        if any(option.startswith(("--execution_log", "--experimental_execution_log")) for option in options):
            return []
        path = Logs.of(self.workspace).new()
        self.execution_logs.append(path)
        # The name until Bazel 7.4, which later releases of 7 accept too. Bazel writes only one execution log.
        compact = f"--{'experimental_' if self.major == 7 else ''}execution_log_compact_file={path}"
        return [compact, "--execution_log_json_file=", "--execution_log_binary_file="]

    def start(self, targets: Sequence[str], options: Sequence[str]) -> subprocess.Popen[bytes]:
        """Start to build targets in the background, without output.

        The caller must wait for the process, or end it with SIGINT.
        """
        command = [self.program, *self.startup, "build", *self._configs, *options, *targets]
        _log.debug("in %s, in the background: %s", self.workspace, shlex.join(command))
        return subprocess.Popen(
            command, cwd=self.workspace, stdin=subprocess.DEVNULL, env=self.environment, umask=self.umask,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip

    def info(self, key: str) -> str:
        """Return a value of `bazel info`, such as the path of the repository cache.

        Raises:
            BuildError: Bazel can't answer.
        """
        result = self.call("info", *self._configs, key)
        if result.returncode:
            raise BuildError(f"`bazel info {key}` failed: {result.stderr.strip()[-1000:]}")
        return result.stdout.strip()

    def shutdown(self) -> None:
        """End the server of the workspace, if there is one. Errors are only logged: this runs after other work."""
        try:
            result = self.call("shutdown")
        except OSError as err:
            _log.debug("the server of Bazel in %s was not ended: %s", self.workspace, err)
        else:
            _log.debug("`bazel shutdown` in %s: exit code %d", self.workspace, result.returncode)

    def call(self, *arguments: str, seconds: int = _CALL_SECONDS) -> subprocess.CompletedProcess[str]:
        """Run a short command, and return its exit code and its output.

        Args:
            arguments: the command and its options.
            seconds: the time limit. A command that exceeds it is ended, and counts as failed.
        """
        command = [self.program, *self.startup, *arguments]
        _log.debug("in %s: %s", self.workspace, shlex.join(command))
        try:
            return subprocess.run(
                command, cwd=self.workspace, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
                check=False, timeout=seconds, env=self.environment, umask=self.umask, start_new_session=True,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(command, 1, "", f"ERROR: Bazel did not end within {seconds} s")

    def _run(self, command: Sequence[str], events: Path, errors: Path, on_event: Callable[[Event], None]) -> int:
        """Run Bazel in its own process group, and return its exit code.

        Ctrl-C then does not reach Bazel from the terminal. This function sends it SIGINT once, and waits until it ends.
        """
        _log.debug("in %s: %s", self.workspace, shlex.join(command))
        with errors.open("wb") as stderr:
            process = subprocess.Popen(
                command, cwd=self.workspace, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=stderr, env=self.environment, umask=self.umask, start_new_session=True,
            )  # fmt: skip
        ended = threading.Event()

        def wait() -> None:
            process.wait()
            ended.set()

        threading.Thread(target=wait, daemon=True).start()
        try:
            for event in follow(events, errors, ended):
                on_event(event)
            return process.wait()
        except BaseException:
            process.send_signal(signal.SIGINT)
            process.wait()
            raise


def find_bazel(workspace: Path) -> Bazel:
    """Find a supported Bazel: FROMAGER_GEN_BAZEL, the one next to this Python, then `bazel` and `bazelisk` on PATH.

    Raises:
        ToolError: there is none. The message lists the programs that were tried.
    """
    own = Path(sys.prefix, "bin", "bazel")
    chosen = os.environ.get("FROMAGER_GEN_BAZEL")
    on_path = [shutil.which(name) for name in ("bazel", "bazelisk")]
    candidates = [chosen] if chosen else [str(own) if own.exists() else None, *on_path]
    tried = []
    for program in dict.fromkeys(filter(None, candidates)):
        found = _probe(program)
        if isinstance(found, int):
            return Bazel(program, workspace, found)
        tried.append(f"{program} {found}")
    raise ToolError(
        f"no Bazel from version {OLDEST_BAZEL[0]}.{OLDEST_BAZEL[1]} to {NEWEST_BAZEL[0]} was found. "
        f"Tried: {'; '.join(tried) or 'bazel and bazelisk on PATH'}. "
        "Run `make setup` in a checkout to install one, or set FROMAGER_GEN_BAZEL to the path of another."
    )


def _probe(program: str) -> int | str:
    """Return the major version of a supported Bazel, or the reason why the program is not one."""
    try:
        result = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=_PROBE_SECONDS, check=False, cwd="/"
        )
    except (OSError, subprocess.TimeoutExpired) as err:
        return f"does not run ({err})"
    found = re.match(r"bazel (\d+)\.(\d+)", result.stdout)
    if result.returncode or not found:
        return f"is not Bazel ({(result.stdout + result.stderr).strip()[:100]!r})"
    fits = OLDEST_BAZEL <= [int(found[1]), int(found[2])] <= NEWEST_BAZEL
    return int(found[1]) if fits else f"is not a supported version ({result.stdout.strip()})"


def _reason(code: int) -> str:
    # https://bazel.build/run/scripts#exit-codes
    known = {
        1: "the build failed; the reason for each failure is shown above",
        8: "interrupted; a later build continues with the completed outputs",
        33: "Bazel ran out of memory; give it more in user.bazelrc: startup --host_jvm_args=-Xmx4g",
        34: "the remote cache or executor failed or cannot be reached; without it: --bazel-option=--remote_cache= "
        "--bazel-option=--remote_executor=",
        36: "this machine failed, for example because a disk is full or a folder cannot be written",
        37: "Bazel itself failed; see the file named by `bazel info server_log`",
        38: "the results could not be published to the build event service; the wheels are built, run again",
        39: "the remote cache lost a file that an action needs; run again, and Bazel builds the file again",
        45: "the results could not be published to the build event service; the wheels are built",
    }
    return known.get(code, "Bazel could not run the build; its message is shown above") + f" (Bazel's exit code {code})"
