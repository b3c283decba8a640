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
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fromager_gen.bazel.events import Event, Message, follow
from fromager_gen.contract import BAZEL_7_CONFIG, NEWEST_BAZEL, OLDEST_BAZEL
from fromager_gen.errors import BuildError, ToolError

_log = logging.getLogger(__name__)
_PROBE_SECONDS = 60
# Exit codes of builds that began: their events have said all.
_TOLD = (0, 1, 8)


@dataclass(frozen=True)
class Bazel:
    """A Bazel program and the workspace it works in."""

    program: str
    workspace: Path
    major: int = 0
    """The major version."""

    @property
    def _configs(self) -> list[str]:
        return [f"--config={BAZEL_7_CONFIG}"] if self.major == 7 else []

    def build(self, targets: Sequence[str], options: Sequence[str], on_event: Callable[[Event], None]) -> None:
        """Build targets; what Bazel does comes as events while it runs.

        Raises:
            BuildError: the build failed; the events have said why.
        """
        with tempfile.TemporaryDirectory() as folder:
            events, patterns, errors = (Path(folder, name) for name in ("events.json", "targets", "errors"))
            events.touch()
            patterns.write_text("".join(f"{target}\n" for target in targets))
            command = [
                self.program, "build", *self._configs, *options, f"--target_pattern_file={patterns}",
                f"--build_event_json_file={events}", "--build_event_publish_all_actions",
                # Files by their place here, where a remote cache would have them by its own address.
                "--nobuild_event_json_file_path_conversion", "--color=no", "--curses=no", "--show_result=0",
            ]  # fmt: skip
            code = self._run(command, events, errors, on_event)
            if code not in _TOLD:
                # What kept Bazel from beginning a build is in none of its events.
                on_event(Message(errors.read_text(errors="replace").strip()[-4000:]))
        if code:
            raise BuildError(_reason(code))

    def start(self, targets: Sequence[str], options: Sequence[str]) -> subprocess.Popen[bytes]:
        """Begin to build targets, telling nobody; whoever asked waits for the process, or ends it by SIGINT."""
        command = [self.program, "build", *self._configs, *options, *targets]
        _log.debug("in %s, in the background: %s", self.workspace, shlex.join(command))
        return subprocess.Popen(
            command, cwd=self.workspace, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip

    def _run(self, command: Sequence[str], events: Path, errors: Path, on_event: Callable[[Event], None]) -> int:
        """Run Bazel in a group of its own: Ctrl-C then reaches it once, from us, and we wait until it has stopped."""
        _log.debug("in %s: %s", self.workspace, shlex.join(command))
        with errors.open("wb") as stderr:
            process = subprocess.Popen(
                command, cwd=self.workspace, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=stderr, start_new_session=True,
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
    """Find a Bazel that works: FROMAGER_GEN_BAZEL, the one beside this Python, then `bazel` and `bazelisk` on PATH.

    Raises:
        ToolError: none works; with what was tried.
    """
    beside = Path(sys.prefix, "bin", "bazel")
    chosen = os.environ.get("FROMAGER_GEN_BAZEL")
    on_path = [shutil.which(name) for name in ("bazel", "bazelisk")]
    candidates = [chosen] if chosen else [str(beside) if beside.exists() else None, *on_path]
    tried = []
    for program in dict.fromkeys(filter(None, candidates)):
        found = _probe(program)
        if isinstance(found, int):
            return Bazel(program, workspace, found)
        tried.append(f"{program} {found}")
    raise ToolError(
        f"no Bazel from {OLDEST_BAZEL[0]}.{OLDEST_BAZEL[1]} to {NEWEST_BAZEL[0]} was found. "
        f"Tried: {'; '.join(tried) or 'bazel and bazelisk on PATH'}. "
        "`make setup` in a checkout brings one; FROMAGER_GEN_BAZEL names another."
    )


def _probe(program: str) -> int | str:
    """Return the major version of a Bazel that works, or why a program is not one."""
    try:
        result = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=_PROBE_SECONDS, check=False, cwd="/"
        )
    except (OSError, subprocess.TimeoutExpired) as err:
        return f"does not run ({err})"
    found = re.match(r"bazel (\d+)\.(\d+)", result.stdout)
    if result.returncode or not found:
        return f"is no Bazel ({(result.stdout + result.stderr).strip()[:100]!r})"
    fits = OLDEST_BAZEL <= [int(found[1]), int(found[2])] <= NEWEST_BAZEL
    return int(found[1]) if fits else f"is another version ({result.stdout.strip()})"


def _reason(code: int) -> str:
    known = {
        1: "the build failed; the reason of each failure is above",
        8: "interrupted; what was built stays built",
        36: "the remote cache or executor failed",
        37: "Bazel itself failed; see `bazel info server_log`",
        38: "the remote cache failed",
        39: "the remote cache lost a file; run again",
    }
    return known.get(code, "Bazel could not run the build; its message is above") + f" (Bazel's exit code {code})"
