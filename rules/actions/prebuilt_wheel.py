"""Action: a wheel that the settings take as it is published, checked against the plan, in a folder of its own.

Its bytes stay as they are: it goes to users with its own hash.
"""

import shutil
import sys
from pathlib import Path

import arguments
import install_wheel
import record
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
    parser.add_argument("--strict", action="store_true", help="refuse what pip and uv overlook in RECORD")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args(argv)
    name = f"{args.package} {args.version}"
    try:
        wheel.check(args.wheel, Planned(args.package, args.version, frozenset(args.install_requires)))
        findings = _findings(args.wheel, args.strict)
    except Exception as err:  # whatever a damaged wheel makes the library raise
        raise ActionError(f"the pre-built wheel of {name} can't be taken: {err}") from err
    with whole(args.out, f"the pre-built wheel of {name}"):
        shutil.copyfile(args.wheel, args.out / args.wheel.name)
    if findings:
        # It names the package: the generator passes on what an action prints without Bazel's heading of it.
        taken = f"the published wheel {args.wheel.name} is taken, as pip and uv take it"
        print(f"WARNING: {name}: {taken}, although {'; '.join(findings)}", file=sys.stderr)


def _findings(path: Path, strict: bool) -> list[str]:
    """Return what pip and uv overlook in a wheel; where `strict` is set, that is an error."""
    with record.published(path) as source:
        findings = source.findings
    if strict and findings:
        raise ActionError(
            f"{path.name}: {'; '.join(findings)}. Without --strict-prebuilt (the target's `strict`) the wheel is taken "
            "with a warning, as pip and uv take it."
        )
    if strict:
        with install_wheel.validated(path):
            pass
    return findings
