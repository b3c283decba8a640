"""The targets of one package version."""

from collections.abc import Iterable

from fromager_gen.contract import DEFAULT_JOBS, DEFAULT_SIZE
from fromager_gen.names import CARGO_LOCK, PLUGIN_ARCHIVE, label, version_label
from fromager_gen.plan import Key, PackagePlan
from fromager_gen.render.starlark import Call, Expression, Value


def targets(package: PackagePlan, has_gates: bool = False) -> list[Call]:
    """Return the targets of a package, in the order of the steps.

    Args:
        package: the package.
        has_gates: whether the gates of its wheel are a target.
    """
    library = Call(
        "wheel_library",
        {"name": "lib", "requires": _wheels(package.install_closure), "tags": ["manual"], "wheel": ":wheel"},
    )
    if package.pre_built:
        return [_prebuilt(package), library]
    gates = [Call("wheel_gates_test", {"name": "gates", "library": ":lib", "wheel": ":wheel"})] if has_gates else []
    return [*_plugin(package), *_source(package), _wheel(package), library, *gates]


def _plugin(package: PackagePlan) -> list[Call]:
    """Return the target of the plugin, and that of the requirements that only the plugin knows."""
    plugin = package.plugin
    if plugin is None:
        return []
    attributes: dict[str, Value] = {
        "name": "plugin",
        "archive": PLUGIN_ARCHIVE,
        "context": plugin.context,
        "functions": plugin.functions,
        "module": plugin.module,
    }
    calls = [Call("plugin", attributes)]
    if package.is_overridden("get_build_system_dependencies"):
        asked = {"name": "build_system", "plugin": ":plugin", "source": ":source", "tags": ["manual"]}
        calls.append(Call("plugin_build_system", {**asked, **_build_dir(package), **_env(package)}))
    if package.is_overridden("get_build_sdist_dependencies"):
        built = {key: value for key, value in _build(package).items() if key in _OF_SDIST}
        system = "" if package.build_requires and not package.build_system else _wheels(package.build_system)
        asked = {"name": "sdist_requires", "build_requires": system, "source": ":source", "tags": ["manual"]}
        calls.append(Call("plugin_sdist_requires", {**built, **asked}))
    return calls


def _build_dir(package: PackagePlan) -> dict[str, Value]:
    return {"build_dir": "" if package.build_dir == "." else package.build_dir}


def _env(package: PackagePlan) -> dict[str, Value]:
    """Return the attributes of the variables and settings of a build."""
    return {
        "config_settings": package.config_settings,
        "env": [f"{name}={template}" for name, template in package.env],
        "jobs": package.jobs if package.jobs != DEFAULT_JOBS else "",
    }


def _identity(package: PackagePlan) -> dict[str, Value]:
    return {"package": package.name, "version": package.version}


def _prebuilt(package: PackagePlan) -> Call:
    return Call(
        "prebuilt_wheel",
        {
            "name": "wheel",
            "file": Expression("fetched_wheel", (package.name, version_label(package.version))),
            "install_requires": package.install_requires,
            "strict": package.strict,
            **_identity(package),
        },
    )


def _source(package: PackagePlan) -> list[Call]:
    """Return the targets `sdist`, `source`, `vendored` for a package with crates, and `rebuilt_sdist`."""
    archive = Expression("fetched_sdist", (package.name, version_label(package.version)))
    calls = [Call("sdist", {"name": "sdist", "archive": archive, **_identity(package)})]
    build_dir = "" if package.build_dir == "." else package.build_dir
    if package.is_patched:
        attributes: dict[str, Value] = {
            "name": "source",
            "build_dir": build_dir,
            "edits": package.edits,
            "patches": [patch.name for patch in package.patches],
            "remove_build_requires": package.remove_build_requires,
            "source": ":sdist",
            "submodules": _submodules(package),
            "update_build_requires": package.update_build_requires,
        }
        if package.is_overridden("prepare_source"):
            calls.append(Call("plugin_source", {**attributes, **_env(package), "plugin": ":plugin"}))
        else:
            calls.append(Call("sdist_patch", attributes))
    else:
        calls.append(Call("alias", {"name": "source", "actual": ":sdist"}))
    if package.is_vendored:
        calls.append(Call("sdist_vendor", _vendored(package, build_dir)))
    return [*calls, _rebuilt(package, build_dir)]


def _submodules(package: PackagePlan) -> Value:
    """Return the archives of submodules; a commit may be at several paths, which have no colon."""
    places: dict[str, list[str]] = {}
    for one in package.submodules:
        places.setdefault(one.repository, []).append(one.path)
    joined = {repository: ":".join(paths) for repository, paths in places.items()}
    return Expression("fetched_git", (joined,)) if joined else ()


def _rebuilt(package: PackagePlan, build_dir: str) -> Call:
    """Return the sdist for Fromager's folder `builds`; without changes it is the published sdist."""
    rebuilt: dict[str, Value] = {"name": "rebuilt_sdist", "tags": ["manual"]}
    if package.sdist_by_backend or package.is_overridden("build_sdist"):
        built = {key: value for key, value in _build(package).items() if key in _OF_SDIST}
        return Call("backend_sdist", {**rebuilt, **built})
    if package.is_unchanged_sdist:
        return Call("alias", {**rebuilt, "actual": ":sdist"})
    rebuilt |= {"source": f":{_prepared(package)}", "build_dir": build_dir, "project_at_top": bool(build_dir)}
    return Call("sdist_patch", rebuilt)


def _prepared(package: PackagePlan) -> str:
    return "vendored" if package.is_vendored else "source"


def _vendored(package: PackagePlan, build_dir: str) -> dict[str, Value]:
    return {
        "name": "vendored",
        "build_dir": build_dir,
        "cargo_lock": CARGO_LOCK if package.cargo_lock else "",
        "cargo_root": "" if package.cargo_root == "." else package.cargo_root,
        "crates": Expression("fetched_crates", (package.crates,)) if package.crates else (),
        "git_crates": Expression("fetched_git", ({crates.repository: crates.source for crates in package.git_crates},))
        if package.git_crates
        else (),
        "source": ":source",
    }


# Attributes of a wheel that `backend_sdist` has, too.
_OF_SDIST = (
    "accelerator", "accelerator_variant", "build_dir", "build_requires", "config_settings", "env", "exec_properties",
    "external", "jobs", "plugin", "resources", "rust", "source",
)  # fmt: skip


def _wheel(package: PackagePlan) -> Call:
    return Call("pep517_targets", {"name": "wheel", **_build(package)})


def _build(package: PackagePlan) -> dict[str, Value]:
    return {
        "accelerator": package.accelerator,
        "accelerator_variant": package.accelerator_variant,
        **_build_dir(package),
        "build_requires": _wheels(package.build_requires),
        "build_system": _wheels(package.build_system) if package.build_system != package.build_requires else "",
        "build_settings": package.build_settings,
        "build_tag": package.build_tag,
        "platlib_build_tag": package.platlib_build_tag,
        **_env(package),
        "external": package.external,
        "exec_properties": dict(package.exec_properties),
        "install_requires": package.install_requires,
        "pin_requires": package.pin_requires,
        "requirements": package.requirements,
        "requires_external": package.requires_external,
        "resources": package.resources if package.resources != DEFAULT_SIZE else "",
        "plugin": ":plugin" if package.plugin is not None else "",
        "graft": package.grafts,
        "no_build_system": bool(package.build_requires and not package.build_system),
        "rust": package.is_rust,
        "sbom": package.sbom,
        "source": f":{_prepared(package)}",
        "unvendored": ":source" if package.is_vendored else "",
    }


def _wheels(keys: Iterable[Key]) -> list[str]:
    return [label(name, version, "wheel") for name, version in keys]
