"""Action: a source archive after patches and project overrides, and with the PKG-INFO that an sdist has."""

import argparse
from pathlib import Path

import archives
import arguments
import crates
import patches
import priority
import source_archive
import top_project
from beside import beside
from errors import ActionError
from outputs import whole
from project import override_requires, project_folder
from world import scratch


def main(argv: list[str]) -> None:
    """Run the action."""
    parser = arguments.Parser()
    add = parser.add_argument
    add("--package", required=True)
    add("--version", required=True)
    add("--source", type=Path, required=True, help="archive as published")
    add("--patch", type=Path, action="append", default=[], help="patch file, in order")
    add("--build-dir", default=".", help="folder that holds the project")
    add("--project-at-top", action="store_true", help="let the archive be built at its top, as pip does")
    add("--update-build-requires", action="append", default=[])
    add("--remove-build-requires", action="append", default=[])
    add("--out", type=Path, required=True, help="archive to write")
    arguments.add_crates(parser)
    args = parser.parse_args(argv)
    try:
        with whole(args.out):
            if args.cargo_root is None:
                _prepare(args)
            else:
                with beside(lambda: _prepare_behind(args)) as prepared:
                    prepared()
    except (ActionError, OSError) as err:
        raise ActionError(f"{args.package} {args.version}: {err}") from err


def _prepare_behind(args: argparse.Namespace) -> str:
    """With crates there are hundreds of megabytes to pack, and no build waits for them: they are read from inputs."""
    priority.give_way()
    _prepare(args)
    return ""


def _prepare(args: argparse.Namespace) -> None:
    with scratch() as folder:
        tree = archives.unpack(args.source, Path(folder))
        for patch in args.patch:
            patches.apply(patch, tree)
        project = project_folder(tree, args.build_dir)
        if args.cargo_root is not None:
            crates.vendor(args, project, Path(folder))
        if args.update_build_requires or args.remove_build_requires:
            override_requires(project, args.update_build_requires, args.remove_build_requires)
        for place in {tree, project}:
            _add_pkg_info(place, args.package, args.version)
        if args.project_at_top and project.resolve() != tree.resolve():
            top_project.write(tree, project)
        source_archive.write(tree, args.out, tree.name)


def _add_pkg_info(folder: Path, package: str, version: str) -> None:
    """A source from git has none, and backends that take the version from it would fail."""
    path = folder / "PKG-INFO"
    if not path.exists():
        path.write_text(f"Metadata-Version: 1.0\nName: {package}\nVersion: {version}\nSummary: stub PKG-INFO\n")
