"""Change the pyproject.toml of a source."""

import pathlib
import typing

from packaging.requirements import Requirement

from fromager import _build
from fromager._missing import names_of


def apply_project_override(ctx: typing.Any, req: Requirement, sdist_root_dir: pathlib.Path) -> None:
    """Change build-system.requires by the setting ``project_override``, and add a PKG-INFO if there is none."""
    from actions.source.project import override_requires

    data = _build.data("apply_project_override")
    update, remove = data.get("update_build_requires", ()), data.get("remove_build_requires", ())
    if update or remove:
        override_requires(ctx.package_build_info(req).build_dir(sdist_root_dir), update, remove)


__getattr__ = names_of(__name__)
