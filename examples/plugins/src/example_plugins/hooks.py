"""Hooks for all packages."""

import logging
import pathlib
import typing

from fromager import context
from packaging.requirements import Requirement
from packaging.tags import Tag
from packaging.version import Version

from example_plugins.notes import note

_log = logging.getLogger(__name__)


def post_bootstrap(
    ctx: context.WorkContext,
    req: Requirement,
    dist_name: str,
    dist_version: str,
    sdist_filename: pathlib.Path | None,
    wheel_filename: pathlib.Path | None,
) -> None:
    """Note each package of a bootstrap."""
    _log.info("bootstrapped %s: %s, %s", req, sdist_filename, wheel_filename)
    note(ctx.work_dir, f"post_bootstrap {dist_name} {dist_version}")


def post_build(
    ctx: context.WorkContext,
    req: Requirement,
    dist_name: str,
    dist_version: str,
    sdist_filename: pathlib.Path,
    wheel_filename: pathlib.Path,
) -> None:
    """Note each package that was built."""
    _log.info("built %s: %s, %s", req, sdist_filename, wheel_filename)
    note(ctx.work_dir, f"post_build {dist_name} {dist_version}")


def prebuilt_wheel(
    ctx: context.WorkContext, req: Requirement, dist_name: str, dist_version: str, wheel_filename: pathlib.Path
) -> None:
    """Note each published wheel."""
    _log.info("pre-built %s: %s", req, wheel_filename)
    note(ctx.work_dir, f"prebuilt_wheel {dist_name} {dist_version}")


def build_tag(
    *, ctx: context.WorkContext, req: Requirement, version: Version, wheel_tags: frozenset[Tag]
) -> typing.Sequence[str]:
    """Return the variant for the build tag, and whether the wheel is compiled. `wheels.build_tag_hook` names it."""
    is_compiled = any(tag.platform != "any" for tag in wheel_tags)
    return [ctx.variant, *(["compiled"] if is_compiled else [])]
