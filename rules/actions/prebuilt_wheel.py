"""Action: check a pre-built wheel, which the settings take as published, against the plan and copy it to a folder.

Its bytes are unchanged, so that users can compare its hash with the published one.
"""

import shutil
import sys
from pathlib import Path
from typing import NamedTuple

from actions import arguments, install_wheel
from actions.errors import ActionError
from actions.outputs import whole
from actions.wheel import record, wheel_file
from actions.wheel.planned import Planned


class Request(NamedTuple):
    """One published wheel, and the plan's data about it."""

    package: str
    version: str
    wheel: Path
    install_requires: tuple[str, ...]
    strict: bool
    """Whether faults of RECORD that pip and uv ignore are errors."""
    out: Path


def main(argv: list[str]) -> None:
    """Run the action."""
    request = _request(argv)
    name = f"{request.package} {request.version}"
    try:
        planned = Planned(request.package, request.version, frozenset(request.install_requires))
        wheel_file.check(request.wheel, planned)
        findings = _findings(request.wheel, request.strict)
    except Exception as err:  # on a damaged wheel the library raises errors of many types
        raise ActionError(f"the pre-built wheel of {name} can't be used: {err}") from err
    with whole(request.out, f"the pre-built wheel of {name}"):
        shutil.copyfile(request.wheel, request.out / request.wheel.name)
    if findings:
        # The generator shows the output of an action without Bazel's heading, so the warning names the package.
        used = f"the published wheel {request.wheel.name} is used, as pip and uv would use it"
        print(f"WARNING: {name}: {used}, although {'; '.join(findings)}", file=sys.stderr)


def _request(argv: list[str]) -> Request:
    parser = arguments.Parser(description=__doc__)
    parser.add_argument("--package", required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--wheel", type=Path, required=True)
    parser.add_list("--install-requires")
    parser.add_argument("--strict", action="store_true", help="refuse faults of RECORD that pip and uv ignore")
    parser.add_argument("--out", type=Path, required=True)
    return Request(**parser.values(argv))


def _findings(path: Path, strict: bool) -> list[str]:
    """Return the faults of a wheel that pip and uv ignore; with `strict` they are an error."""
    with record.published(path) as source:
        findings = source.findings
    if strict and findings:
        raise ActionError(
            f"{path.name}: {'; '.join(findings)}. Without --strict-prebuilt (the target's `strict`) the wheel is used "
            "with a warning, as pip and uv would use it."
        )
    if strict:
        with install_wheel.validated(path):
            pass
    return findings
