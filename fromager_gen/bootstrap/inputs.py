"""Read requirements and constraints from the arguments, paths and addresses of the command line."""

from collections.abc import Iterable, Mapping

import requests

from fromager_gen.addresses import without_credentials
from fromager_gen.net import read_place
from fromager_gen.resolve import Asked, Constraints, Text, merge_constraints, parse_requirements, top_level


def read_texts(places: Iterable[str], client: requests.Session) -> list[Text]:
    """Read the text at each path or address.

    Raises:
        InputError: a path or address can't be read.
    """
    return [Text(without_credentials(place), read_place(place, client)) for place in places]


def read_requirements(
    arguments: Iterable[str], places: Iterable[str], variables: Mapping[str, str], client: requests.Session
) -> list[Asked]:
    """Return the top-level requirements whose markers hold, without duplicates, arguments first.

    Args:
        arguments: requirements of the command line.
        places: paths and addresses of requirements files.
        variables: variables of markers.
        client: session for requests to addresses.

    Raises:
        InputError: a file can't be read, or a line is not a valid requirement; the message names file and line.
    """
    return top_level(parse_requirements(arguments, read_texts(places, client)), variables)


def read_constraints(places: Iterable[str], variables: Mapping[str, str], client: requests.Session) -> Constraints:
    """Read and merge constraints files by Fromager's rules.

    Raises:
        InputError: a file can't be read, or a line is not a valid constraint; the message names file and line.
    """
    return merge_constraints(read_texts(places, client), variables)
