"""Providers that the rules pass to each other."""

SdistInfo = provider(
    doc = "The source of one package version, as an archive.",
    fields = {
        "archive": "(File) The archive, with one top-level folder that contains the project.",
        "label": "(Label) Target that created the provider, for error messages.",
        "package": "(str) Canonical name.",
        "version": "(str) PEP 440 version.",
    },
)

CratesInfo = provider(
    doc = "The crates that a source needs, for a build that unpacks them itself.",
    fields = {
        "archives": "(list of File) Archives of crates from the registry.",
        "cargo_lock": "(File or None) Cargo.lock, if it is not part of the source.",
        "cargo_root": "(str) Folder in the project that contains Cargo.lock.",
        "git": "(list of (str, File)) Git sources as written in Cargo.lock, each with the archive of its commit.",
        "source": "(File) Archive of the source, without crates.",
    },
)

WheelInfo = provider(
    doc = "One wheel.",
    fields = {
        "install_requires": "(list of str) Names of the packages that its metadata may require.",
        "installed": "(File) Tar of the files that the wheel installs. Created only when a build environment needs it.",
        "label": "(Label) Target that created the provider, for error messages.",
        "package": "(str) Canonical name.",
        "prebuilt": "(bool) Whether the wheel is a published one and was not built.",
        "site_packages": "(File) Folder with the files that the wheel installs into site-packages. Created only when a Python program needs it.",
        "version": "(str) PEP 440 version.",
        "wheel": "(File) Folder with exactly one `.whl` file. The backend chooses the file name.",
    },
)

ProgramsInfo = provider(
    doc = "The programs that the actions of the rules run.",
    fields = {
        "inside": "(File) Module that each Python in a build environment loads first.",
        "pyz": "(File) The programs and their libraries, compiled for the Python of the toolchain.",
    },
)

PluginInfo = provider(
    doc = "A plugin of Fromager, whose functions replace steps of one package's build.",
    fields = {
        "archive": "(File) Zip of the plugin's module, of all that it imports, and of the package `fromager`.",
        "context": "(str) JSON of what the functions can ask for: the variant and the package's settings.",
        "functions": "(list of str) Names of the functions of the module.",
        "module": "(str) Name of the module.",
    },
)
