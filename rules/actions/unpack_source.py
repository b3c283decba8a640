"""Program of the generator: unpack a source with the checks of the actions, so that cargo can read its manifests."""

from pathlib import Path

from actions import arguments
from actions.archive.unpack import unpack


def main(argv: list[str]) -> None:
    """Run the program."""
    parser = arguments.Parser()
    parser.add_argument("--source", type=Path, required=True, help="source archive")
    parser.add_argument("--into", type=Path, required=True, help="existing folder")
    values = parser.values(argv)
    unpack(values["source"], values["into"])
