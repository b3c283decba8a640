"""Errors that a user can fix. Each is shown as one message without a traceback, and has an exit code."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence

_SHOWN = 20


class GenError(Exception):
    """The command cannot continue because of its input or its environment.

    The message names the package or file, what happened, and what to do.
    """

    exit_code = 1

    def __init__(self, message: str = "", logged: Sequence[str] = ()) -> None:
        """Create an error.

        Args:
            message: the text for the user.
            logged: the same error in Fromager's words, for the log. Scripts look for them.
        """
        super().__init__(message)
        self.logged = tuple(logged)
        self.packages: tuple[str, ...] = ()
        """The graph's keys of the package versions that caused it; empty if the cause is not a package."""


class InputError(GenError):
    """An argument cannot be used: an unknown package, a file of another kind, or a port in use."""

    exit_code = 2


class GraphError(GenError):
    """graph.json is damaged or cannot be built."""

    exit_code = 3


class BuildCycleError(GraphError):
    """A package needs itself, directly or indirectly, to be built."""

    exit_code = 4


class SettingsError(GenError):
    """A setting, patch or override is invalid or matches nothing."""

    exit_code = 5


class LockError(GenError):
    """The lock is damaged, a file cannot be pinned, or a file differs from its hash in the lock or the index."""

    exit_code = 6


class WorkspaceError(GenError):
    """The workspace contains files that were edited or not generated, or is in use by another run."""

    exit_code = 7


class BuildError(GenError):
    """A build failed, made a damaged wheel, or did not run where it must."""

    exit_code = 8

    def __init__(self, message: str = "", logged: Sequence[str] = (), reasons: Mapping[str, str] | None = None) -> None:
        """Create an error.

        Args:
            message: the text for the user.
            logged: the same error in Fromager's words, for the log.
            reasons: why each package version failed, by the graph's key.
        """
        super().__init__(message, logged)
        self.reasons = dict(reasons or {})
        self.packages = tuple(self.reasons)


class ResolutionError(GenError):
    """No versions satisfy the requirements, or a source contradicts the metadata in the index."""

    exit_code = 9
    is_conflict = False
    """Whether only the requirements of the top level contradict each other, which may have versions separately."""
    unfit: tuple[str, ...] = ()
    """Requirements that no version fits, even without the others."""


class FetchError(LockError):
    """An index, a server or a git repository cannot be reached, or does not have the requested file or ref."""

    exit_code = 10


class SourceError(LockError):
    """A source archive is damaged, or its files cannot be read or contradict each other."""

    exit_code = 11


class WriteError(GenError):
    """A file or folder cannot be written: no space, no permission, or a read-only disk."""

    exit_code = 12


class ToolError(GenError):
    """A required program is missing or has an unsupported version: Bazel, Python, git, cargo, twine, or our rules."""

    exit_code = 13


class DifferenceError(GenError):
    """Two builds of a package have different wheels."""

    exit_code = 14


@contextlib.contextmanager
def about(key: str, kind: type[GenError] = GenError) -> Iterator[None]:
    """Note in an error which package version caused it, unless the error knows it.

    Args:
        key: the graph's key.
        kind: the class of errors that can only be caused by the package.
    """
    try:
        yield
    except kind as err:
        err.packages = err.packages or (key,)
        raise


def listed(title: str, problems: Sequence[str]) -> str:
    """Return one message for all problems of a file: a single problem in one line, several problems as a list."""
    if len(problems) == 1:
        return f"{title}: {problems[0]}"
    rows = [f"  - {problem}" for problem in problems[:_SHOWN]]
    if len(problems) > _SHOWN:
        rows.append(f"  and {len(problems) - _SHOWN} more")
    return "\n".join([f"{title}: {len(problems)} problems", *rows])
