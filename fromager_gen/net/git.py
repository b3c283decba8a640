"""Git repositories: resolve a ref to a commit, and create the archive of a commit."""

import logging
import os
import re
import shlex
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from fromager_gen.addresses import hide_credentials
from fromager_gen.contract import GIT_SETTINGS, GIT_TIMEOUT
from fromager_gen.errors import FetchError, ToolError

_log = logging.getLogger(__name__)
_running: set[subprocess.Popen[str]] = set()


def resolve_commit(remote: str, ref: str) -> str:
    """Return the commit of a tag or branch, or of ``HEAD``. A full commit hash is returned unchanged.

    Raises:
        FetchError: the repository cannot be reached, or it does not have the ref.
    """
    return ref if re.fullmatch(r"[0-9a-f]{40}", ref) else _resolve(remote, ref)


def write_archive(remote: str, commit: str, prefix: str, archive: Path) -> None:
    """Write a commit as a tar, in the same way as the repository rule `git_archive`. Only this commit is fetched.

    Raises:
        FetchError: the commit cannot be fetched.
    """
    with tempfile.TemporaryDirectory() as folder:
        run_git(remote, ["init", "--quiet", "--bare", folder])
        run_git(remote, ["fetch", "--quiet", "--depth=1", "--", remote, commit], folder)
        output = f"--output={archive.absolute()}"
        run_git(remote, ["archive", "--format=tar", f"--prefix={prefix}/", output, commit], folder)


def _resolve(remote: str, ref: str) -> str:
    """Prefer the commit of a tag (`^{}`) to the tag object, and a tag to a branch of the same name."""
    lines = run_git(remote, ["ls-remote", "--", remote]).splitlines()
    found = {name: commit for commit, _, name in (line.partition("\t") for line in lines)}
    for name in (f"refs/tags/{ref}^{{}}", f"refs/tags/{ref}", f"refs/heads/{ref}", ref):
        if name in found:
            return found[name]
    tags = [name.removeprefix("refs/tags/") for name in found if name.startswith("refs/tags/") and "^" not in name]
    raise FetchError(
        f"{remote} has no tag, branch or commit {ref!r}; its latest tags: {', '.join(tags[-5:]) or 'none'}"
    )


def end_running() -> None:
    """End the git processes of abandoned threads."""
    for process in tuple(_running):
        _end(process)


def run_git(remote: str, arguments: list[str], folder: str | None = None) -> str:
    """Run git without prompts, and with the settings of the repository rule, and return its output.

    Args:
        remote: address of the repository, for errors.
        arguments: the arguments of git.
        folder: the folder to run it in.

    Raises:
        FetchError: git fails, or takes too long.
        ToolError: git is missing.
    """
    command = ["git", *(word for setting in GIT_SETTINGS for word in ("-c", setting)), *arguments]
    _log.debug("%s", hide_credentials(shlex.join(command)))
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    try:
        code, output, errors = _run(command, environment, folder)
    except FileNotFoundError:
        raise ToolError(f"{remote}: a git source needs git, but git is not on PATH; install it") from None
    except subprocess.TimeoutExpired:
        raise FetchError(f"{remote}: git did not finish within {GIT_TIMEOUT} s") from None
    if code:
        raise FetchError(f"{remote}: git {arguments[0]} failed: {hide_credentials(errors.strip()[-500:])}")
    return output


def _run(command: list[str], environment: dict[str, str], folder: str | None) -> tuple[int, str, str]:
    """Run git in its own session, so that its child processes, such as the transport helper, end with it."""
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        errors="replace", env=environment, cwd=folder, start_new_session=True,
    ) as process:  # fmt: skip
        _running.add(process)
        try:
            output, errors = process.communicate(timeout=GIT_TIMEOUT)
        except BaseException:
            _end(process)
            raise
        finally:
            _running.discard(process)
        return process.returncode, output, errors


def _end(process: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
