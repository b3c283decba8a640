"""The text of remote.bazelrc: the address of a team's server, and how this machine proves who it is.

The generated .bazelrc imports the file, and its configurations refer to the two that are defined here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

REMOTE_RC = "remote.bazelrc"
# Names of configurations. Bazel's error about an undefined one contains the name, so it is the command to run.
SERVER = "remote-init"
EXECUTOR = "remote-init-executor"

_HEAD = """\
# Written by `fromager-gen remote init`. It may contain credentials, so do not add it to version control. The
# configurations cache, cache-readonly, remote and ci of .bazelrc use it.
"""


@dataclass(frozen=True)
class RemoteServer:
    """A remote cache, with workers or without."""

    cache: str
    """Address of the cache: grpc, grpcs, http, https or unix."""
    executor: str = ""
    """Address of the service that runs actions on workers; empty without workers."""
    instance: str = ""
    """Name of the instance, for services that have several."""
    certificate: Path | None = None
    """Certificates that the server's certificate is checked with, in place of those of the machine."""
    client_certificate: Path | None = None
    client_key: Path | None = None
    headers: tuple[tuple[str, str], ...] = ()
    credential_helpers: tuple[str, ...] = ()
    """Programs that print the headers for an address; ``HOST=PROGRAM`` is for the addresses of one host."""


def remote_rc(server: RemoteServer) -> str:
    """Return the text of remote.bazelrc."""
    options = [("remote_cache", server.cache)]
    options += [("remote_instance_name", server.instance)] if server.instance else []
    files = {
        "tls_certificate": server.certificate,
        "tls_client_certificate": server.client_certificate,
        "tls_client_key": server.client_key,
    }
    options += [(name, str(path.absolute())) for name, path in files.items() if path is not None]
    options += [("remote_header", f"{name}={value}") for name, value in server.headers]
    options += [("credential_helper", helper) for helper in server.credential_helpers]
    lines = [_rc_line(SERVER, name, value) for name, value in options]
    if server.executor:
        lines.append(_rc_line(EXECUTOR, "remote_executor", server.executor))
    return _HEAD + "".join(f"{line}\n" for line in lines)


def property_lines(properties: Iterable[tuple[str, str]]) -> list[str]:
    """Return the lines that set execution properties for all builds."""
    return [_rc_line("", "remote_default_exec_properties", f"{name}={value}") for name, value in properties]


def _rc_line(config: str, name: str, value: str) -> str:
    """Return a line of a .bazelrc that sets an option of a build.

    Bazel splits a line into words like a shell, with quotes and backslashes: https://bazel.build/run/bazelrc

    Args:
        config: the configuration; empty for all builds.
        name: the option.
        value: text without line ends.
    """
    command = f"build:{config}" if config else "build"
    return f"{command} {_rc_word(f'--{name}={value}')}"


def _rc_word(text: str) -> str:
    """Return a text as one word of a .bazelrc."""
    if not text or set(text) & set(" \t\"'\\#"):
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return text
