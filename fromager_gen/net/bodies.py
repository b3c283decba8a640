"""Read response bodies, with limits of size and time."""

import logging
import time
from collections.abc import Iterator

import requests
from urllib3.exceptions import DecodeError, LocationParseError, ProtocolError, ReadTimeoutError, SSLError

from fromager_gen.addresses import without_credentials

_log = logging.getLogger(__name__)
# In seconds, to connect to a server and to receive any data from it.
TIMEOUT = (10, 30)
LONGEST_DOWNLOAD = 1800
LARGEST_FILE = 4 << 30
# The largest pages have 30 megabytes. They belong to projects with nightly builds.
LONGEST_PAGE = 600
LARGEST_PAGE = 256 << 20
_CHUNK = 1 << 18


class TooLong(requests.exceptions.RequestException):
    """A server asks for a pause that is too long, or sends a body that is too large or takes too long."""


def read(
    client: requests.Session,
    url: str,
    headers: dict[str, str] | None = None,
    largest: int = LARGEST_PAGE,
    redirects: bool = True,
) -> requests.Response:
    """Request an address, and return the response with its whole body, also if the status is an error.

    Raises:
        requests.RequestException: there is no response, or its body is too large or takes too long; see `reason`.
    """
    with get(client, url, headers, redirects) as response:
        # The attribute in which requests keeps the body. requests itself has no time limit for the whole body.
        response._content = b"".join(pieces(response, largest, LONGEST_PAGE))
    return response


def get(
    client: requests.Session, url: str, headers: dict[str, str] | None = None, redirects: bool = True
) -> requests.Response:
    """Request an address, and return the response before its body is read.

    Raises:
        requests.RequestException: there is no response.
    """
    _log.debug("GET %s", without_credentials(url))
    try:
        return client.get(url, headers=headers, stream=True, timeout=TIMEOUT, allow_redirects=redirects)
    except LocationParseError as err:  # requests does not convert this error of an invalid host name
        raise requests.exceptions.InvalidURL(str(err)) from err


def pieces(response: requests.Response, largest: int, longest: float) -> Iterator[bytes]:
    """Yield the parts of a body as they arrive.

    requests waits until it has a whole chunk, which a very slow server may never complete.

    Args:
        response: from `get`.
        largest: limit of the size in bytes.
        longest: time limit in seconds.

    Raises:
        requests.RequestException: the body is incomplete, too large, or takes too long.
    """
    size, end = 0, time.monotonic() + longest
    try:
        while piece := response.raw.read1(_CHUNK, decode_content=True):
            yield piece
            size += len(piece)
            if size > largest or time.monotonic() > end:
                raise TooLong(f"the response is larger than {largest:,} bytes or takes longer than {longest} s")
    except ProtocolError as err:
        raise requests.exceptions.ChunkedEncodingError(err) from err
    except (ReadTimeoutError, SSLError) as err:
        raise requests.exceptions.ConnectionError(err) from err
    except DecodeError as err:
        raise requests.exceptions.ContentDecodingError(err) from err
