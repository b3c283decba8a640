"""Action: a wheel that the settings take as it is published, checked against the plan, in a folder of its own."""

import shutil
from pathlib import Path

import arguments
import install_wheel
import wheel
from errors import ActionError
from outputs import whole
from planned import Planned


def main(argv: list[str]) -> None:
    """Run the action."""
    parser = arguments.Parser()
    parser.add_argument("--package", required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--wheel", type=Path, required=True)
    parser.add_argument("--install-requires", action="append", default=[])
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args(argv)
    try:
        wheel.check(args.wheel, Planned(args.package, args.version, frozenset(args.install_requires)))
        with install_wheel.validated(args.wheel):
            pass
    except Exception as err:  # whatever a damaged wheel makes the library raise
        raise ActionError(
            f"the pre-built wheel of {args.package} {args.version} is not the planned one: {err}"
        ) from err
    with whole(args.out, f"the pre-built wheel of {args.package} {args.version}"):
        shutil.copyfile(args.wheel, args.out / args.wheel.name)
