"""Action: a wheel that the settings take as it is published, checked against the plan, in a folder of its own.

Its bytes stay as they are: it goes to users with its own hash.
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
    """One published wheel, and what the plan says of it."""

    package: str
    version: str
    wheel: Path
    install_requires: tuple[str, ...]
    strict: bool
    """Whether faults of RECORD that pip and uv overlook are errors."""
    out: Path


def main(argv: list[str]) -> None:
    """Run the action."""
    request = _request(argv)
    name = f"{request.package} {request.version}"
    try:
        planned = Planned(request.package, request.version, frozenset(request.install_requires))
        wheel_file.check(request.wheel, planned)
        findings = _findings(request.wheel, request.strict)
    except Exception as err:  # whatever a damaged wheel makes the library raise
        raise ActionError(f"the pre-built wheel of {name} can't be taken: {err}") from err
    with whole(request.out, f"the pre-built wheel of {name}"):
        shutil.copyfile(request.wheel, request.out / request.wheel.name)
    if findings:
        # It names the package: the generator passes on what an action prints without Bazel's heading of it.
        taken = f"the published wheel {request.wheel.name} is taken, as pip and uv take it"
        print(f"WARNING: {name}: {taken}, although {'; '.join(findings)}", file=sys.stderr)


def _request(argv: list[str]) -> Request:
    parser = arguments.Parser(description=__doc__)
    parser.add_argument("--package", required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--wheel", type=Path, required=True)
    parser.add_list("--install-requires")
    parser.add_argument("--strict", action="store_true", help="refuse what pip and uv overlook in RECORD")
    parser.add_argument("--out", type=Path, required=True)
    return Request(**parser.values(argv))


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
