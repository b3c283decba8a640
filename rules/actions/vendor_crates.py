"""Action: pack a source and the crates of its Cargo.lock into one archive that cargo builds without a network."""

from pathlib import Path
from typing import NamedTuple

from actions import arguments
from actions.archive import pack
from actions.archive.unpack import unpack
from actions.crates.vendor import vendor
from actions.errors import ActionError
from actions.outputs import whole
from actions.source.project import project_folder
from actions.world.world import scratch


class Request(NamedTuple):
    """One source and its crates."""

    package: str
    version: str
    source: Path
    build_dir: str
    out: Path


def main(argv: list[str]) -> None:
    """Run the action."""
    parser = arguments.Parser(description=__doc__)
    add = parser.add_argument
    add("--package", required=True)
    add("--version", required=True)
    add("--source", type=Path, required=True, help="source archive")
    add("--build-dir", default=".", help="folder that contains the project")
    add("--out", type=Path, required=True, help="archive to write")
    arguments.add_crates(parser)
    values = parser.values(argv)
    crates = arguments.crates_request(values)
    request = Request(**values)
    try:
        with whole(request.out), scratch() as folder:
            tree = unpack(request.source, Path(folder))
            vendor(crates, project_folder(tree, request.build_dir), Path(folder))
            pack.write(tree, request.out, tree.name)
    except (ActionError, OSError) as err:
        raise ActionError(f"crates of {request.package} {request.version}: {err}") from err
