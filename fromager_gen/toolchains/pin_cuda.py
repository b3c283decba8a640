"""Pin CUDA out of the wheels of an index: the metapackage `cuda-toolkit` states which versions belong together."""

import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import InvalidWheelFilename, canonicalize_name
from packaging.version import InvalidVersion, Version

from fromager_gen.addresses import without_credentials
from fromager_gen.contract import CPUS, CUDA_VERSIONS
from fromager_gen.errors import InputError, LockError
from fromager_gen.index_file import IndexFile
from fromager_gen.lock import LockedFile, locked_file
from fromager_gen.standards import requirement, version, wheel_filename
from fromager_gen.toolchains.file import GPU_ARCH, REPOSITORY
from fromager_gen.toolchains.model import CudaToolchain, ToolchainsLock
from fromager_gen.wheel_index import DAMAGES

if TYPE_CHECKING:
    import requests

    from fromager_gen.net import Index

_METAPACKAGE = "cuda-toolkit"
# Extras of the metapackage that a build with nvcc needs: the compilers, their headers, and the runtime.
_EXTRAS = ("nvcc", "nvvm", "crt", "cudart", "cccl")
# The first release whose wheels contain nvcc itself.
_OLDEST = Version("13.0")
# Compute capabilities of CUDA 13 and of some time after it. nvcc itself refuses those that it does not know.
_ARCHS = range(75, 200)
_MOST_METADATA = 1 << 20


def with_cuda(
    lock: ToolchainsLock, wanted: str, archs: Sequence[str], index: "Index", client: "requests.Session"
) -> tuple[ToolchainsLock, CudaToolchain]:
    """Add a CUDA to a lock for each CPU, in place of one of the same minor version; return one of them too.

    Args:
        lock: the lock.
        wanted: X.Y for the newest release of this version, or X.Y.Z.
        archs: GPU architectures, such as ``90`` or ``90a``.
        index: the index that has the wheels.
        client: from `net.session`.

    Raises:
        FetchError: the index can't be asked, or does not have the metapackage.
        InputError: the version or an architecture is not valid.
        LockError: the index does not have the version or a wheel of it.
    """
    _check_archs(archs)
    release, requirements = _release(wanted, index, client)
    files, added = dict(lock.files), []
    for cpu in CPUS:
        pinned = _wheels(requirements, cpu, release, index)
        files |= pinned
        added.append(CudaToolchain(tuple(dict.fromkeys(archs)), cpu, tuple(pinned), str(release)))
    kept = [one for one in lock.cuda if one.name != added[0].name]
    cudas = tuple(sorted((*kept, *added), key=lambda one: one.key))
    return replace(lock, files=files, cuda=cudas).without_unused_files(), added[-1]


def _check_archs(archs: Sequence[str]) -> None:
    for arch in archs:
        if not GPU_ARCH.fullmatch(arch) or int(arch.rstrip("af")) not in _ARCHS:
            raise InputError(
                f"{arch!r} is not an architecture of a GPU that CUDA 13 compiles for; name its compute capability "
                "without the dot, from 75 on, such as 80, 90a or 120"
            )


def _release(wanted: str, index: "Index", client: "requests.Session") -> tuple[Version, list[Requirement]]:
    """Return the newest release of a version, and what it consists of."""
    wheels = _metapackages(index)
    try:
        asked = version(wanted)
    except InvalidVersion as err:
        raise InputError(f"{wanted!r} is not a version of CUDA, such as {CUDA_VERSIONS[-1]}") from err
    found = max((one for one in wheels if one.release[: len(asked.release)] == asked.release), default=None)
    if found is None:
        newest = sorted({f"{one.major}.{one.minor}" for one in wheels if one >= _OLDEST}, key=Version)
        raise LockError(
            f"the index {without_credentials(index.url)} has no {_METAPACKAGE} {wanted}; it has "
            f"{', '.join(newest) or 'none with nvcc'}"
        )
    name = f"{found.major}.{found.minor}"
    if name not in CUDA_VERSIONS or found < _OLDEST:
        known = [one for one in CUDA_VERSIONS if Version(one) >= _OLDEST]
        raise LockError(f"CUDA {found} can't be pinned: only wheels of CUDA {', '.join(known)} are supported")
    return found, list(_requirements(*wheels[found], client))


def _metapackages(index: "Index") -> dict[Version, tuple[str, IndexFile]]:
    found = {}
    for filename, file in index.files(_METAPACKAGE).items():
        try:
            _, one, _, _ = wheel_filename(filename)
        except InvalidWheelFilename:
            continue
        # A release of NVIDIA has a plain version; the lock refuses others.
        if not file.yanked and str(one).replace(".", "").isdigit():
            found[one] = (filename, file)
    return found


def _requirements(filename: str, file: IndexFile, client: "requests.Session") -> Iterator[Requirement]:
    """Yield the requirements in the metadata of a wheel."""
    from fromager_gen.net import download  # noqa: PLC0415 - slow to import

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "metapackage.whl")
        download(client, file.url, path, file.sha256, lambda _: None)
        try:
            with zipfile.ZipFile(path) as wheel:
                (name,) = (one for one in wheel.namelist() if one.endswith(".dist-info/METADATA"))
                with wheel.open(name) as member:
                    text = member.read(_MOST_METADATA)
            for line in BytesHeaderParser().parsebytes(text).get_all("Requires-Dist", []):
                yield requirement(line)
        except (*DAMAGES, InvalidRequirement) as err:
            raise LockError(f"{filename} of the index can't be read: {err}") from err


def _wheels(requirements: list[Requirement], cpu: str, release: Version, index: "Index") -> dict[str, LockedFile]:
    """Return the wheels of a release for a CPU by the repositories that fetch them."""
    found = {}
    for extra in _EXTRAS:
        marked = {"extra": extra, "platform_machine": cpu, "sys_platform": "linux"}
        parts = [one for one in requirements if _applies(one, marked)]
        if not parts:
            raise LockError(f"{_METAPACKAGE} {release} has no part {extra} for Linux on {cpu}")
        for part in parts:
            name = f"cuda_{release.major}_{release.minor}_{canonicalize_name(part.name).replace('-', '_')}_{cpu}"
            wheel = _wheel(part, cpu, release, index)
            found[name] = locked_file(name, wheel.to_json(), REPOSITORY)
    return found


def _applies(part: Requirement, environment: dict[str, str]) -> bool:
    try:
        return part.marker is not None and part.marker.evaluate(environment)
    except ValueError:  # it compares what can't be compared
        return False


def _wheel(part: Requirement, cpu: str, release: Version, index: "Index") -> LockedFile:
    """Return the newest wheel that a requirement of the metapackage allows."""
    fitting = {}
    for filename, file in index.files(canonicalize_name(part.name)).items():
        try:
            _, one, _, tags = wheel_filename(filename)
        except InvalidWheelFilename:
            continue
        if not file.yanked and one in part.specifier and any(_is_for(tag.platform, cpu) for tag in tags):
            fitting[one] = (filename, file)
    where = without_credentials(index.url)
    if not fitting:
        raise LockError(
            f"the index {where} has no wheel of {part.name}{part.specifier} for Linux on {cpu}, which is part of "
            f"{_METAPACKAGE} {release}"
        )
    filename, file = fitting[max(fitting)]
    if file.sha256 is None:
        raise LockError(f"the index {where} does not state the sha256 of {filename}")
    return LockedFile(filename, file.sha256, file.size, url=without_credentials(file.url))


def _is_for(platform: str, cpu: str) -> bool:
    return platform.startswith("manylinux") and platform.endswith(f"_{cpu}")
