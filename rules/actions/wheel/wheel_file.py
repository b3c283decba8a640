"""Check that a backend built the planned wheel, and pack the wheel reproducibly."""

import base64
import contextlib
import csv
import errno
import hashlib
import lzma
import re
import struct
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path

from actions.contract import ANY_REQUIREMENT
from actions.errors import ActionError
from actions.names import normalize
from actions.wheel.elf_lists import elf_lists
from actions.wheel.pins import pinned_metadata
from actions.wheel.planned import Planned

# What Python raises for a damaged, an encrypted or a hostile zip. bzip2 raises OSError, and the library `installer`
# raises subclasses of ValueError.
DAMAGES = (
    ActionError, EOFError, KeyError, MemoryError, NotImplementedError, OSError, OverflowError, RuntimeError, ValueError,
    csv.Error, lzma.LZMAError, struct.error, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
_TIME = (1980, 1, 1, 0, 0, 0)
_COMPRESSION = 6
_SHOWN = 3


@contextlib.contextmanager
def reading() -> Iterator[None]:
    """Read a wheel in the block: what a damaged or a hostile one raises becomes one kind of error.

    Raises:
        ActionError: the wheel is damaged.
        OSError: the file can't be read.
    """
    try:
        yield
    except ActionError:
        raise
    except DAMAGES as err:
        # bzip2 gives no number, and a place before the beginning of the file is an invalid argument.
        if isinstance(err, OSError) and err.errno not in (None, errno.EINVAL):
            raise
        raise ActionError(str(err) or type(err).__name__) from err


def only_wheel(folder: Path) -> Path:
    """Return the wheel in a folder that must contain exactly one."""
    wheels = sorted(folder.glob("*.whl"))
    if len(wheels) != 1:
        raise ActionError(f"{folder} contains {len(wheels)} wheels instead of one: {[wheel.name for wheel in wheels]}")
    return wheels[0]


def find_built(out: Path) -> Path:
    """Return the one wheel that a backend wrote.

    Raises:
        ActionError: the backend wrote no wheel, or more than one.
    """
    names = sorted(path.name for path in out.iterdir())
    wheels = [name for name in names if name.endswith(".whl")]
    if len(wheels) != 1:
        found = ", ".join(names) or "nothing"
        raise ActionError(f"the backend wrote {len(wheels)} wheels instead of one; its output folder contains {found}")
    return out / wheels[0]


def doubled(wheel: Path) -> list[str]:
    """Return the names that a wheel contains more than once; pip and zipfile use the last member of a name."""
    with zipfile.ZipFile(wheel) as opened:
        return twice(opened.namelist())


def twice(names: Iterable[str]) -> list[str]:
    """Return the names that appear more than once."""
    return [name for name, count in Counter(names).items() if count > 1]


def some(names: Collection[str]) -> str:
    """Return the number of files and the first few names, escaped so that a name can't control a terminal."""
    shown = ", ".join(repr(name) for name in sorted(names)[:_SHOWN])
    rest = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{len(names)} file{'' if len(names) == 1 else 's'} ({shown}{rest})"


def check(wheel: Path, planned: Planned) -> None:
    """Compare a wheel's name, version and requirements with the plan.

    Raises:
        ActionError: they differ; the text says in what.
    """
    parts = wheel.name.removesuffix(".whl").split("-")
    if len(parts) not in (5, 6):
        raise ActionError(f"{wheel.name} is not a valid file name of a wheel")
    if normalize(parts[0]) != planned.package:
        raise ActionError(f"the backend built {wheel.name}, which is not a wheel of {planned.package}")
    _check_version(wheel.name, parts[1], planned)
    try:
        with reading(), zipfile.ZipFile(wheel) as opened:
            check_members(wheel.name, opened.infolist())
            metadata = fields(opened.read(metadata_name(opened)))
    except ActionError as err:
        raise ActionError(f"{wheel.name} is damaged: {err}") from err
    if normalize(metadata["name"][-1]) != planned.package:
        raise ActionError(f"{wheel.name}: its metadata belongs to the package {metadata['name'][-1]!r}")
    _check_version(f"{wheel.name}'s metadata", metadata["version"][-1], planned)
    _check_requires(wheel.name, metadata.get("requires-dist", []), planned)


def _check_version(where: str, version: str, planned: Planned) -> None:
    """Compare a version with the plan. Another local version is allowed, since Fromager allows it."""
    if _public(version) != _public(planned.version):
        raise ActionError(
            f"{where} has version {version}, but the graph has {planned.package} {planned.version}. A source that gets "
            "its version from git is given SETUPTOOLS_SCM_PRETEND_VERSION; one that gets it elsewhere needs a patch."
        )


def same_version(one: str, other: str) -> bool:
    """Return whether two versions are equal, also in their local parts."""
    return _public(one) == _public(other) and _local(one) == _local(other)


def _local(version: str) -> str:
    """Return the local part of a version; file names have other separators in it."""
    return re.sub("[-_]", ".", version.strip().lower().replace("_", "+", 1).partition("+")[2])


def _public(version: str) -> tuple[str, ...]:
    """Return a version without its local part, in a form that is the same for equal versions.

    Backends write normalized versions; only a leading `v`, trailing zeros and case differ between them. See
    https://packaging.python.org/en/latest/specifications/version-specifiers/.
    """
    text = version.strip().lower().removeprefix("v").replace("_", "+", 1).split("+")[0]
    found = re.fullmatch(r"(?:(\d+)!)?(\d+(?:\.\d+)*)(.*)", text)
    if found is None:
        return (text,)
    release = [str(int(part)) for part in found[2].split(".")]
    while len(release) > 1 and release[-1] == "0":
        release.pop()
    return str(int(found[1] or 0)), ".".join(release), re.sub(r"[-_.]", "", found[3])


def _check_requires(where: str, requires: list[str], planned: Planned) -> None:
    """Check that the graph has every requirement that applies to all platforms and without extras."""
    if ANY_REQUIREMENT in planned.install_requires:
        return
    for requirement in requires:
        name = re.match(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)", requirement)
        if name and ";" not in requirement and normalize(name[1]) not in planned.install_requires:
            raise ActionError(
                f"{where} requires {requirement!r}, but the graph has no install edge from {planned.package} "
                f"{planned.version} to {normalize(name[1])}: the graph was made from another source or with other "
                "settings"
            )


def check_members(where: str, members: list[zipfile.ZipInfo]) -> None:
    """Check that every path is inside the wheel, and that no path is both a file and a folder."""
    files: set[str] = set()
    folders: set[str] = set()
    for member in members:
        name = member.orig_filename  # `filename` ends at the first NUL
        parts = name.removesuffix("/").split("/")
        if any(unicodedata.category(character) == "Cc" for character in name):
            raise ActionError(f"{where}: {name!r} contains a control character")
        odd = {".."} if member.is_dir() else {"", ".", ".."}
        if name.startswith("/") or "\\" in name or not odd.isdisjoint(parts):
            raise ActionError(f"{where}: {name!r} is outside the wheel, or is not a path in its shortest form")
        folders.update("/".join(parts[:depth]) for depth in range(1, len(parts)))
        (folders if member.is_dir() else files).add("/".join(parts))
    if files & folders:
        raise ActionError(f"{where} contains {min(files & folders)!r} both as a file and as a folder")


def metadata_name(wheel: zipfile.ZipFile) -> str:
    """Return the name of the member METADATA.

    Raises:
        ActionError: there is none, or more than one.
    """
    found = {name for name in wheel.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", name)}
    if len(found) != 1:
        raise ActionError(f"{Path(wheel.filename or '').name} contains {len(found)} METADATA files instead of one")
    return found.pop()


def fields(metadata: bytes) -> dict[str, list[str]]:
    """Return the header fields of a wheel's metadata; the values of those used here never span lines.

    Raises:
        UnicodeDecodeError: it is not UTF-8.
    """
    header = metadata.decode("utf-8").replace("\r\n", "\n").partition("\n\n")[0]
    found: dict[str, list[str]] = {"name": [""], "version": [""]}
    for line in header.split("\n"):
        name, _, value = line.partition(":")
        found.setdefault(name.lower(), []).append(value.strip())
    return found


def with_external(metadata: bytes, values: Iterable[str]) -> bytes:
    """Return a wheel's metadata with values of `Requires-External` after its fields; values that it has stay once.

    Raises:
        UnicodeDecodeError: it is not UTF-8.
    """
    text = metadata.decode("utf-8")
    end = "\r\n" if "\r\n" in text else "\n"
    header, blank, body = text.partition(end + end)
    has = fields(metadata).get("requires-external", [])
    added = [f"Requires-External: {value}" for value in dict.fromkeys(values) if value not in has]
    return (end.join([header.removesuffix(end), *added]) + (blank + body if blank else end)).encode()


def normalise(wheel: Path, folder: Path, planned: Planned) -> Path:
    """Pack a wheel again, with the build tag and the additional files of the plan; return the new file."""
    parts = wheel.name.removesuffix(".whl").split("-")
    wanted = planned.build_tag if parts[-1] == "any" else planned.platlib_build_tag or planned.build_tag
    tag = [wanted] if wanted else []
    target = folder / ("-".join([*parts[:2], *tag, *parts[-3:]]) + ".whl")
    extra = {name: text.encode() for name, text in planned.extra_files}
    with zipfile.ZipFile(wheel) as opened:
        extra |= elf_lists(opened).files()
        if planned.pin_requires:
            extra["METADATA"] = pinned_metadata(opened.read(metadata_name(opened)), planned.pin_requires)
        if planned.requires_external:
            metadata = extra.get("METADATA") or opened.read(metadata_name(opened))
            extra["METADATA"] = with_external(metadata, planned.requires_external)
        if planned.sbom is not None:
            from actions.wheel import sbom

            extra |= sbom.files(opened, planned.sbom)
    pack_again(wheel, target, lambda data: _with_fields(data, "Build", tag), extra)
    return target


def retag(wheel: Path, folder: Path, platform: str) -> Path:
    """Pack a wheel again for another platform; return the new file.

    Args:
        wheel: a wheel whose file name has one platform.
        folder: folder to write to.
        platform: the platform in its tags, such as ``manylinux_2_17_x86_64``.
    """
    *parts, pythons, abis, _ = wheel.name.removesuffix(".whl").split("-")
    tags = [f"{python}-{abi}-{platform}" for python in pythons.split(".") for abi in abis.split(".")]
    target = folder / f"{'-'.join([*parts, pythons, abis, platform])}.whl"
    pack_again(wheel, target, lambda data: _with_fields(data, "Tag", tags), {})
    return target


def pack_again(wheel: Path, target: Path, change: Callable[[bytes], bytes], extra: Mapping[str, bytes]) -> None:
    """Pack a wheel again: sorted, with constant times and modes, and a new RECORD.

    Equal contents then give equal bytes, independent of the backend, the clock and the order of files in a folder.

    Args:
        wheel: the wheel.
        target: file to write.
        change: returns the new content of the file WHEEL.
        extra: additional files in `.dist-info`, by name.
    """
    with zipfile.ZipFile(wheel) as source, zipfile.ZipFile(target, "w") as packed:
        infos = {info.filename: info for info in source.infolist() if not info.is_dir()}
        dist_info = metadata_name(source).removesuffix("/METADATA")
        record_name = f"{dist_info}/RECORD"
        signatures = (f"{record_name}.jws", f"{record_name}.p7s")
        added = {f"{dist_info}/{name}": data for name, data in extra.items()}
        record = []
        for name in sorted(({*infos} | {*added}) - {record_name, *signatures}, key=_metadata_last):
            data = added[name] if name in added else source.read(name)
            if name == f"{dist_info}/WHEEL":
                data = change(data)
            executable = name in infos and bool(infos[name].external_attr >> 16 & 0o100)
            _add(packed, name, data, executable)
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            record.append(f"{_quoted(name)},sha256={digest},{len(data)}\n")
        record.append(f"{_quoted(record_name)},,\n")
        _add(packed, record_name, "".join(record).encode(), executable=False)


def _metadata_last(name: str) -> tuple[bool, str]:
    """Sort `.dist-info` to the end of the wheel, as the standard recommends, so that tools find it quickly.

    See https://packaging.python.org/en/latest/specifications/binary-distribution-format/.
    """
    return ".dist-info/" in name, name


def _add(packed: zipfile.ZipFile, name: str, data: bytes, executable: bool) -> None:
    info = zipfile.ZipInfo(name, _TIME)
    info.external_attr = (0o100755 if executable else 0o100644) << 16
    info.create_system = 3
    packed.writestr(info, data, zipfile.ZIP_DEFLATED, _COMPRESSION)


def _with_fields(data: bytes, name: str, values: Iterable[str]) -> bytes:
    """Return the content of WHEEL in which a field has other values, at the end."""
    lines = [line for line in data.decode().splitlines() if line and not line.startswith(f"{name}:")]
    return ("\n".join([*lines, *(f"{name}: {value}" for value in values)]) + "\n").encode()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if "," in name or '"' in name else name
