"""Action: make a C and C++ toolchain for one target out of the wheel `ziglang`."""

import contextlib
from pathlib import Path
from typing import NamedTuple

from actions import arguments
from actions.errors import ActionError
from actions.outputs import whole
from actions.sysroot.make import Outputs, Toolchain, make
from actions.sysroot.target import CPUS, LIBCS, Target, checked
from actions.world.world import ROOT


class Request(NamedTuple):
    """One toolchain."""

    wheel: Path
    exec_cpu: str
    cpu: str
    libc: str
    glibc: str
    driver: Path | None
    package: tuple[Path, ...]
    """Debian packages with the headers and libraries; empty for those of the wheel."""
    out_sysroot: Path | None
    out_driver: Path | None
    out_zig: Path | None


def main(argv: list[str]) -> None:
    """Run the action."""
    parser = arguments.Parser(description=__doc__)
    add = parser.add_argument
    add("--wheel", type=Path, required=True, help="wheel of ziglang for the machine that compiles")
    add("--exec-cpu", required=True, choices=CPUS, help="processor of the machine that compiles")
    add("--cpu", required=True, help="processor to compile for")
    add("--libc", required=True, help=f"C library to compile for: {' or '.join(LIBCS)}")
    add("--glibc", default="", help="oldest version of glibc that the code runs with")
    add("--driver", type=Path, help="driver that was made for another target; default: compile it")
    parser.add_list("--package", Path, help="Debian package with headers and libraries; default: those of the wheel")
    add("--out-sysroot", type=Path, help="tar of headers and libraries to write")
    add("--out-driver", type=Path, help="program to write, which starts the compiler and its tools")
    add("--out-zig", type=Path, help="copy of zig to write")
    request = Request(**parser.values(argv))
    target = Target(request.cpu, request.libc, request.glibc)
    try:
        _make(request, checked(target))
    except FileExistsError as err:
        raise ActionError(f"toolchain for {target.zig}: {err}: this action shares /tmp with another one") from err
    except (ActionError, OSError) as err:
        raise ActionError(f"toolchain for {target.zig}: {err}") from err


def _make(request: Request, target: Target) -> None:
    toolchain = Toolchain(request.wheel, request.exec_cpu, target, f"{ROOT}/cc", request.driver, request.package)
    outputs = Outputs(request.out_sysroot, request.out_driver, request.out_zig)
    with contextlib.ExitStack() as stack:
        for path in outputs:
            if path is not None:
                stack.enter_context(whole(path))
        make(toolchain, ROOT / "make-sysroot", outputs)
