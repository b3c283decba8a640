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
    """A file could not be had, or is not the one that was promised."""

    exit_code = 6


class WorkspaceError(GenError):
    """The workspace could not be written, or was changed by hand."""

    exit_code = 7


class BuildError(GenError):
    """Bazel was not found, or a build failed."""

    exit_code = 8


class ResolutionError(GenError):
    """No versions fit the requirements, or a source contradicts what the index says of it."""

    exit_code = 9


def listed(title: str, problems: Sequence[str]) -> str:
    """Return one message for all problems of one file: a lone one in a line, several as a list."""
    if len(problems) == 1:
        return f"{title}: {problems[0]}"
    rows = [f"  - {problem}" for problem in problems[:_SHOWN]]
    if len(problems) > _SHOWN:
        rows.append(f"  and {len(problems) - _SHOWN} more")
    return "\n".join([f"{title}: {len(problems)} problems", *rows])
