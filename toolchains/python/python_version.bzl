"""The version of Python for which a build is, if a workspace has several."""

VersionInfo = provider(
    doc = "A version of Python.",
    fields = {"version": "(str) X.Y, or X.Yt for a free-threaded Python; empty for that of the workspace."},
)

# The setting, which `toolchain` targets compare with their own version.
VERSION_FLAG = Label("//toolchains/python:version")

def _version_flag_impl(ctx):
    return VersionInfo(version = ctx.build_setting_value)

version_flag = rule(
    implementation = _version_flag_impl,
    build_setting = config.string(flag = True),
    doc = "A version of Python that can be set on the command line: `--//toolchains/python:version=3.13`.",
)

def _for_any_version_impl(_settings, _attr):
    return {"//toolchains/python:version": ""}

# What does not depend on the version of Python is made once, with the Python of the workspace.
for_any_version = transition(
    implementation = _for_any_version_impl,
    inputs = [],
    outputs = ["//toolchains/python:version"],
)

_SETTING = """
config_setting(
    name = "is_{name}",
    flag_values = {{"{flag}": {value}}},
)
"""

_TOOLCHAIN = """
toolchain(
    name = "{name}",
    exec_compatible_with = {exec},
    target_compatible_with = {target},
    target_settings = [":is_{setting}"],
    toolchain = "{implementation}",
    toolchain_type = "{type}",
)
"""

def setting_name(version):
    """Returns the name of the setting for a version, without `is_`.

    Args:
      version: (str) X.Y or X.Yt; empty for the version of the workspace.

    Returns:
      (str) The name.
    """
    return "python_" + (version.replace(".", "_") or "of_workspace")

def settings_text(versions):
    """Returns the text of the config_setting targets for versions, and of that for no version.

    Args:
      versions: (list of str) The versions.

    Returns:
      (str) Text of a BUILD file.
    """
    return "".join([
        _SETTING.format(name = setting_name(version), flag = VERSION_FLAG, value = repr(version))
        for version in [""] + versions
    ])

def toolchain_text(name, version, implementation, type, exec = [], target = []):
    """Returns the text of a toolchain target for one version.

    Args:
      name: (str) Name of the target.
      version: (str) Version of the setting that selects it; empty for that of the workspace.
      implementation: (str) Label of the target that provides the ToolchainInfo.
      type: (Label) The toolchain type.
      exec: (list of str) Constraints of the platform that runs builds.
      target: (list of str) Constraints of the platform that wheels are for.

    Returns:
      (str) Text of a BUILD file.
    """
    return _TOOLCHAIN.format(
        name = name,
        exec = exec,
        target = target,
        setting = setting_name(version),
        implementation = implementation,
        type = type,
    )

def _unpinned_python_impl(ctx):
    version = ctx.attr._version[VersionInfo].version or ctx.attr.version
    fail(("no Python {v} for builds: {found}. Pin one: `fromager-gen toolchains add python ADDRESS... --output WORKSPACE` with the address " +
          "of an archive of Python {v} for the CPU that runs builds, or select another version with --{flag}=X.Y").format(
        v = version,
        found = ctx.attr.found,
        flag = VERSION_FLAG,
    ))

unpinned_python = rule(
    implementation = _unpinned_python_impl,
    attrs = {
        "found": attr.string(
            doc = "The versions that there are.",
            mandatory = True,
        ),
        "version": attr.string(
            doc = "Version of the workspace.",
            mandatory = True,
        ),
        "_version": attr.label(
            doc = "Version that the command line selects.",
            default = VERSION_FLAG,
            providers = [VersionInfo],
        ),
    },
    doc = "An error in place of a Python that is neither pinned nor of the machine.",
)
