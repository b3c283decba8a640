"""Check a remote cache, and its workers, with a small action of a workspace of its own.

Bazel itself asks: it knows the protocols, certificates and credential helpers. It asks a server for its capabilities
when the first action of a build needs them.
"""

import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fromager_gen.bazel.program import Bazel
from fromager_gen.errors import FetchError

_SECONDS = 120
_RULE = """\
def _impl(ctx):
    out = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.run(executable = "/bin/sh", arguments = ["-c", ctx.attr.command, "sh", out.path], outputs = [out])
    return [DefaultInfo(files = depset([out]))]

check = rule(implementation = _impl, attrs = {"command": attr.string()})
"""
_BUILD = 'load(":check.bzl", "check")\n\ncheck(name = "check", command = {command})\n'
# Errors, and the warnings that are about the server.
_ABOUT_SERVER = re.compile(
    r"^(?:ERROR|FATAL|WARNING(?=: [^\n]*Remote Cache)): (?!.*did NOT complete)(.*)", re.MULTILINE
)


@dataclass(frozen=True)
class ServerCheck:
    """What a server lets this machine do."""

    can_write: bool
    """Whether results can be uploaded to the cache."""
    refusal: str = ""
    """Why they can't."""


def check_server(bazel: Bazel, rc: str, config: str, executor: str) -> ServerCheck:
    """Ask a server for its capabilities, and run an action with its cache and on its workers.

    Args:
        bazel: the program, and an empty folder in which it runs.
        rc: text of a .bazelrc that defines the configurations.
        config: name of the configuration of the cache.
        executor: name of that of the workers; empty if there are none.

    Raises:
        FetchError: the cache can't be read, or no worker runs an action; the text has Bazel's reason.
    """
    _write(bazel.workspace, rc)
    try:
        problem = _problem(bazel, [f"--config={config}", "--noremote_upload_local_results"])
        if problem:
            raise FetchError(f"the remote cache can't be read: {problem}. Check its address, certificates and headers")
        refusal = _problem(bazel, [f"--config={config}"])
        if executor:
            options = [f"--config={config}", f"--config={executor}", "--spawn_strategy=remote"]
            problem = _problem(bazel, [*options, "--noremote_accept_cached"])
            if problem:
                raise FetchError(f"the remote executor can't run an action: {problem}")
        return ServerCheck(can_write=not refusal, refusal=refusal)
    finally:
        bazel.call("clean", "--expunge", seconds=_SECONDS)


def _write(folder: Path, rc: str) -> None:
    texts = {"MODULE.bazel": "", ".bazelrc": rc, "check.bzl": _RULE}
    for name, text in texts.items():
        (folder / name).write_text(text)


def _problem(bazel: Bazel, options: Sequence[str]) -> str:
    """Build the action, which no cache has yet, and return what Bazel says against the server."""
    command = f'echo {secrets.token_hex(8)} >"$1"'
    (bazel.workspace / "BUILD.bazel").write_text(_BUILD.format(command=json.dumps(command)))
    limits = ["--remote_timeout=20", "--remote_retries=1", "--noremote_local_fallback"]
    shown = ["--color=no", "--curses=no", "--spawn_strategy=local"]
    result = bazel.call("build", *shown, *options, *limits, "//:check", seconds=_SECONDS)
    about = dict.fromkeys(" ".join(found.split()) for found in _ABOUT_SERVER.findall(result.stderr))
    if result.returncode or about:
        return "; ".join(about)[:1000] or f"Bazel ended with exit code {result.returncode}"
    return ""
