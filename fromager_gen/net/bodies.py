"""Read what a server sends, within bounds of size and time."""

import logging
import time
from collections.abc import Iterator

import requests
from urllib3.exceptions import DecodeError, LocationParseError, ProtocolError, ReadTimeoutError, SSLError

from fromager_gen.addresses import without_credentials

_log = logging.getLogger(__name__)
# To reach a server, and for it to say anything at all.
TIMEOUT = (10, 30)
LONGEST_DOWNLOAD = 1800
LARGEST_FILE = 4 << 30
# The greatest pages, of projects with a build each night, have thirty megabytes.
LONGEST_PAGE = 600
LARGEST_PAGE = 256 << 20
_CHUNK = 1 << 18


class TooLong(requests.exceptions.RequestException):
    """A server asks for a pause that nobody waits for, or sends more than anybody does."""


def read(
    client: requests.Session, url: str, headers: dict[str, str] | None = None, largest: int = LARGEST_PAGE
) -> requests.Response:
    """Ask for an address and return the answer with all of its body, whatever its status.

    Raises:
        requests.RequestException: there is no answer, or it is too large or does not end; see `reason`.
    """
    with get(client, url, headers) as response:
        # Where requests itself keeps what it has read: it would wait for a server that drips.
        response._content = b"".join(pieces(response, largest, LONGEST_PAGE))
    return response


def get(client: requests.Session, url: str, headers: dict[str, str] | None = None) -> requests.Response:
    """Ask for an address; the body is still to be read.

    Raises:
        requests.RequestException: there is no answer.
    """
    _log.debug("GET %s", without_credentials(url))
    try:
        return client.get(url, headers=headers, stream=True, timeout=TIMEOUT)
    except LocationParseError as err:  # requests lets through what is wrong with a host's name
        raise requests.exceptions.InvalidURL(str(err)) from err


def pieces(response: requests.Response, largest: int, longest: float) -> Iterator[bytes]:
    """Yield a body as it comes; requests' own way waits for whole pieces, which a server that drips never sends.

    Args:
        response: from `get`.
        largest: bytes that it may have.
        longest: seconds that it may take.

    Raises:
        requests.RequestException: it is cut short, too large, or does not end.
    """
    size, end = 0, time.monotonic() + longest
    try:
        while piece := response.raw.read1(_CHUNK, decode_content=True):
            yield piece
            size += len(piece)
            if size > largest or time.monotonic() > end:
                raise TooLong(f"more than {largest:,} bytes, or {longest} s")
    except ProtocolError as err:
        raise requests.exceptions.ChunkedEncodingError(err) from err
    except (ReadTimeoutError, SSLError) as err:
        raise requests.exceptions.ConnectionError(err) from err
    except DecodeError as err:
        raise requests.exceptions.ContentDecodingError(err) from err
