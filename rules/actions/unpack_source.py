"""Program: unpack a source. No rule runs it: the generator does, so that cargo can read the manifests."""

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
