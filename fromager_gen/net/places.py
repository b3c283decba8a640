"""Text files that a user names by path or address."""

from pathlib import Path

import requests

from fromager_gen.addresses import is_address, without_credentials
from fromager_gen.errors import FetchError, InputError
from fromager_gen.net import bodies, http

_LARGEST = 16 << 20


def read_place(place: str, client: requests.Session) -> str:
    """Return the text at a path or address.

    Raises:
        InputError: the text cannot be read.
    """
    shown = without_credentials(place)
    if place.startswith(("http:", "https:")) and not is_address(place, "http", "https"):
        raise InputError(f"{shown} is not a valid address")
    try:
        if place.startswith(("http://", "https://")):
            response = bodies.read(client, place, largest=_LARGEST)
            response.raise_for_status()
            data = response.content
        else:
            data = Path(place.removeprefix("file://")).read_bytes()
    except requests.RequestException as err:
        raise FetchError(f"{shown}: can't be read: {http.reason(err)}") from None
    except (OSError, ValueError) as err:  # ValueError: the path contains a NUL
        raise InputError(f"{shown}: can't be read: {getattr(err, 'strerror', err)}") from None
    if len(data) > _LARGEST:
        raise InputError(f"{shown} has {len(data):,} bytes, which is too large for a list of requirements")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{shown}: is not valid UTF-8 text") from None
