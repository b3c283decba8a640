"""Upload wheels to a repository with the library twine, with its settings and credentials.

See https://twine.readthedocs.io/.
"""

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import requests

from fromager_gen.addresses import hide_credentials, without_credentials
from fromager_gen.errors import FetchError, InputError, ToolError
from fromager_gen.net import reason, session

if TYPE_CHECKING:
    from twine.repository import Repository
    from twine.settings import Settings

_SHOWN = 500


class Uploader:
    """A repository, and the credentials for it. The environment, `.pypirc` and keyring are read as twine reads them."""

    def __init__(self, address: str, dry_run: bool = False) -> None:
        """Find the credentials. A user is asked for them only at a terminal.

        Args:
            address: address for uploads.
            dry_run: whether to upload nothing; no credentials are needed then.

        Raises:
            ToolError: twine is not installed.
            InputError: there are no credentials, or the settings of twine are not valid.
        """
        _check_twine()
        self._address = without_credentials(address)
        self._repository: Repository | None = None
        if not dry_run:
            with self._explained():
                self._repository = _settings(address).create_repository()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, traceback: TracebackType | None) -> None:
        """Close the connection."""
        if self._repository is not None:
            self._repository.close()

    def upload(self, wheel: Path, done: str) -> bool:
        """Upload a wheel. Return whether it is new; a repository may respond that it has the file.

        Args:
            wheel: the wheel.
            done: what was published before, for the error.

        Raises:
            FetchError: the repository refuses the wheel, or can't be reached.
            InputError: twine refuses the wheel, for example because of its metadata.
        """
        if self._repository is None:
            return True
        from twine.commands.upload import skip_upload  # noqa: PLC0415 - optional
        from twine.package import PackageFile  # noqa: PLC0415 - optional

        # twine prints a line for each file, as this package does.
        with self._explained(f"{wheel.name}: ", f"; {done}"), contextlib.redirect_stdout(io.StringIO()):
            package = PackageFile.from_filename(str(wheel), None)
            response = self._repository.upload(package)
        if response.ok and not response.is_redirect:
            return True
        if skip_upload(response, True, package):
            return False
        raise FetchError(f"{wheel.name}: {self._address} {_refusal(response)}; {done}")

    @contextlib.contextmanager
    def _explained(self, subject: str = "", done: str = "") -> Iterator[None]:
        """Convert errors of twine and requests."""
        from twine.exceptions import NonInteractive, TwineException  # noqa: PLC0415 - optional

        try:
            yield
        except NonInteractive as err:
            raise InputError(
                f"{self._address}: {err} Set TWINE_USERNAME and TWINE_PASSWORD, or add the address to ~/.pypirc"
            ) from err
        except TwineException as err:
            raise InputError(f"{subject}{self._address}: {hide_credentials(str(err))}{done}") from err
        except requests.RequestException as err:
            raise FetchError(f"{subject}{self._address} can't be reached: {reason(err)}{done}") from err


def _check_twine() -> None:
    try:
        import twine  # noqa: F401, PLC0415 - optional
    except ImportError:
        raise ToolError(
            "uploads need the library twine, which is not installed: pip install 'fromager-gen[publish]'"
        ) from None


def _settings(address: str) -> "Settings":
    """Return twine's settings for an address; those of a section in `.pypirc` if one has the address."""
    from twine.settings import Settings  # noqa: PLC0415 - optional
    from twine.utils import DEFAULT_CONFIG_FILE, get_config  # noqa: PLC0415 - optional

    with session() as client:
        trusted = client.verify if isinstance(client.verify, str) else None
    try:
        sections = get_config(DEFAULT_CONFIG_FILE)
    except Exception as err:  # of configparser, whose text may contain passwords
        raise InputError(f"{DEFAULT_CONFIG_FILE} can't be read: {type(err).__name__}") from None
    named = [name for name, one in sections.items() if (one.get("repository") or "").rstrip("/") == address.rstrip("/")]
    return Settings(
        username=os.environ.get("TWINE_USERNAME"),
        password=os.environ.get("TWINE_PASSWORD"),
        cacert=os.environ.get("TWINE_CERT") or trusted,
        non_interactive=not sys.stdin.isatty() or bool(os.environ.get("TWINE_NON_INTERACTIVE")),
        disable_progress_bar=True,
        repository_name=next(iter(named), ""),
        repository_url=None if named else address,
    )


def _refusal(response: requests.Response) -> str:
    """Return the status of a response, and the beginning of its text in one line."""
    if response.is_redirect:
        return f"redirects the upload to {without_credentials(response.headers['Location'])}; use that address"
    text = " ".join(response.text.split())[:_SHOWN]
    shown = "".join(character for character in text if character.isprintable())
    return f"answered {response.status_code} {response.reason}{f': {shown}' if shown else ''}"
