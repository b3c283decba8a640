"""Action: a source and the crates of its Cargo.lock become one archive that cargo builds from without a network."""

from pathlib import Path

import archives
import arguments
import crates
import source_archive
from errors import ActionError
from outputs import whole
from project import project_folder
from world import scratch


def main(argv: list[str]) -> None:
    """Run the action."""
    parser = arguments.Parser()
    add = parser.add_argument
    add("--package", required=True)
    add("--version", required=True)
    add("--source", type=Path, required=True, help="source archive")
    add("--build-dir", default=".", help="folder that holds the project")
    add("--out", type=Path, required=True, help="archive to write")
    arguments.add_crates(parser)
    args = parser.parse_args(argv)
    try:
        with whole(args.out), scratch() as folder:
            tree = archives.unpack(args.source, Path(folder))
            crates.vendor(args, project_folder(tree, args.build_dir), Path(folder))
            source_archive.write(tree, args.out, tree.name)
    except (ActionError, OSError) as err:
        raise ActionError(f"crates of {args.package} {args.version}: {err}") from err
