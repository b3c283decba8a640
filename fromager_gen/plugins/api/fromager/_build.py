"""The build in whose action a plugin's function runs."""

import pathlib
from typing import Any

_state: dict[str, Any] = {}


def begin(call: dict[str, Any]) -> None:
    """Note the data of the build, as the action's program sends it."""
    _state.update(call)


def is_running() -> bool:
    """Return whether the code runs in the action of a build, not on the host."""
    return bool(_state)


def data(what: str) -> dict[str, Any]:
    """Return the data of the build.

    Args:
        what: the function that asks, for the error.

    Raises:
        RuntimeError: no build runs.
    """
    if not _state:
        raise RuntimeError(f"{what} can be called only in a build, and not by a function that runs on the host")
    return _state


def path(what: str, name: str) -> pathlib.Path:
    """Return a path of the build's data. See `data`."""
    return pathlib.Path(data(what)[name])
