"""Findings about one package."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fromager_gen.external import FORTRAN, OF_TOOLCHAINS, Known, Vocabulary
from fromager_gen.plan import ALL_PACKAGES
from fromager_gen.preflight.model import GUESS, OPTIONAL, SURE, Available, Finding, Inspected
from fromager_gen.source import Hint

# The package that has each backend. https://packaging.python.org/en/latest/key_projects/
_BACKENDS = {
    "flit_core": "flit-core", "hatchling": "hatchling", "maturin": "maturin", "mesonpy": "meson-python",
    "pdm": "pdm-backend", "poetry": "poetry-core", "scikit_build_core": "scikit-build-core", "setuptools": "setuptools",
    "uv_build": "uv-build",
}  # fmt: skip
# Libraries of every C compiler.
_OF_COMPILERS = {"c", "dl", "gcc", "m", "pthread", "rt", "stdc++", "util"}
_KINDS = {"library": "libraries", "module": "pkg_config"}


def wanted_dependencies(inspected: Iterable[Inspected], names: Vocabulary) -> dict[str, list[str]]:
    """Return the external dependencies to look for: declared, guessed and optional ones, by package."""
    found = {}
    for one in inspected:
        texts = [*map(str, one.needs.declared), *(name for name, _ in _guessed(one, names)), *_optional(one)]
        if texts:
            found[str(one.node)] = list(dict.fromkeys(texts))
    return found


def findings_of_package(one: Inspected, names: Vocabulary, has: Available) -> Iterator[Finding]:
    """Yield what is known and guessed of a package, apart from the dependencies of all packages.

    Args:
        one: the package.
        names: names of external dependencies.
        has: what builds can have.
    """
    package = str(one.node)
    for dependency in one.needs.declared:
        text, origin = str(dependency), one.needs.origins[dependency.name]
        if origin != ALL_PACKAGES:
            yield Finding(package, "external", text, SURE, has.external.get(text, ""), origin)
    for name, hint in _guessed(one, names):
        problem = has.external.get(name, "")
        advice = f"fromager-gen external add {one.node.name} {name}"
        yield Finding(package, "external", name, GUESS, problem or "it is not declared", hint.where, advice)
    yield from _unused(package, one, has)
    yield from _rust(package, one, has)
    yield from _accelerator(package, one, has)
    yield from _tools(package, one)


def _guessed(one: Inspected, names: Vocabulary) -> Iterator[tuple[str, Hint]]:
    """Yield the dependencies that build scripts look for and that are neither declared nor known."""
    if one.needs.known is not None or one.settings.external is not None:
        return
    seen = {dependency.name for dependency in one.needs.declared}
    for hint in one.hints:
        for name in _named(hint, names.entries):
            if hint.is_required and name not in seen and not _is_in_environment(name, one.environment):
                seen.add(name)
                yield name, hint


def _optional(one: Inspected) -> tuple[str, ...]:
    """Return the dependencies that the build can use and nothing declares; none if the settings have a list."""
    known = one.needs.known
    if known is None or one.settings.external is not None:
        return ()
    decided = one.needs.origins.keys() | OF_TOOLCHAINS
    names = (name for name in known.optional if name not in decided)
    return tuple(name for name in names if not _is_in_environment(name, one.environment))


def _unused(package: str, one: Inspected, has: Available) -> Iterator[Finding]:
    """Yield a finding for each optional dependency."""
    names, known = _optional(one), one.needs.known or Known()
    # A declared dependency must be there, or the build does not begin.
    usable = [name for name in names if not has.external.get(name)] or names
    texts = (
        f"{one.node}:",
        known.note,
        "To use optional dependencies: fromager-gen external add",
        one.node.name,
        *usable,
    )
    advice = " ".join(text for text in texts if text)
    for name in names:
        yield Finding(package, "external", name, OPTIONAL, has.external.get(name, ""), known.source, advice)


def _named(hint: Hint, entries: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    if hint.kind == "language":
        yield from [FORTRAN] if hint.thing == "fortran" else []
        return
    if hint.kind == "library" and hint.thing in _OF_COMPILERS:
        return
    for name, entry in entries.items():
        if name.startswith("dep:virtual/"):
            continue
        keys = (_KINDS[hint.kind],) if hint.kind in _KINDS else ("programs", "config_programs")
        things = [thing for key in keys for thing in entry.get(key, ())]
        if hint.kind in ("library", "module", "program") and hint.thing in things:
            yield name
            return
        if hint.kind == "name" and _bare(hint.thing) in {_bare(name.rpartition("/")[2]), *map(_bare, things)}:
            yield name
            return


def _bare(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _is_in_environment(name: str, environment: frozenset[str]) -> bool:
    """Return whether a package of the build environment has the program, such as cmake of the package index."""
    return name.rpartition("/")[2] in environment or (name == "dep:generic/pkg-config" and "pkgconf" in environment)


def _rust(package: str, one: Inspected, has: Available) -> Iterator[Finding]:
    if not one.has_rust:
        if one.needs.is_rust:
            yield Finding(
                package, "rust", "Rust and its crates", SURE, "no Cargo.toml is where crates are looked for", "",
                f"a patch, or build_dir in the settings of {one.node.name}, must lead to its Cargo.toml",
            )  # fmt: skip
        return
    versions = [hint.thing for hint in one.hints if hint.kind == "rust"]
    least = max(versions, key=_numbers, default="")
    where = next((hint.where for hint in one.hints if hint.kind == "rust" and hint.thing == least), "build-system")
    problem = f"there is no Rust on {has.where}" if not has.rust else ""
    if has.rust and least and _numbers(has.rust) < _numbers(least):
        problem = f"{has.where} has Rust {has.rust}"
    yield Finding(package, "rust", f"Rust {least}".strip() if not least else f"Rust >= {least}", SURE, problem, where)
    if not one.has_cargo_lock:
        yield Finding(
            package, "cargo-lock", "Cargo.lock", SURE, "", "the source",
            "cargo chooses the crates when the lock is made; to choose them, put a Cargo.lock among the patches",
        )  # fmt: skip


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d{1,9}", version[:40]))[:3]


def _accelerator(package: str, one: Inspected, has: Available) -> Iterator[Finding]:
    if one.settings.names_variant:
        problem = "" if has.has_accelerator else f"there is no accelerator on {has.where}"
        yield Finding(package, "accelerator", "the accelerator of the variant", SURE, problem, one.settings.where)
        return
    for hint in one.hints:
        if hint.kind == "accelerator" or (hint.kind == "language" and hint.thing == "cuda"):
            yield Finding(
                package, "accelerator", "CUDA", GUESS, "", hint.where,
                "a build with CUDA needs `env` of the variant in its settings",
            )  # fmt: skip
            return


def _tools(package: str, one: Inspected) -> Iterator[Finding]:
    """Yield a finding if the backend is not among the build requirements."""
    wanted = _BACKENDS.get(one.backend.partition(".")[0].partition(":")[0])
    if wanted is not None and wanted not in one.environment and wanted != one.node.name:
        yield Finding(
            package, "backend", one.backend, SURE, f"{wanted} is not among the build requirements", "pyproject.toml",
            f"add {wanted} to project_override.update_build_requires",
        )  # fmt: skip
