"""What an action writes: whole, or not at all."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from actions.errors import ActionError


@contextlib.contextmanager
def whole(out: Path, what: str = "") -> Iterator[None]:
    """Remove what has been written of an output where the rest can't be.

    Nobody then takes half a wheel for one; and on a full disk Bazel has room for the words that say so.

    Args:
        out: a file, or a folder that Bazel made and that stays.
        what: what it is of, for the error where nobody else names it.

    Raises:
        ActionError: it can't be written, and `what` is given.
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
