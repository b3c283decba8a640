"""Action: apply patches and project overrides to a source archive, and add the PKG-INFO of an sdist."""

from pathlib import Path
from typing import NamedTuple

from actions import arguments
from actions.archive import pack
from actions.archive.unpack import unpack
from actions.arguments import CratesRequest
from actions.crates.vendor import vendor
from actions.errors import ActionError
from actions.outputs import whole
from actions.source import changes, top_project
from actions.source.changes import Changes
from actions.source.project import override_requires, project_folder
from actions.world import priority
from actions.world.child import in_child
from actions.world.world import scratch


class Request(NamedTuple):
    """One source, and the changes to it."""

    package: str
    version: str
    source: Path
    build_dir: str
    project_at_top: bool
    """Whether pip can build the archive from its top-level folder, although the project is in `build_dir`."""
    out: Path
    changes: Changes
    crates: CratesRequest | None


def main(argv: list[str]) -> None:
    """Run the action."""
    request = _request(argv)
    try:
        with whole(request.out):
            if request.crates is None:
                _prepare(request)
            else:
                with in_child(lambda: _prepare_behind(request)) as prepared:
                    prepared()
    except (ActionError, OSError) as err:
        raise ActionError(f"{request.package} {request.version}: {err}") from err


def _request(argv: list[str]) -> Request:
    parser = arguments.Parser(description=__doc__)
    add = parser.add_argument
    add("--package", required=True)
    add("--version", required=True)
    add("--source", type=Path, required=True, help="archive as published")
    add("--build-dir", default=".", help="folder that contains the project")
    add("--project-at-top", action="store_true", help="let pip build the archive from its top-level folder")
    add("--out", type=Path, required=True, help="archive to write")
    changes.add_changes(parser)
    arguments.add_crates(parser)
    values = parser.values(argv)
    made, crates = changes.changes(values), arguments.optional_crates(values)
    return Request(**values, changes=made, crates=crates)


def _prepare_behind(request: Request) -> str:
    """Prepare the source at the lowest priority.

    An archive with crates has hundreds of megabytes to pack. No build waits for it, since builds read the crates from
    their own inputs.
    """
    priority.give_way()
    _prepare(request)
    return ""


def _prepare(request: Request) -> None:
    with scratch() as folder:
        tree = unpack(request.source, Path(folder))
        wanted = request.changes
        changes.add_submodules(wanted.submodule, tree)
        changes.apply_patches(wanted.patch, tree)
        project = project_folder(tree, request.build_dir)
        changes.apply_edits(wanted.edits, tree, project, request.package, request.version)
        if request.crates is not None:
            vendor(request.crates, project, Path(folder))
        if wanted.update_build_requires or wanted.remove_build_requires:
            override_requires(project, wanted.update_build_requires, wanted.remove_build_requires)
        for place in {tree, project}:
            _add_pkg_info(place, request.package, request.version)
        if request.project_at_top and project.resolve() != tree.resolve():
            top_project.write(tree, project)
        pack.write(tree, request.out, tree.name)


def _add_pkg_info(folder: Path, package: str, version: str) -> None:
    """Add a PKG-INFO if there is none, as in a source from git: some backends read the version from it."""
    path = folder / "PKG-INFO"
    if not path.exists():
        path.write_text(f"Metadata-Version: 1.0\nName: {package}\nVersion: {version}\nSummary: stub PKG-INFO\n")
