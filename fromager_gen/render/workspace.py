"""Render a plan as the files of a workspace, without side effects."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from fromager_gen import contract
from fromager_gen.contract import BAZEL_VERSION, EXTERNAL_FILE, LOCK_FILE, MODULE, PATCHELF, TOOLCHAINS_LOCK
from fromager_gen.files import json_block
from fromager_gen.names import folder, label
from fromager_gen.plan import Plan
from fromager_gen.render.package import targets
from fromager_gen.render.remote_rc import EXECUTOR, REMOTE_RC, SERVER, property_lines
from fromager_gen.render.starlark import Call, Expression, Value, call, literal

# Values of the contract that templates name.
_SHARED = (
    "BAZEL_7_CONFIG", "ANCHOR_REPOSITORY", "BUILD_ROOT", "EXTERNAL_FILE", "LOCK_FILE", "MODULE", "PLATFORMS_VERSION",
    "RULES_PYTHON", "TOOLCHAINS_LOCK", "TOOLCHAINS_REPOSITORY", "VERSION",
)  # fmt: skip
_TEMPLATES = ("MODULE.bazel", ".bazelrc", ".bazelignore", "packages.BUILD.bazel")
# Read by Bazel 7 and 8 with --noenable_bzlmod alone; the second keeps Bazel with modules from reading the first.
_WORKSPACE = ("WORKSPACE", "WORKSPACE.bzlmod")


def render(plan: Plan) -> dict[str, str]:
    """Return the texts of a plan's workspace by path; they depend only on the plan."""
    prefix = "" if plan.rules == "copy" else f"@{MODULE}"
    frame = {name: getattr(contract, name) for name in _SHARED}
    hermetic = plan.toolchains == "hermetic"
    frame |= {"python": plan.python, "rules": prefix, "hermetic": hermetic}
    frame |= {"platforms": plan.platforms, "exec_platform": plan.exec_platform}
    grafting = {package.key: (PATCHELF,) if package.grafts else () for package in plan.packages}
    external = {
        package.key: (*package.external, *grafting[package.key]) for package in plan.packages if package.external
    }
    frame |= {"external": bool(external)}
    frame |= {"property_lines": property_lines(plan.exec_properties)}
    frame |= {"REMOTE_RC": REMOTE_RC, "REMOTE_SERVER": SERVER, "REMOTE_EXECUTOR": EXECUTOR}
    texts = {
        name.replace(".BUILD", "/BUILD"): _template(name).render(frame)
        for name in (*_TEMPLATES, *(_WORKSPACE if plan.workspace_file else ()))
    }
    calls = [_wheelhouse(plan), *([_gates(plan)] if hermetic else [])]
    locks = [*([EXTERNAL_FILE] if external else []), LOCK_FILE, *([TOOLCHAINS_LOCK] if hermetic else [])]
    if external:
        texts[EXTERNAL_FILE] = _external_text(plan.external_dependencies, external)
    texts["BUILD.bazel"] = _build_file(calls, prefix, exports=locks)
    texts[".bazelversion"] = f"{BAZEL_VERSION}\n"
    for package in plan.packages:
        place = folder(package.name, package.version)
        texts[f"{place}/BUILD.bazel"] = _build_file(targets(package, has_gates=hermetic), prefix)
    return texts


def _external_text(own: Mapping[str, Any], external: Mapping[str, Sequence[str]]) -> str:
    """Return the text of external.json: who needs which external dependencies, with the user's own definitions."""
    parts = [json_block("packages", [f"{json.dumps(key)}: {json.dumps(texts)}" for key, texts in external.items()])]
    if own:
        rows = [f"{json.dumps(name)}: {json.dumps(entry, sort_keys=True)}" for name, entry in own.items()]
        parts.insert(0, json_block("dependencies", rows))
    return "{" + ",\n".join(parts) + "}\n"


def _wheelhouse(plan: Plan) -> Call:
    return Call("wheelhouse", {"name": "wheelhouse", "wheels": [label(*key, "wheel") for key in plan.order]})


def _gates(plan: Plan) -> Call:
    """Return the suite of the tests of all wheels that are built."""
    built = [package for package in plan.packages if not package.pre_built]
    return Call(
        "test_suite", {"name": "gates", "tests": [label(package.name, package.version, "gates") for package in built]}
    )


def _build_file(calls: list[Call], prefix: str, exports: Sequence[str] = ()) -> str:
    used = {target.rule for target in calls} - {"alias", "test_suite"}
    used |= {value.function for target in calls for value in _expressions(target)}
    return _head(prefix, tuple(sorted(used)), tuple(exports)) + "".join(f"\n{call(target)}\n" for target in calls)


@cache
def _head(prefix: str, symbols: tuple[str, ...], exports: tuple[str, ...]) -> str:
    """Return the first lines of a BUILD file; cached, since many packages have the same ones."""
    return _template("BUILD.bazel").render(rules=prefix, symbols=symbols, exports=exports)


def _expressions(target: Call) -> Iterator[Expression]:
    values: list[Value] = list(target.attributes.values())
    yield from (value for value in values if isinstance(value, Expression))


@cache
def _environment() -> Environment:
    # The templates are not HTML; values are escaped by the `starlark` filter.
    environment = Environment(
        loader=PackageLoader("fromager_gen.render"),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["starlark"] = literal
    return environment


@cache
def _template(name: str) -> Template:
    """Return one of the templates next to this module."""
    return _environment().get_template(f"{name}.j2")
