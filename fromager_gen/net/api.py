"""Lists of JSON objects in several pages, as the REST APIs of forges return them."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from fromager_gen.addresses import without_credentials
from fromager_gen.errors import FetchError
from fromager_gen.net import bodies
from fromager_gen.net.http import reason

_PAGES = 1000
_REDIRECTS = 5


def json_pages(client: requests.Session, url: str, headers: Mapping[str, str]) -> Iterator[list[Any]]:
    """Yield the lists of all pages. The address of the next page comes from the header ``Link``.

    Headers may contain a token, so an address on another server is never requested.

    Raises:
        FetchError: the server refuses the request or can't be reached, or the answer is not a list.
    """
    asked, following = url, url
    for _ in range(_PAGES):
        response = _answer(client, following, headers)
        try:
            page = json.loads(response.content)
        except (ValueError, RecursionError) as err:
            raise FetchError(f"{without_credentials(asked)}: the answer is not JSON: {err}") from err
        if not isinstance(page, list):
            raise FetchError(f"{without_credentials(asked)}: the answer is not a list")
        yield page
        more = response.links.get("next", {}).get("url")
        if not more:
            return
        following = _same_server(following, more)
    raise FetchError(f"{without_credentials(asked)}: the answer has more than {_PAGES} pages")


def _answer(client: requests.Session, url: str, headers: Mapping[str, str]) -> requests.Response:
    for _ in range(_REDIRECTS):
        try:
            response = bodies.read(client, url, dict(headers), redirects=False)
        except requests.RequestException as err:
            raise FetchError(f"{without_credentials(url)}: {reason(err)}") from err
        if response.is_redirect:
            url = _same_server(url, response.headers["Location"])
            continue
        if response.status_code == requests.codes.ok:
            return response
        raise FetchError(f"{without_credentials(url)}: the server answered {response.status_code} {response.reason}")
    raise FetchError(f"{without_credentials(url)}: the server redirects more than {_REDIRECTS} times")


def _same_server(url: str, link: str) -> str:
    target = urljoin(url, link)
    if urlsplit(target)[:2] != urlsplit(url)[:2]:
        raise FetchError(f"{without_credentials(url)}: the server refers to another one, {without_credentials(target)}")
    return target
