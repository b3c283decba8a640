"""Macro that declares the wheel of a package and the queries of its build backend."""

load("//rules/private:backend_answer.bzl", "backend_build_requires", "backend_metadata")
load("//rules/private:pep517_wheel.bzl", "pep517_wheel")

visibility("//rules/...")

_WHEEL_ONLY = ("build_settings", "build_tag", "graft", "install_requires", "pin_requires", "platlib_build_tag", "requirements", "requires_external", "sbom")

# buildifier: disable=unnamed-macro
def pep517_targets(name, source, build_requires = [], build_system = [], no_build_system = False, unvendored = None, **kwargs):
    """Declares a wheel, and the targets `build_requires` and `metadata`, which query its backend.

    The two additional targets are tagged `manual`. Their names start with the name of the wheel's
    target, unless that name is `wheel`.

    Args:
      name: (str) Name of the wheel's target.
      source: (label) The source, patched and vendored.
      build_requires: (list of label) All wheels of the build environment.
      build_system: (list of label) The wheels of build-system.requires and of their dependencies, if these are fewer
        than `build_requires`.
      no_build_system: (bool) Whether build-system.requires is empty, so that all `build_requires` were requested by the
        backend.
      unvendored: (label) The source without its crates, if it has crates. The target `build_requires` does not
        need them.
      **kwargs: Attributes of pep517_wheel.
    """
    pep517_wheel(
        name = name,
        build_requires = build_requires,
        source = source,
        **kwargs
    )
    prefix = "" if name == "wheel" else name + "_"
    asked = {key: value for key, value in kwargs.items() if key not in _WHEEL_ONLY}
    asked["tags"] = asked.get("tags", []) + ["manual"]
    backend_build_requires(
        name = prefix + "build_requires",
        build_requires = [] if no_build_system else build_system or build_requires,
        source = unvendored or source,
        **asked
    )
    backend_metadata(
        name = prefix + "metadata",
        build_requires = build_requires,
        source = source,
        **asked
    )
