"""External dependencies of `toolchains.lock.json`: Debian packages, one toolchain for each platform."""

load("//rules:contract.bzl", "CPUS", "TOOLCHAINS_LOCK")
load("//toolchains:types.bzl", "EXTERNAL")
load("//toolchains/platforms:platforms.bzl", "constraints_of", "cpu_constraints")

visibility("//toolchains/...")

_HEAD = """
load("{rules}", "debian_dependency", "debian_files", "external_toolchain")
"""

_FILES = """
debian_files(
    name = "{name}.files",
    cpu = "{cpu}",
    package = "@{name}//:file",
)
"""

_DEPENDENCY = """
debian_dependency(
    name = "{name}",
    cpu = "{cpu}",
    files = {files},
    programs = {programs},
    version = {version},
)
"""

_EXTERNAL = """
external_toolchain(
    name = "external_{cpu}_on_{exec}",
    dependencies = {dependencies},
)
"""

_TOOLCHAIN = """
toolchain(
    name = "external_{platform}_on_{exec}_toolchain",
    exec_compatible_with = {exec_constraints},
    target_compatible_with = {target_constraints},
    toolchain = ":external_{cpu}_on_{exec}",
    toolchain_type = "{type}",
)
"""

def _target(cpu, name):
    return "external_{}_{}".format(cpu, name.removeprefix("dep:").replace("/", "_"))

def _declared(entry, lock):
    """Returns the targets of the packages and dependencies of one CPU."""
    cpu = entry["cpu"]
    if cpu not in CPUS:
        fail("{}: external names the unknown CPU {}".format(TOOLCHAINS_LOCK, cpu))
    names = {file: None for one in entry["dependencies"] for file in one["files"]}
    for name in names:
        if name not in lock["files"]:
            fail("{}: external names the unknown file {}".format(TOOLCHAINS_LOCK, name))
    texts = [_FILES.format(cpu = cpu, name = name) for name in names]
    for one in entry["dependencies"]:
        texts.append(_DEPENDENCY.format(
            cpu = cpu,
            files = [":{}.files".format(file) for file in one["files"]],
            name = _target(cpu, one["name"]),
            programs = one["programs"],
            version = repr(one["version"]),
        ))
    return texts

def _toolchains(entry, exec, entries):
    """Returns the toolchains for the CPU of an entry, on a CPU that builds."""
    cpu = entry["cpu"]
    dependencies = {}
    for one in entry["dependencies"]:
        # A program is of the CPU that builds, if the wheel is for another one.
        of_exec = one["is_program"] and one["name"] in [found["name"] for other in entries if other["cpu"] == exec for found in other["dependencies"]]
        dependencies[":" + _target(exec if of_exec else cpu, one["name"])] = one["name"]
    texts = [_EXTERNAL.format(cpu = cpu, dependencies = dependencies, exec = exec)]
    for platform in entry["targets"]:
        texts.append(_TOOLCHAIN.format(
            cpu = cpu,
            exec = exec,
            exec_constraints = [str(constraint) for constraint in cpu_constraints(exec)],
            platform = platform,
            target_constraints = [str(constraint) for constraint in constraints_of(platform)],
            type = EXTERNAL,
        ))
    return texts

def external_targets(lock):
    """Returns the text of the toolchains of all entries.

    Args:
      lock: (dict) Content of toolchains.lock.json.

    Returns:
      (list of str) Parts of a BUILD file.
    """
    entries = lock.get("external", [])
    texts = [_HEAD.format(rules = Label("//toolchains:defs.bzl"))] if entries else []
    for entry in entries:
        texts += _declared(entry, lock)
    for entry in entries:
        for exec in [one["exec"] for one in lock["cc"]]:
            texts += _toolchains(entry, exec, entries)
    return texts
