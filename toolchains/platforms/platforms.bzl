"""Names of platforms: `linux_x86_64_glibc_2_17`, `linux_aarch64_musl_1_2`, `linux_x86_64_glibc_2_28_cuda_13_5`."""

load("//rules:contract.bzl", "CPUS", "CUDA_VERSIONS", "LIBC_VERSIONS")

visibility("//toolchains/...")

def _libc_name(libc, version):
    return "{}_{}".format(libc, version.replace(".", "_"))

def platform_name(cpu, libc, version):
    """Returns the name of a platform.

    Args:
      cpu: (str) One of CPUS.
      libc: (str) A key of LIBC_VERSIONS.
      version: (str) Oldest version of the C library on which wheels run.

    Returns:
      (str) The name.
    """
    return "linux_{}_{}".format(cpu, _libc_name(libc, version))

# Names of CPUs in Java, if platforms name them differently.
_JAVA_CPUS = {"amd64": "x86_64"}

PLATFORMS = {
    platform_name(cpu, libc, version): struct(cpu = cpu, libc = libc, version = version)
    for cpu in CPUS
    for libc, versions in LIBC_VERSIONS.items()
    for version in versions
}

def constraints_of(platform):
    """Returns the labels of the constraints of a platform: operating system, CPU, C library and its version.

    Args:
      platform: (str) A key of PLATFORMS.

    Returns:
      (list of Label) The constraints.
    """
    parts = PLATFORMS[platform]
    return cpu_constraints(parts.cpu) + [Label("//toolchains/platforms:" + _libc_name(parts.libc, parts.version))]

def cpu_constraints(cpu):
    """Returns the labels of the constraints of Linux on a CPU, with any C library.

    Args:
      cpu: (str) One of CPUS.

    Returns:
      (list of Label) The constraints.
    """
    return [Label("@platforms//os:linux"), Label("@platforms//cpu:" + cpu)]

def machines_cpu(rctx):
    """Returns the CPU of the machine that runs a repository rule, as platforms name it.

    Args:
      rctx: (repository_ctx) The rule's context.

    Returns:
      (str) The CPU; not one of CPUS if there is no platform for it.
    """
    return _JAVA_CPUS.get(rctx.os.arch, rctx.os.arch)

def cuda_name(version):
    """Returns the name of the constraint of a version of CUDA, such as `cuda_13_5`.

    Args:
      version: (str) One of CUDA_VERSIONS.

    Returns:
      (str) The name.
    """
    return "cuda_" + version.replace(".", "_")

def cuda_constraint(version):
    """Returns the label of the constraint of a version of CUDA.

    Args:
      version: (str) One of CUDA_VERSIONS.

    Returns:
      (Label) The constraint.
    """
    return Label("//toolchains/platforms:" + cuda_name(version))

def cuda_platforms(name):
    """Declares the constraint of the accelerator, its values, and a platform with each version of CUDA.

    Args:
      name: (str) Name of the constraint.
    """
    native.constraint_setting(name = name, default_constraint_value = ":none")
    native.constraint_value(name = "none", constraint_setting = ":" + name)
    for version in CUDA_VERSIONS:
        cuda = cuda_name(version)
        native.constraint_value(name = cuda, constraint_setting = ":" + name)
        native.platform(
            name = "machine_" + cuda,
            constraint_values = [":" + cuda],
            parents = ["@platforms//host"],
        )
        for platform, parts in PLATFORMS.items():
            if parts.libc == "glibc":
                native.platform(
                    name = "{}_{}".format(platform, cuda),
                    constraint_values = [":" + cuda],
                    parents = [":" + platform],
                )

def linux_platforms(name):
    """Declares the constraint of the C library, its values, and a platform for each CPU and value.

    Args:
      name: (str) Name of the constraint.
    """
    native.constraint_setting(name = name, default_constraint_value = ":machines_libc")
    native.constraint_value(name = "machines_libc", constraint_setting = ":" + name)
    for libc, versions in LIBC_VERSIONS.items():
        for version in versions:
            native.constraint_value(name = _libc_name(libc, version), constraint_setting = ":" + name)
    for platform in PLATFORMS:
        native.platform(name = platform, constraint_values = constraints_of(platform))
        native.config_setting(name = "is_" + platform, constraint_values = constraints_of(platform))
