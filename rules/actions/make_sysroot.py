"""Action: make a C and C++ toolchain for one target out of the wheel `ziglang`."""

from pathlib import Path
from typing import NamedTuple

from actions import arguments
from actions.errors import ActionError
from actions.outputs import whole
from actions.sysroot.make import Outputs, make
from actions.sysroot.target import CPUS, LIBCS, Target, checked
from actions.world.world import ROOT


class Request(NamedTuple):
    """One toolchain."""

    wheel: Path
    exec_cpu: str
    cpu: str
    libc: str
    glibc: str
    out_sysroot: Path
    out_driver: Path
    out_zig: Path


def main(argv: list[str]) -> None:
    """Run the action."""
    parser = arguments.Parser(description=__doc__)
    add = parser.add_argument
    add("--wheel", type=Path, required=True, help="wheel of ziglang for the machine that compiles")
    add("--exec-cpu", required=True, choices=CPUS, help="processor of the machine that compiles")
    add("--cpu", required=True, help="processor to compile for")
    add("--libc", required=True, help=f"C library to compile for: {' or '.join(LIBCS)}")
    add("--glibc", default="", help="oldest version of glibc that the code runs with")
    add("--out-sysroot", type=Path, required=True, help="tar of headers and libraries to write")
    add("--out-driver", type=Path, required=True, help="program to write, which starts the compiler and its tools")
    add("--out-zig", type=Path, required=True, help="copy of zig to write")
    request = Request(**parser.values(argv))
    target = Target(request.cpu, request.libc, request.glibc)
    place = ROOT / "make-sysroot"
    try:
        with whole(request.out_sysroot), whole(request.out_driver), whole(request.out_zig):
            outputs = Outputs(request.out_sysroot, request.out_driver, request.out_zig)
            make(request.wheel, request.exec_cpu, checked(target), f"{ROOT}/cc", place, outputs)
    except FileExistsError as err:
        raise ActionError(f"toolchain for {target.zig}: {err}: this action shares /tmp with another one") from err
    except (ActionError, OSError) as err:
        raise ActionError(f"toolchain for {target.zig}: {err}") from err
