"""The external dependencies of a build: libraries and programs outside of Python that its package declares."""

load("//rules:contract.bzl", "PATCHELF")
load("//toolchains:types.bzl", "EXTERNAL")

visibility("//rules/private")

EXTERNAL_ATTR = {
    "external": attr.string_list(doc = "Libraries and programs outside of Python that the build needs, in the words of PEP 725: `dep:generic/libxml2`, or with versions `dep:generic/libxml2@>=2.9`. The build finds no others."),
    "_dependencies": attr.label(
        doc = "How external dependencies are found, to explain that one is missing.",
        default = "//toolchains/external:dependencies.json",
        allow_single_file = True,
    ),
}

EXTERNAL_TOOLCHAIN = config_common.toolchain_type(EXTERNAL, mandatory = False)

_NONE = (
    "{label}: {package} needs {needs}, but no toolchain of //toolchains/external:toolchain_type is for the platform {platform}. Pin " +
    "Debian packages with `fromager-gen external lock`, or register a toolchain of your own: docs/how-to/external-dependencies.md"
)

_OTHER_VERSION = "{label}: {package} needs {needs}, but the external toolchain for the platform {platform} has {version}"

_LACKS = (
    "{label}: {package} needs {needs}, which the external toolchain for the platform {platform} lacks. It has {has}. Pin " +
    "it with `fromager-gen external lock`, or add it to your own toolchain: docs/how-to/external-dependencies.md"
)

_OPERATORS = [">=", "<=", "==", "!=", ">", "<"]

def _numbers(version):
    """Returns the numbers in a version, without zeros at its end."""
    text = "".join([c if c.isdigit() else " " for c in version.elems()])
    numbers = [int(part) for part in text.split(" ") if part]
    for _ in range(len(numbers)):
        if numbers[-1] != 0:
            break
        numbers = numbers[:-1]
    return numbers

def _satisfies(version, specifier):
    """Returns whether a version meets a specifier such as `>=2.9,<3`; an unknown version does not."""
    for part in [part for part in specifier.split(",") if part]:
        operator = [one for one in _OPERATORS if part.startswith(one)][0]
        found, limit = _numbers(version), _numbers(part.removeprefix(operator))
        met = {
            "!=": found != limit,
            "<": found < limit,
            "<=": found <= limit,
            "==": found == limit,
            ">": found > limit,
            ">=": found >= limit,
        }
        if not _numbers(version) or not met[operator]:
            return False
    return True

def _dependencies(ctx, package, texts):
    """Returns what a build gets of the external toolchain.

    A missing dependency is an error before anything is built. On the machine, the error names all that the collection lacks.

    Args:
      ctx: (ctx) Context of a rule with EXTERNAL_ATTR and EXTERNAL_TOOLCHAIN.
      package: (str) Name of the package.
      texts: (list of str) Names of dependencies, with versions.

    Returns:
      (list of ExternalDependencyInfo) The dependencies.
    """
    if not texts:
        return []
    values = {
        "label": ctx.label,
        "needs": ", ".join(texts),
        "package": package,
        "platform": ctx.fragments.platform.platform.name,
    }
    if not ctx.toolchains[EXTERNAL]:
        fail(_NONE.format(**values))
    info = ctx.toolchains[EXTERNAL].external
    found = []
    for text in texts:
        name = text.partition("@")[0]
        if name not in info.dependencies or (text in info.missing):
            if info.problem:
                fail("\n" + info.problem)
            values["needs"] = text
            fail(_LACKS.format(has = ", ".join(sorted(info.dependencies)) or "none", **values))
        version = info.dependencies[name].version
        if not _satisfies(version, text.partition("@")[2]):
            fail(_OTHER_VERSION.format(version = version or "an unknown version", **(values | {"needs": text})))
        found.append(info.dependencies[name])
    return found

def external_tools(ctx, package):
    """Returns the ToolsInfo of the external dependencies of a build.

    Args:
      ctx: (ctx) Context of a rule with EXTERNAL_ATTR and EXTERNAL_TOOLCHAIN.
      package: (str) Name of the package.

    Returns:
      (list of ToolsInfo) The programs, files and variables.
    """
    return [found.tools for found in _dependencies(ctx, package, ctx.attr.external + _grafting(ctx))]

def add_graft(ctx, args):
    """Adds the shared libraries that may be copied into a wheel to a program's arguments.

    Args:
      ctx: (ctx) Context of a rule with EXTERNAL_ATTR and EXTERNAL_TOOLCHAIN.
      args: (Args) The program's arguments.

    Returns:
      (list of File) Inputs of the action.
    """
    libraries = {}
    for dependency in _dependencies(ctx, "", ctx.attr.external):
        libraries.update(dependency.libraries)
    args.add("--grafts")
    for name, file in libraries.items():
        args.add("--graft-library", file, format = name + "=%s")
    return libraries.values()

def _grafting(ctx):
    """Returns the names of the dependencies that copy libraries into the wheel."""
    return [PATCHELF] if getattr(ctx.attr, "graft", False) else []
