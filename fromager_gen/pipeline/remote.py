"""``remote``: the server that a workspace shares its cache with."""

import subprocess
import tempfile
from pathlib import Path

from fromager_gen.addresses import without_credentials
from fromager_gen.bazel import check_server, find_bazel
from fromager_gen.files import check_replaceable, write_text
from fromager_gen.overrides import read_exec_properties
from fromager_gen.render import EXECUTOR, REMOTE_RC, SERVER, RemoteServer, property_lines, remote_rc
from fromager_gen.terminal import say, warn

_CONFIGS = "--config=cache-readonly", "--config=cache, --config=cache-readonly and --config=ci"


def init(workspace: Path, server: RemoteServer, settings_file: Path, check: bool = True) -> None:
    """Write the address of a server, and the credentials for it, to the untracked file of a workspace.

    Args:
        workspace: folder of the file; it may be generated later.
        server: the server.
        settings_file: the global settings, next to which the properties of workers are.
        check: whether to ask the server first. The file is written only if it answers.

    Raises:
        FetchError: the server does not answer, or refuses this machine.
        WriteError: the file can't be written. This is checked before the server is asked.
    """
    path = workspace / REMOTE_RC
    check_replaceable(path)
    text = remote_rc(server)
    properties = read_exec_properties(settings_file).of_all
    can_write = True
    if check:
        say(f"asking {without_credentials(server.cache)}")
        with tempfile.TemporaryDirectory() as folder:
            rc = text + "".join(f"{line}\n" for line in property_lines(properties))
            found = check_server(find_bazel(Path(folder)), rc, SERVER, EXECUTOR if server.executor else "")
        can_write = found.can_write
        if not can_write:
            warn(f"this machine can't write to the cache, so use --config=cache-readonly: {found.refusal}")
    write_text(path, text, is_private=True)
    workers = "; on workers with --config=remote" if server.executor else ""
    say(f"{path}: bazel build with {_CONFIGS[can_write]}{workers}")
    if _would_be_added(workspace):
        warn(f"git does not ignore {path}, which may contain credentials; add {REMOTE_RC} to .gitignore")


def _would_be_added(workspace: Path) -> bool:
    """Return whether git would add the file to its repository; False without git or a repository."""
    try:
        result = subprocess.run(
            ["git", "-C", str(workspace), "check-ignore", "-q", REMOTE_RC], capture_output=True, check=False
        )
    except OSError:
        return False
    return result.returncode == 1  # 0: ignored, 128: not a repository
