"""Check requirements and constraints files, and whether the index has a version of each requirement."""

import logging
from collections.abc import Iterator, Sequence

from fromager_gen.bootstrap import read_texts
from fromager_gen.errors import GenError, ResolutionError, SettingsError
from fromager_gen.net import session
from fromager_gen.pipeline.lookup import looking_up
from fromager_gen.pipeline.options import GlobalOptions
from fromager_gen.resolve import Asked, Text, applies, best_version, lint_texts

_log = logging.getLogger(__name__)


def lint_requirements(
    options: GlobalOptions, places: Sequence[str], resolves: bool, index_url: str | None = None
) -> list[str]:
    """Return the problems of files, each with its file and line; the list is empty if there are none.

    Args:
        options: the options before the command.
        places: paths and addresses of files; those that end with ``constraints.txt`` contain constraints.
        resolves: whether to look up the version of each requirement whose marker holds.
        index_url: the default index, or None for the index in pip's configuration.

    Raises:
        InputError: a constraints file before the command can't be used.
        FetchError: the index can't be reached.
        SettingsError: settings are not valid, and requirements are looked up.
    """
    texts: list[Text] = []
    problems: list[str] = []
    with session() as client:
        for place in places:
            try:
                texts += read_texts([place], client)
            except GenError as err:
                problems.append(str(err))
    linted = lint_texts(texts)
    problems += linted.problems
    if resolves:
        problems += _unresolved(options, linted.requirements, index_url)
    return problems


def _unresolved(options: GlobalOptions, requirements: Sequence[Asked], index_url: str | None) -> Iterator[str]:
    """Yield a problem for each requirement without a version; a requirement by address needs no index."""
    with looking_up(options, index_url) as lookup:
        named = [one for one in requirements if one.requirement.url is None]
        wanted = [one for one in named if applies(one.requirement, (), lookup.variables)]
        lookup.finder.prefetch({one.name for one in wanted})
        for one in wanted:
            try:
                found = best_version(one, lookup.finder, lookup.constraints, lookup.variables)
            except (ResolutionError, SettingsError) as err:
                yield f"{one.where}: {err}"
            else:
                _log.info("%s: %s resolves to %s", one.where, one.requirement, found.version)
