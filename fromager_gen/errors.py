"""Errors that a user can mend: each is one message, without a traceback, and an exit code."""

from collections.abc import Sequence

_SHOWN = 20


class GenError(Exception):
    """Something the user gave or the world around made it impossible to go on.

    The message names the thing, what was found and what to do.
    """

    exit_code = 1


class InputError(GenError):
    """What was named on the command line can't be used: no such package, a file that is something else, a busy port."""

    exit_code = 2


class GraphError(GenError):
    """graph.json is damaged, or says what no build can do."""

    exit_code = 3


class BuildCycleError(GraphError):
    """A package needs itself, directly or not, in order to be built."""

    exit_code = 4


class SettingsError(GenError):
    """A setting, patch or override is wrong, or matches nothing."""

    exit_code = 5


class LockError(GenError):
    """The lock is damaged, a file can't be pinned, or a file is not the one that the lock or the index promises."""

    exit_code = 6


class WorkspaceError(GenError):
    """The workspace holds files that were changed by hand or belong to someone else, or another run works in it."""

    exit_code = 7


class BuildError(GenError):
    """A build failed."""

    exit_code = 8


class ResolutionError(GenError):
    """No versions fit the requirements, or a source contradicts what the index says of it."""

    exit_code = 9


class FetchError(LockError):
    """An index, a server or a git repository can't be reached, or does not have what was asked of it."""

    exit_code = 10


class SourceError(LockError):
    """A source archive is damaged, or its own files can't be read or contradict each other."""

    exit_code = 11


class WriteError(GenError):
    """A file or folder can't be written: no space, no permission, a read-only disk."""

    exit_code = 12


class ToolError(GenError):
    """A program that the machine must have is missing or has the wrong version: Bazel, Python, git, cargo."""

    exit_code = 13


def listed(title: str, problems: Sequence[str]) -> str:
    """Return one message for all problems of one file: a lone one in a line, several as a list."""
    if len(problems) == 1:
        return f"{title}: {problems[0]}"
    rows = [f"  - {problem}" for problem in problems[:_SHOWN]]
    if len(problems) > _SHOWN:
        rows.append(f"  and {len(problems) - _SHOWN} more")
    return "\n".join([f"{title}: {len(problems)} problems", *rows])
