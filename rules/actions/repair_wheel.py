"""Action: tag a wheel for the platform that it was built for, after a check that it runs there."""

import shutil
import sys
import zipfile
from pathlib import Path
from typing import NamedTuple

from actions import arguments
from actions.errors import ActionError
from actions.outputs import whole
from actions.wheel.wheel_file import only_wheel, retag

_SHOWN = 10


class Request(NamedTuple):
    """A wheel, and its platform."""

    wheel: Path
    tag: str
    cpu: str
    libraries: Path
    leaves: bool
    """Whether the wheel may need libraries that the platform does not have; its metadata names them."""
    out: Path


def main(argv: list[str]) -> None:
    """Run the action."""
    parser = arguments.Parser(description=__doc__)
    add = parser.add_argument
    add("--wheel", type=Path, required=True, help="folder that contains one wheel")
    add("--tag", required=True, help="platform tag, such as manylinux_2_17_x86_64")
    add("--cpu", required=True, help="CPU of the tag")
    add("--libraries", type=Path, required=True, help="zip with auditwheel and pyelftools")
    add("--leaves", action="store_true", help="let the wheel need libraries that the platform does not have")
    add("--out", type=Path, required=True, help="folder to write")
    request = Request(**parser.values(argv))
    wheel = only_wheel(request.wheel)
    with whole(request.out, wheel.name):
        if wheel.name.removesuffix(".whl").rpartition("-")[2].startswith("linux_"):
            _check(wheel, request)
            retag(wheel, request.out, request.tag)
        else:
            shutil.copyfile(wheel, request.out / wheel.name)


def _check(wheel: Path, request: Request) -> None:
    sys.path.append(str(request.libraries))
    from actions.wheel import elf, gpu, policy

    rules = policy.policy_of(request.libraries, request.tag, request.cpu)
    with zipfile.ZipFile(wheel) as opened:
        found = list(policy.problems(elf.elf_files(opened), rules, gpu.required(opened), request.leaves))
    if found:
        shown = "".join(f"\n  {problem}" for problem in found[:_SHOWN])
        more = f"\n  and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise ActionError(
            f"{wheel.name} does not run on every {request.tag} machine:{shown}{more}\n"
            "Build it for a platform with a newer C library, or change the package so that it does not need these."
        )
