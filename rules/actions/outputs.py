"""Outputs of actions: written completely, or not at all."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from actions.errors import ActionError


@contextlib.contextmanager
def whole(out: Path, what: str = "") -> Iterator[None]:
    """Remove a partly written output if the rest can't be written.

    So half a wheel is never used as a wheel, and on a full disk Bazel has space to write the error message.

    Args:
        out: a file, or a folder that Bazel made; the folder itself is kept.
        what: the output's subject, for the error message; empty if the caller names it.

    Raises:
        ActionError: the output can't be written, and `what` is given.
    """
    try:
        yield
    except BaseException as err:
        with contextlib.suppress(OSError):
            _remove(out)
        if what and isinstance(err, OSError):
            raise ActionError(f"{what}: {err}") from err
        raise


def _remove(out: Path) -> None:
    if not out.is_dir():
        out.unlink(missing_ok=True)
        return
    for path in out.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
