"""A package's three questions to its build backend as one call."""

load("//rules/private:backend_answer.bzl", "backend_build_requires", "backend_metadata")
load("//rules/private:pep517_wheel.bzl", "pep517_wheel")

visibility("//rules/...")

_WHEEL_ONLY = ("build_tag", "install_requires", "requirements")

# buildifier: disable=unnamed-macro
def pep517_targets(name, source, build_requires = [], build_system = [], no_build_system = False, unvendored = None, **kwargs):
    """Declares a wheel, and what can be asked of its backend before: `build_requires` and `metadata`, both manual.

    Where the wheel is not called `wheel`, their names begin with its own.

    Args:
      name: (str) Name of the wheel's target.
      source: (label) The source, patched and vendored.
      build_requires: (list of label) Every wheel of the build environment.
      build_system: (list of label) What build-system.requires leads to, where that is not all of them.
      no_build_system: (bool) Whether build-system.requires is empty and all of them are the backend's own request.
      unvendored: (label) The source without its crates, where it has some: what a build requires is known without them.
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
