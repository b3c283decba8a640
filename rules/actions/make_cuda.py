"""Action: merge the wheels of a CUDA release into the folders of one CUDA, and add what the wheels lack."""

import os
import re
import tempfile
from pathlib import Path
from typing import NamedTuple

from actions import arguments
from actions.archive.trees import files_below
from actions.archive.unpack import unpack_wheel
from actions.cuda.stub import write_stub
from actions.errors import ActionError
from actions.outputs import whole
from actions.world.world import ROOT

# The folder in which each wheel of CUDA 13 has its files.
_FOLDER = re.compile(r"nvidia/cu[0-9]+/")
# Parts that no build needs: notes of NVIDIA's own build, the compiler as a library, and the program by which
# `nvcc -arch=native` asks the machine for its GPU. The result would depend on the machine that builds.
_LEFT_OUT = re.compile(r"\.metadata/|lib/libnvvm\.so|bin/__nvcc_device_query")
# Newer wheels have these files in a folder from which their own relative paths lead nowhere.
_MOVED = ("cccl/lib/cmake/", "lib/cmake/")
_PROGRAMS = ("bin/", "nvvm/bin/")
_NEEDED = (
    "bin/nvcc",
    "bin/nvcc.profile",
    "bin/cudafe++",
    "bin/ptxas",
    "nvvm/bin/cicc",
    "include/cuda.h",
    "include/cuda_runtime.h",
)
# Where nvcc finds its other parts. The folder `bin` is a link in builds, so that its parent is another folder.
_TOP = re.compile(r"^(TOP\s*=\s*)\$\(_HERE_\)/\.\.\s*$", re.M)
_CUDA_VERSION = re.compile(r"^\s*#\s*define\s+CUDA_VERSION\s+([0-9]{1,9})\b", re.M)
_VERSIONED = re.compile(r"(lib\w+\.so)\.[0-9]+")


class Request(NamedTuple):
    """The wheels of one release, for one CPU."""

    version: str
    cpu: str
    wheel: tuple[Path, ...]
    zig: Path
    out_bin: Path
    out_include: Path
    out_lib: Path
    out_nvvm: Path


def main(argv: list[str]) -> None:
    """Run the action."""
    parser = arguments.Parser(description=__doc__)
    add = parser.add_argument
    add("--version", required=True, help="version, for messages")
    add("--cpu", required=True, help="CPU of the wheels")
    parser.add_list("--wheel", Path, help="wheel of CUDA; a later one replaces equal files of an earlier one")
    add("--zig", type=Path, required=True, help="program with clang and lld")
    for name in ("bin", "include", "lib", "nvvm"):
        add(f"--out-{name}", type=Path, required=True, help=f"folder `{name}` to write")
    request = Request(**parser.values(argv))
    outputs = {name.removeprefix("out_"): Path(getattr(request, name)) for name in Request._fields[4:]}
    try:
        with whole(request.out_bin), whole(request.out_include), whole(request.out_lib), whole(request.out_nvvm):
            make(request, outputs)
    except (ActionError, OSError) as err:
        raise ActionError(f"CUDA {request.version}: {err}") from err


def make(request: Request, outputs: dict[str, Path]) -> None:
    """Write the folders.

    Args:
        request: what to make.
        outputs: folders that exist, by their names in CUDA.

    Raises:
        ActionError: a wheel is refused, or the wheels lack a part.
    """
    # Next to an output: files are moved, and not copied.
    with tempfile.TemporaryDirectory(dir=request.out_bin.parent) as folder:
        for number, wheel in enumerate(request.wheel):
            into = Path(folder, str(number))
            into.mkdir()
            _move(unpack_wheel(wheel, into, _is_wanted), outputs)
        missing = [name for name in _NEEDED if not _place(name, outputs).exists()]
        if missing:
            raise ActionError(f"the wheels have no {', '.join(missing)}")
        _check_version(request.version, outputs["include"] / "cuda.h")
        _set_top(outputs["bin"] / "nvcc.profile")
        _add_names(outputs["lib"])
        stubs, work = outputs["lib"] / "stubs", Path(folder, "stub")
        stubs.mkdir(exist_ok=True)
        work.mkdir()
        write_stub(request.zig, request.cpu, outputs["include"] / "cuda.h", stubs / "libcuda.so", work)


def _is_wanted(name: str) -> bool:
    """Return whether a member of a wheel is unpacked."""
    match = _FOLDER.match(name)
    return match is not None and not name.endswith("/") and not _LEFT_OUT.match(name, match.end())


def _move(top: Path, outputs: dict[str, Path]) -> None:
    """Move the files of a wheel to their places."""
    for path in list(files_below(top)):
        name = path.relative_to(top).as_posix().partition("/")[2]
        if name.startswith(_MOVED[0]):
            name = _MOVED[1] + name.removeprefix(_MOVED[0])
        if name.partition("/")[0] in outputs:
            place = _place(name, outputs)
            place.parent.mkdir(parents=True, exist_ok=True)
            os.replace(path, place)
            place.chmod(0o755 if name.startswith(_PROGRAMS) else 0o644)


def _place(name: str, outputs: dict[str, Path]) -> Path:
    folder, _, below = name.partition("/")
    return outputs[folder] / below


def _check_version(version: str, header: Path) -> None:
    """Compare the version of the lock with that of the header: 13050 for CUDA 13.5."""
    found = _CUDA_VERSION.search(header.read_text(encoding="utf-8", errors="replace"))
    number = int(found[1]) if found else 0
    stated = f"{number // 1000}.{number % 1000 // 10}"
    if version.split(".")[:2] != stated.split("."):
        raise ActionError(f"the lock states this version, but cuda.h of the wheels is of CUDA {stated}")


def _set_top(profile: Path) -> None:
    """Write the constant path of CUDA into the configuration of nvcc."""
    text, count = _TOP.subn(rf"\g<1>{ROOT}/accelerator", profile.read_text())
    if count != 1:
        raise ActionError(f"{profile.name} does not set TOP as expected; it may be of a newer CUDA")
    profile.write_text(text)


def _add_names(folder: Path) -> None:
    """Give each shared library the name by which programs are linked with it: ``libcudart.so``."""
    for path in sorted(folder.iterdir()):
        match = _VERSIONED.fullmatch(path.name)
        if match and not (folder / match[1]).exists():
            os.link(path, folder / match[1])
