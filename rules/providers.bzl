"""What the rules hand to each other."""

SdistInfo = provider(
    doc = "A package's source, as one archive.",
    fields = {
        "archive": "(File) The archive: one top-level folder with the project in it.",
        "label": "(Label) Target that made it; put it in error messages.",
        "package": "(str) Canonical name.",
        "version": "(str) PEP 440 version.",
    },
)

CratesInfo = provider(
    doc = "The crates that a source needs beside it, for a build that lays them out itself.",
    fields = {
        "archives": "(list of File) Archives of the registry's crates.",
        "cargo_lock": "(File or None) The Cargo.lock, where it is not the source's own.",
        "cargo_root": "(str) Folder in the project that holds Cargo.lock.",
        "git": "(list of (str, File)) Sources as Cargo.lock names them, each with the archive of its commit.",
        "source": "(File) The source's archive, without crates.",
    },
)

WheelInfo = provider(
    doc = "One wheel.",
    fields = {
        "installed": "(File) Tar of the files that the wheel installs; made only where a build environment asks for it.",
        "label": "(Label) Target that made it; put it in error messages.",
        "package": "(str) Canonical name.",
        "prebuilt": "(bool) Whether it was taken as published in place of being built.",
        "site_packages": "(File) Folder of what the wheel puts into site-packages; made only where a Python program asks for it.",
        "version": "(str) PEP 440 version.",
        "wheel": "(File) Folder with exactly one .whl; the backend picks its name.",
    },
)

ProgramsInfo = provider(
    doc = "The programs that the rules' actions run.",
    fields = {
        "inside": "(File) Module that every Python in a build environment loads first.",
        "pyz": "(File) The programs and their libraries, compiled for the toolchain's Python.",
    },
)
