"""``canonicalize``: print the names of packages as Fromager spells them in the names of overrides."""

from collections.abc import Sequence

import click
from packaging.utils import InvalidName, canonicalize_name

from fromager_gen.errors import InputError, listed
from fromager_gen.names import override_name, problem_of_name


@click.command()
@click.argument("dist_name", metavar="[NAME]...", nargs=-1)
def canonicalize(dist_name: Sequence[str]) -> None:
    """Print each NAME as settings files, folders of patches and plugins must be named.

    \b
        fromager-gen canonicalize Flash-Attn    prints flash_attn
    """  # noqa: D301 - click needs the backslash
    problems = [problem for name in dist_name if (problem := _problem(name))]
    if problems:
        raise InputError(listed("names that can't be used for overrides", problems))
    for name in dist_name:
        click.echo(override_name(canonicalize_name(name)))


def _problem(name: str) -> str | None:
    try:
        return problem_of_name(canonicalize_name(name, validate=True))
    except InvalidName:
        return f"{name[:80]!r} is not a valid package name: use letters, digits, '.', '_' and '-'"
