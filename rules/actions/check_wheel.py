"""Test: a wheel keeps what its tags promise. Each problem names a gate, a file and a rule."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from actions import arguments
from actions.contract import BUILD_ROOT
from actions.errors import ActionError
from actions.wheel import gpu, policy
from actions.wheel.top_modules import top_modules
from actions.wheel.wheel_file import only_wheel

if TYPE_CHECKING:
    from actions.wheel.elf import Elf

_TIMEOUT = 300


class Request(NamedTuple):
    """A wheel, and the platform that it was built for."""

    wheel: Path
    tag: str
    """Platform tag; empty for the platform of the machine."""
    cpu: str
    libraries: Path
    site: tuple[Path, ...]
    """Folders of site-packages with the wheel and its requirements; none if the wheel can't be imported here."""


def main(argv: list[str]) -> None:
    """Run the test."""
    parser = arguments.Parser(description=__doc__)
    add = parser.add_argument
    add("--wheel", type=Path, required=True, help="folder that contains one wheel")
    add("--tag", default="", help="platform tag, such as manylinux_2_17_x86_64")
    add("--cpu", default="", help="CPU of the tag")
    add("--libraries", type=Path, required=True, help="zip with auditwheel, pyelftools and abi3info")
    parser.add_list("--site", Path, help="folder of site-packages for the import")
    request = Request(**parser.values(argv))
    sys.path.append(str(request.libraries))
    wheel = only_wheel(request.wheel)
    with zipfile.ZipFile(wheel) as opened:
        found = list(_problems(wheel.name, opened, request))
    if found:
        raise ActionError(f"{wheel.name}:\n" + "\n".join(f"  {problem}" for problem in found))
    print(f"{wheel.name}: all gates passed")


def _problems(name: str, wheel: zipfile.ZipFile, request: Request) -> Iterator[str]:
    from actions.wheel import elf

    files = list(elf.elf_files(wheel))
    if request.tag:
        rules = policy.policy_of(request.libraries, request.tag, request.cpu)
        yield from (f"symbols: {problem}" for problem in policy.problems(files, rules, gpu.required(wheel)))
    for file in files:
        yield from _paths(file, wheel.read(file.path))
        yield from (f"instructions: {file.path} needs {level}" for level in sorted(file.features))
    if "-abi3-" in name:
        yield from _stable_abi(name, files)
    yield from _imports(wheel, request.site)


def _paths(file: "Elf", data: bytes) -> Iterator[str]:
    """Yield folders of the build in a file: these do not exist where the wheel is installed."""
    for path in file.run_paths:
        if path and not path.startswith("$ORIGIN"):
            yield f"paths: {file.path} searches libraries in {path}; only $ORIGIN is allowed"
    if BUILD_ROOT.encode() in _without_device_code(file, data):
        yield f"paths: {file.path} contains the path {BUILD_ROOT} of its build"


def _without_device_code(file: "Elf", data: bytes) -> bytes:
    """Return a file without its code for GPUs: nvcc notes the options of its linker in it."""
    for start, size in file.device_code:
        data = data[:start] + bytes(size) + data[start + size :]
    return data


def _stable_abi(name: str, files: "list[Elf]") -> Iterator[str]:
    """Yield symbols of Python beyond the stable ABI of the version in the wheel's tag."""
    from abi3info import DATAS, FUNCTIONS

    python = name.removesuffix(".whl").split("-")[-3].split(".")[0]
    version = (int(python[2]), int(python[3:] or 0))
    added = {symbol.name: found.added for table in (FUNCTIONS, DATAS) for symbol, found in table.items()}
    for file in files:
        for symbol in file.needed:
            if not symbol.name.startswith(("Py", "_Py")):
                continue
            since = added.get(symbol.name)
            if since is None:
                yield f"abi3: {file.path} needs {symbol.name}, which is not in the stable ABI"
            elif (since.major, since.minor) > version:
                yield f"abi3: {file.path} needs {symbol.name} of Python {since.major}.{since.minor}, not of {python}"


def _imports(wheel: zipfile.ZipFile, site: tuple[Path, ...]) -> Iterator[str]:
    """Import each top-level module in a new Python that sees only the wheel and its requirements."""
    for module in top_modules(wheel.namelist()) if site else ():
        paths = [os.path.abspath(path) for path in site]
        code = f"import sys; sys.path += {paths!r}; import {module}"
        command = [sys.executable, "-I", "-B", "-c", code]
        environment = {"HOME": "/nonexistent", "LC_ALL": "C.UTF-8", "TMPDIR": os.environ["TEST_TMPDIR"]}
        try:
            result = subprocess.run(command, capture_output=True, check=False, env=environment, timeout=_TIMEOUT)
        except subprocess.TimeoutExpired:
            yield f"import: {module} was not imported in {_TIMEOUT} s"
            continue
        if result.returncode:
            said = result.stderr.decode(errors="replace").strip().splitlines() or [f"exit code {result.returncode}"]
            if any(f"ImportError: {library}: cannot open shared object file" in said[-1] for library in gpu.DRIVER):
                print(f"{module} was not imported: this machine has no driver of a GPU")
                continue
            yield f"import: {module}: {said[-1][:300]}"
