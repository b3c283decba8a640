"""A plan as the files of a workspace: pure, a plan in, paths and texts out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from fromager_gen import __version__
from fromager_gen.lock import LOCK_NAME, Lock
from fromager_gen.names import folder, label
from fromager_gen.plan import PackagePlan, Plan
from fromager_gen.render.package import CARGO_LOCK, patch_files, targets
from fromager_gen.render.starlark import Call, Expression, Value, call, literal

Rules = Literal["copy", "module"]

MODULE = "fromager_gen"
# What bazelisk is to run; the rules are tested with it.
BAZEL = "7.7.1"


@dataclass
class Tree:
    """Files to be: texts, and copies of files that are somewhere already."""

    texts: dict[str, str] = field(default_factory=dict)
    copies: dict[str, Path] = field(default_factory=dict)


def render(plan: Plan, lock: Lock, rules: Rules, bundle: Path) -> Tree:
    """Render a workspace.

    Args:
        plan: what is built.
        lock: what is fetched, written beside it.
        rules: whether the workspace gets copies of the rules or names our module.
        bundle: folder that holds `rules` and `toolchains`.
    """
    tree = Tree()
    prefix = "" if rules == "copy" else f"@{MODULE}"
    frame = {"python": plan.python, "rules": prefix, "module": MODULE, "version": __version__}
    names = ["MODULE.bazel", "WORKSPACE.bzlmod", ".bazelrc", ".bazelignore", "packages.BUILD.bazel"]
    for name in [*names, *(["WORKSPACE"] if rules == "copy" else [])]:
        tree.texts[name.replace(".BUILD", "/BUILD")] = _template(name).render(frame)
    tree.texts["BUILD.bazel"] = _build_file([_wheelhouse(plan)], prefix, exports=[LOCK_NAME])
    tree.texts[LOCK_NAME] = lock.to_text()
    tree.texts[".bazelversion"] = f"{BAZEL}\n"
    for package in plan.packages:
        _render_package(tree, package, prefix)
    if rules == "copy":
        tree.copies.update(_bundled(bundle))
    return tree


def _render_package(tree: Tree, package: PackagePlan, prefix: str) -> None:
    place = folder(package.name, package.version)
    tree.texts[f"{place}/BUILD.bazel"] = _build_file(targets(package), prefix)
    if package.cargo_lock:
        tree.texts[f"{place}/{CARGO_LOCK}"] = package.cargo_lock
    for name, patch in zip(patch_files(package), package.patches, strict=True):
        tree.copies[f"{place}/{name}"] = patch


def _wheelhouse(plan: Plan) -> Call:
    return Call("wheelhouse", {"name": "wheelhouse", "wheels": [label(*key, "wheel") for key in plan.order]})


def _build_file(calls: list[Call], prefix: str, exports: Sequence[str] = ()) -> str:
    used = {target.rule for target in calls} - {"alias"}
    used |= {value.function for target in calls for value in _expressions(target)}
    return _head(prefix, tuple(sorted(used)), tuple(exports)) + "".join(f"\n{call(target)}\n" for target in calls)


@cache
def _head(prefix: str, symbols: tuple[str, ...], exports: tuple[str, ...]) -> str:
    """Return what a BUILD file begins with; packages are many, their kinds are few."""
    return _template("BUILD.bazel").render(rules=prefix, symbols=symbols, exports=exports)


def _expressions(target: Call) -> Iterator[Expression]:
    values: list[Value] = list(target.attributes.values())
    yield from (value for value in values if isinstance(value, Expression))


def _bundled(bundle: Path) -> dict[str, Path]:
    """Return the rules and toolchains, by their path in a workspace."""
    return {
        path.relative_to(bundle).as_posix(): path
        for name in ("rules", "toolchains")
        for path in sorted((bundle / name).rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


@cache
def _environment() -> Environment:
    # Nothing rendered here is HTML; values enter by the `starlark` filter alone.
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
    """Return one of the templates beside this module."""
    return _environment().get_template(f"{name}.j2")
