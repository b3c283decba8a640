"""Look up versions on package indexes with the settings and constraints of a collection."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone

import requests

from fromager_gen.bootstrap import own_sources, read_constraints, source_plugins
from fromager_gen.interpreter import full_version, minor_version
from fromager_gen.lock import WheelsRepo
from fromager_gen.net import session
from fromager_gen.overrides import Overrides, read_settings
from fromager_gen.pipeline.options import GlobalOptions, cache_folder
from fromager_gen.plugins import Plugins
from fromager_gen.resolve import Ages, Constraints, Finder, environment, indexes
from fromager_gen.standards import wheel_tags


@dataclass(frozen=True)
class Lookup:
    """What decides which versions on the indexes can be used."""

    finder: Finder
    overrides: Overrides
    """Only settings, with the indexes that plugins chose."""
    constraints: Constraints
    variables: dict[str, str]
    """Variables of markers."""
    client: requests.Session


@contextmanager
def looking_up(options: GlobalOptions, index_url: str | None = None) -> Iterator[Lookup]:
    """Read settings and constraints, and yield what is needed to ask indexes.

    Args:
        options: the options before the command.
        index_url: the default index, or None for the index in pip's configuration.

    Raises:
        InputError: a constraints file can't be read or has an invalid line.
        SettingsError: settings are not valid.
    """
    with session() as client:
        stated = Overrides(options.variant, read_settings(options.override_paths), plugins=Plugins.installed())
        variables = environment(full_version(options.python))
        constraints = read_constraints(options.constraints_files, variables, client)
        folders = (options.work_dir, options.wheels_repo, options.sdists_repo)
        plugins = source_plugins(stated, folders, constraints.specifiers(), client)
        overrides, listed = own_sources(stated, plugins, index_url, client)
        finder = Finder(
            indexes(overrides, client, index_url, cache_folder() / "pages"),
            overrides,
            variables["python_full_version"],
            wheel_tags(minor_version(options.python)),
            Ages(datetime.now(timezone.utc), options.min_release_age),  # noqa: UP017 - as in resolve/ages.py
            WheelsRepo(options.wheels_repo),
            own_source=listed,
        )
        yield Lookup(finder, overrides, constraints, variables, client)
