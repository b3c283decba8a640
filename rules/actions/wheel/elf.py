"""Read what an ELF file of a wheel needs of the machine that loads it."""

import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Any, NamedTuple

from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection, GNUVerSymSection
from elftools.elf.sections import NoteSection, SymbolTableSection

# Sections of nvcc: https://docs.nvidia.com/cuda/cuda-compiler-driver-nvcc/#cuda-compilation
_DEVICE_CODE = (".nv_fatbin", "__nv_relfatbin")


class Needed(NamedTuple):
    """A symbol that another library must provide."""

    name: str
    version: str
    """Version of the symbol, such as ``GLIBC_2.17``; empty if it has none."""


class Elf(NamedTuple):
    """A program or library in a wheel."""

    path: str
    machine: str
    """CPU, such as ``EM_X86_64``."""
    soname: str
    libraries: tuple[str, ...]
    """Names of the libraries that it loads."""
    run_paths: tuple[str, ...]
    """Folders in which it searches for libraries."""
    needed: tuple[Needed, ...]
    features: frozenset[str]
    """Instruction sets beyond the oldest CPU, such as ``x86-64-v3``."""
    device_code: tuple[tuple[int, int], ...] = ()
    """Place and size in bytes of each section with code for GPUs."""


def elf_files(wheel: zipfile.ZipFile) -> Iterator[Elf]:
    """Yield each ELF file of a wheel; a file that can't be read as ELF is not one."""
    for name in sorted(wheel.namelist()):
        with wheel.open(name) as member:
            is_elf = member.read(4) == b"\x7fELF"
        if is_elf:
            yield read(name, wheel.read(name))


def read(path: str, data: bytes) -> Elf:
    """Return what one ELF file needs."""
    file = ELFFile(BytesIO(data))
    # pyelftools gives a tag an attribute with the name of its kind.
    tags: list[Any] = [
        tag for part in file.iter_sections() if isinstance(part, DynamicSection) for tag in part.iter_tags()
    ]
    return Elf(
        path=path,
        machine=file.header["e_machine"],
        soname=next((tag.soname for tag in tags if tag.entry.d_tag == "DT_SONAME"), ""),
        libraries=tuple(tag.needed for tag in tags if tag.entry.d_tag == "DT_NEEDED"),
        run_paths=tuple(_run_paths(tags)),
        needed=tuple(_needed(file)),
        features=frozenset(_features(file)),
        device_code=tuple(
            (part["sh_offset"], part["sh_size"]) for part in file.iter_sections() if part.name in _DEVICE_CODE
        ),
    )


def _run_paths(tags: list[Any]) -> Iterator[str]:
    for tag in tags:
        for kind, field in (("DT_RUNPATH", "runpath"), ("DT_RPATH", "rpath")):
            if tag.entry.d_tag == kind:
                yield from getattr(tag, field).split(":")


def _needed(file: ELFFile) -> Iterator[Needed]:
    """Yield the undefined symbols with their versions, which are in two other sections.

    A weak symbol without a version may be absent: the program asks for its address first. Rust's standard library has
    such symbols of newer C libraries.
    """
    versions, indexes = {}, None
    for section in file.iter_sections():
        if isinstance(section, GNUVerNeedSection):
            versions = {aux["vna_other"]: aux.name for _, auxes in section.iter_versions() for aux in auxes}
        elif isinstance(section, GNUVerSymSection):
            indexes = section
    table = file.get_section_by_name(".dynsym")
    if not isinstance(table, SymbolTableSection):
        return
    for number, symbol in enumerate(table.iter_symbols()):
        if symbol["st_shndx"] == "SHN_UNDEF" and symbol.name:
            index = indexes.get_symbol(number)["ndx"] if indexes is not None else None
            version = versions.get(index, "")
            if version or symbol["st_info"]["bind"] != "STB_WEAK":
                yield Needed(symbol.name, version)


# The property that names the instruction sets that a file needs, and its bits beyond the baseline. pyelftools gives the
# number of a property that it has no name for. https://gitlab.com/x86-psABIs/x86-64-ABI
_ISA_NEEDED = ("GNU_PROPERTY_X86_ISA_1_NEEDED", 0xC0008002)
_LEVELS = {2: "x86-64-v2", 4: "x86-64-v3", 8: "x86-64-v4"}


def _features(file: ELFFile) -> Iterator[str]:
    for section in file.iter_sections():
        for note in section.iter_notes() if isinstance(section, NoteSection) else ():
            properties = note["n_desc"] if note["n_type"] == "NT_GNU_PROPERTY_TYPE_0" else ()
            for one in properties:
                if one.pr_type in _ISA_NEEDED:
                    yield from (level for bit, level in _LEVELS.items() if int(one.pr_data) & bit)
